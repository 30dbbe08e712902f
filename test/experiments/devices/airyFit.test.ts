import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { airyTransmission, fitAiry } from '../../../src/experiments/devices/airyFit.js';
import { bankSweep } from '../../../src/experiments/devices/bankSweep.js';
import { ringStudy } from '../../../src/experiments/devices/ringStudy.js';
import { loadHardware } from '../../../src/hardware/descriptionFiles.js';
import { ringConstants, transmission } from '../../../src/hardware/optics/ring.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';

type Rows = [number, number][];
const detunings = Array.from({ length: 321 }, (_, i) => (i - 160) * 0.05);
const airyRows = (qualityFactor: number, extinction_dB: number): Rows => {
  const ring = ringConstants(parseHardware({ microring: { qualityFactor, extinction_dB } }));
  return detunings.map((d) => [d, transmission(ring, d)]);
};
const squaresOf = (rows: Rows, linewidth_nm: number, Tmin: number) => {
  const finesseCoefficient = 1 / Math.sin((Math.PI * linewidth_nm) / 36) ** 2;
  const curve = { finesseCoefficient, Tmin, freeSpectralRange_nm: 18 };
  return rows.reduce((sum, [d, t]) => sum + (t - airyTransmission(curve, d)) ** 2, 0);
};

describe('fitAiry', () => {
  it('finds the curve that rows were made of', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1000, max: 40_000, noNaN: true }),
        fc.double({ min: 1, max: 40, noNaN: true }),
        (qualityFactor, extinction_dB) => {
          const fit = fitAiry(airyRows(qualityFactor, extinction_dB), 18, 1550);
          expect(fit.qualityFactor / qualityFactor).toBeCloseTo(1, 5);
          expect(fit.Tmin).toBeCloseTo(10 ** (-extinction_dB / 10), 5);
          expect(fit.rmsDeviation).toBeLessThan(1e-6);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('has the fewest squares: no curve beside it has fewer', () => {
    const noise = (d: number) => 0.02 * Math.sin(37 * d) + 0.01 * Math.cos(11 * d * d);
    const rows = airyRows(8000, 15).map(([d, t]): [number, number] => [d, t + noise(d)]);
    const { linewidth_nm, Tmin, rmsDeviation, largestDeviation } = fitAiry(rows, 18, 1550);
    const least = squaresOf(rows, linewidth_nm, Tmin);
    expect(rmsDeviation).toBeCloseTo(Math.sqrt(least / rows.length), 12);
    for (const [factor, shift] of [
      [1.001, 0],
      [0.999, 0],
      [1, 1e-3],
      [1, -1e-3],
      [1.001, 1e-3],
      [0.999, -1e-3],
    ] as const) {
      expect(squaresOf(rows, linewidth_nm * factor, Tmin + shift)).toBeGreaterThan(least);
    }
    const furthest = Math.max(
      ...rows.map(([d, t]) =>
        Math.abs(
          t -
            airyTransmission(
              { finesseCoefficient: 1 / Math.sin((Math.PI * linewidth_nm) / 36) ** 2, Tmin, freeSpectralRange_nm: 18 },
              d,
            ),
        ),
      ),
    );
    expect(Math.abs(largestDeviation.deviation)).toBeCloseTo(furthest, 12);
  });
});

describe('studies of a measured ring', () => {
  it('of rows of an Airy curve say what those of the curve say', () => {
    const rows = Array.from({ length: 8001 }, (_, i): [number, number] => {
      const d = (i - 4000) * 0.00025;
      return [d, transmission(ringConstants(parseHardware({})), d)];
    });
    const [airy, measured] = [
      ringStudy(parseHardware({})),
      ringStudy(parseHardware({ microring: { response: rows } })),
    ];
    expect(measured.constants.qualityFactor / airy.constants.qualityFactor).toBeCloseTo(1, 2);
    expect(measured.constants.Tfs).toBeCloseTo(airy.constants.Tfs, 3);
    expect(measured.steepest.detuning_nm).toBeCloseTo(airy.steepest.detuning_nm, 2);
    expect(measured.steepest.valueError_per_pm / airy.steepest.valueError_per_pm).toBeCloseTo(1, 2);
    expect(measured.allPass.roundTripLoss_dB).toBeCloseTo(airy.allPass.roundTripLoss_dB, 3);
    measured.residuals.forEach(({ rms }, i) => {
      // Beyond the rows' end nothing is known.
      if (measured.residuals[i]!.residual_pm <= 30) expect(rms / airy.residuals[i]!.rms).toBeCloseTo(1, 2);
    });
    expect(airy.measured).toBeNull();
  });

  it('of an asymmetric ring read the flank on which values are imprinted', () => {
    // Twice as steep on the long side.
    const rows = detunings.map((d): [number, number] => [d, 1 - 0.99 / (1 + (d / (d < 0 ? 0.2 : 0.1)) ** 2)]);
    const { steepest, sensitivity, constants } = ringStudy(parseHardware({ microring: { response: rows } }));
    expect(steepest.slope_per_nm).toBeGreaterThan(0);
    // The largest slope of a Lorentzian of half width h is 9 / (8 sqrt(3) h) = 0.65 / h; on the other flank it is 6.5.
    expect(steepest.slope_per_nm).toBeLessThan(3.3);
    expect(steepest.slope_per_nm).toBeGreaterThan(2.8);
    expect(Math.max(...sensitivity.valueError_per_pm)).toBeLessThan((3.3e-3 * 1) / (constants.Tfs - constants.Tmin));
    // At 0, in the kink of the notch, the difference quotient reaches over to the other flank.
    expect(Math.min(...sensitivity.valueError_per_pm.slice(1))).toBeGreaterThan(0);
  });

  it('vary no quality factor: it is measured', async () => {
    const hardware = await loadHardware('sonic', [], 'examples/responses/airy-ripple.csv');
    const { qualityFactors, points } = bankSweep(hardware, { kind: 'conv', seed: 1, chipSeed: 1, channels: [2, 5] });
    expect(qualityFactors).toEqual([hardware.microring.qualityFactor]);
    expect(points.every(({ bits }) => bits !== null)).toBe(true);
  });
});
