import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { residualError, ringStudy, steepestPoint } from '../../../src/experiments/devices/ringStudy.js';
import { ringConstants, transmission, transmissionSlope_per_nm } from '../../../src/hardware/optics/ring.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { uniforms } from '../../helpers/random.js';

const FSR_NM = 18;
const LAMBDA_NM = 1550;

/** Linewidths at which a Lorentzian notch of extinction `Tmin` reaches the transmission `T`. */
const linewidthsAt = (T: number, Tmin = 10 ** -2.5) => Math.sqrt((T - Tmin) / (1 - T)) / 2;
const withFullScale = (T: number, overrides: object = {}) =>
  presetHardware('sonic', { ...overrides, microring: { fullScaleDetuning_linewidths: linewidthsAt(T) } });

describe('ringStudy', () => {
  it('draws the through port of the all-pass ring of a self-coupling and a loss', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.8, max: 0.995, noNaN: true }),
        fc.double({ min: 0.8, max: 0.995, noNaN: true }),
        (r, a) => {
          fc.pre(Math.abs(a - r) > 1e-4);
          // Bogaerts et al. 2012: linewidth and notch of (r, a), then T of the phase, nowhere through F.
          const cosine = 1 - (1 - r * a) ** 2 / (2 * r * a);
          const linewidth_nm = (FSR_NM / Math.PI) * Math.acos(cosine);
          const Tmin = ((a - r) / (1 - a * r)) ** 2;
          const hardware = presetHardware('sonic', {
            microring: {
              qualityFactor: LAMBDA_NM / linewidth_nm,
              extinction_dB: -10 * Math.log10(Tmin),
              fullScaleDetuning_linewidths: 1,
            },
          });
          const { curve, allPass } = ringStudy(hardware, FSR_NM);
          const expected = curve.distance_nm.map((d) => {
            const phase = Math.cos((2 * Math.PI * d) / FSR_NM);
            return (a * a - 2 * a * r * phase + r * r) / (1 - 2 * a * r * phase + a * a * r * r);
          });
          expect(curve.transmission).toBeAllclose(expected, { rtol: 1e-6, atol: 1e-9 });
          expect(allPass.roundTripTransmission).toBeCloseTo(Math.max(a, r), 6);
          expect(allPass.selfCoupling).toBeCloseTo(Math.min(a, r), 6);
        },
      ),
      { numRuns: 10 },
    );
  });

  it('spans what is asked for, at most a free spectral range unasked', () => {
    const curveOf = (hardware: Parameters<typeof ringStudy>[0], span?: number) =>
      ringStudy(hardware, span).curve.distance_nm;
    const sonic = presetHardware('sonic');
    expect([curveOf(sonic, 3)[0], curveOf(sonic, 3).at(-1)]).toEqual([-1.5, 1.5]);
    const lowQ = presetHardware('sonic', { microring: { qualityFactor: 500, fullScaleDetuning_linewidths: 2 } });
    expect(curveOf(lowQ).at(-1)).toBe(9);
  });

  it('a critically coupled Q of 8000 needs 0.147 dB a round trip, 46 dB/cm', () => {
    const { allPass } = ringStudy(presetHardware('sonic', { effects: { extinction: false } }));
    expect(allPass.selfCoupling).toBeCloseTo(allPass.roundTripTransmission, 9);
    expect(allPass.selfCoupling).toBeCloseTo(0.983, 3);
    expect(allPass.roundTripLoss_dB).toBeCloseTo(0.147, 3);
    expect(allPass.loss_dB_per_cm / 46).toBeCloseTo(1, 1);
  });

  it('states the constants of a Q of 8000 in an 18 nm range', () => {
    const { constants } = ringStudy(presetHardware('sonic'));
    expect(constants.linewidth_nm).toBeCloseTo(0.194, 3);
    expect(constants.finesse).toBeCloseTo(93, 0);
    expect(constants.photonLifetimeBandwidth_GHz).toBeCloseTo(24, 0);
    expect(constants.Tfs).toBeCloseTo(0.94, 2);
  });

  it('a six-bit level at the steepest point is 2.3 pm or 33 mK, an eight-bit one 0.58 pm or 8 mK', () => {
    const { levelShifts, steepest } = ringStudy(presetHardware('sonic'));
    expect(steepest.slope_per_nm).toBeCloseTo(6.7, 1);
    // The published figures are of the transmission, full scale 1 instead of Tfs - Tmin = 0.94.
    const tolerance = { rtol: 0.07 };
    const of = (bits: number) => levelShifts.find((shift) => shift.bits === bits)!;
    expect([of(6).shift_pm, of(8).shift_pm]).toBeAllclose([2.3, 0.58], tolerance);
    expect([of(6).shift_mK, of(8).shift_mK]).toBeAllclose([33, 8], tolerance);
  });

  it.each([
    [0.9, 6, 5.3],
    [0.95, 6, 4.9],
    [0.98, 6, 4.3],
    [0.95, 8, 6.9],
  ])('a DAC linear in detuning up to T = %d with %i bits is worth %d', (T, bits, effective) => {
    const { levels } = ringStudy(withFullScale(T, { weightDac: { bits } }));
    expect(levels.effectiveBits).toBeCloseTo(effective, 1);
    expect(levels.uniformEffectiveBits).toBeCloseTo(Math.log2(2 ** bits - 1), 9);
  });

  it('measures levels as a search over values does', () => {
    const { levels } = ringStudy(withFullScale(0.95));
    expect(levels.largestGap).toBeCloseTo(0.045, 2);
    const next = uniforms(3);
    const squares = Array.from({ length: 40_000 }, () => {
      const value = next();
      return Math.min(...levels.value.map((level) => Math.abs(level - value))) ** 2;
    });
    const rms = Math.sqrt(squares.reduce((sum, square) => sum + square) / squares.length);
    expect(levels.rms / rms).toBeCloseTo(1, 1);
  });
});

describe('steepestPoint', () => {
  it('of a narrow ring is that of a Lorentzian: T = 1/4 at h / sqrt(3), slope 3 sqrt(3) / (8 h)', () => {
    const ring = ringConstants(
      presetHardware('sonic', { microring: { qualityFactor: 200_000 }, effects: { extinction: false } }),
    );
    const h = ring.linewidth_nm / 2;
    const { detuning_nm, slope_per_nm, transmission: T } = steepestPoint(ring);
    expect(detuning_nm / (h / Math.sqrt(3))).toBeCloseTo(1, 4);
    expect(slope_per_nm / ((3 * Math.sqrt(3)) / 8 / h)).toBeCloseTo(1, 4);
    expect(T).toBeCloseTo(0.25, 4);
  });

  it('is the largest difference quotient of any ring', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 250, max: 50_000, noNaN: true }),
        fc.double({ min: 3, max: 40, noNaN: true }),
        (Q, dB) => {
          const ring = ringConstants(
            presetHardware('sonic', {
              microring: { qualityFactor: Q, extinction_dB: dB, fullScaleDetuning_linewidths: 1 },
            }),
          );
          const step = ring.linewidth_nm * 1e-4;
          let largest = 0;
          for (let d = step; d < 2 * ring.linewidth_nm; d += step) {
            largest = Math.max(largest, (transmission(ring, d + step / 2) - transmission(ring, d - step / 2)) / step);
          }
          const { slope_per_nm, detuning_nm } = steepestPoint(ring);
          expect(slope_per_nm / largest).toBeCloseTo(1, 5);
          expect(transmissionSlope_per_nm(ring, -detuning_nm)).toBeCloseTo(-slope_per_nm, 9);
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe('residualError', () => {
  const ring = ringConstants(withFullScale(0.95));

  // Computed apart with numpy; its normalisation differs a little.
  it.each([
    [0.5, 0.0024, 6.9],
    [2, 0.0095, 4.9],
    [5, 0.024, 3.6],
    [10, 0.047, 2.6],
    [30, 0.13, 1.1],
  ])('%d pm give an RMS error near %d, %d bits', (pm, rms, bits) => {
    const error = residualError(ring, pm * 1e-3);
    expect(error.rms).toBeAllclose(rms, { rtol: 0.06 });
    expect(error.effectiveBits).toBeAllclose(bits, { atol: 0.12 });
  });

  it.each([
    [0.3, 7.5],
    [1, 5.8],
    [2.3, 4.6],
  ])('%d pm on the default ring are a %d-bit quantiser', (pm, bits) => {
    expect(residualError(ringConstants(presetHardware('sonic')), pm * 1e-3).effectiveBits).toBeAllclose(bits, {
      atol: 0.1,
    });
  });

  it('agrees with a Monte Carlo over Lorentzian rings', () => {
    const next = uniforms(11);
    const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    const h = ring.linewidth_nm / 2;
    const T = (d: number) => 1 - (1 - ring.Tmin) / (1 + (d / h) ** 2);
    const full = T(ring.fullScaleDetuning_nm) - ring.Tmin;
    for (const sigma of [0.002, 0.03, 0.1]) {
      let sum = 0;
      const draws = 60_000;
      for (let i = 0; i < draws; i++) {
        const t = ring.Tmin + next() * full;
        const delta = h * Math.sqrt((t - ring.Tmin) / (1 - t));
        sum += ((T(delta + sigma * normal()) - t) / full) ** 2;
      }
      expect(residualError(ring, sigma).rms).toBeAllclose(Math.sqrt(sum / draws), { rtol: 0.02 });
    }
  });

  it('grows with the error and with the quality factor', () => {
    const rmsOf = (qualityFactor: number, pm: number) =>
      residualError(ringConstants(presetHardware('sonic', { microring: { qualityFactor } })), pm * 1e-3).rms;
    expect(rmsOf(8000, 2)).toBeGreaterThan(rmsOf(8000, 1));
    expect(rmsOf(20_000, 1)).toBeGreaterThan(rmsOf(8000, 1));
    expect(rmsOf(8000, 0)).toBeLessThan(1e-12);
  });
});
