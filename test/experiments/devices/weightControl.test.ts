/** Residuals that published control asks of a ring, against the closed form of a Lorentzian line. */
import { describe, expect, it } from 'vitest';
import { residualError, ringStudy } from '../../../src/experiments/devices/ringStudy.js';
import { controlNeeds, PUBLISHED_CONTROL } from '../../../src/experiments/devices/weightControl.js';
import { ringConstants } from '../../../src/hardware/optics/ring.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';

/**
 * RMS of v's slope over v in [0, 1], 1/nm: T = 1 - (1 - Tmin) / (1 + x^2), x = d / h, so that the mean of (dv/dd)^2 is
 * (1 - Tmin)^3 / (h^2 full^3) times the integral of 8 x^3 / (1 + x^2)^6, in closed form with u = 1 + x^2.
 */
function lorentzianSlope(linewidth_nm: number, Tmin: number, fullScale_nm: number): number {
  const h = linewidth_nm / 2;
  const u = 1 + (fullScale_nm / h) ** 2;
  const full = 1 - (1 - Tmin) / u - Tmin;
  const integral = 4 * (1 / 20 - (1 / (4 * u ** 4) - 1 / (5 * u ** 5)));
  return Math.sqrt(((1 - Tmin) ** 3 * integral) / (h * h * full ** 3));
}

describe.each([4000, 8000, 40_000])('at Q %i', (qualityFactor) => {
  const hardware = presetHardware('sonic', { microring: { qualityFactor } });
  const ring = ringConstants(hardware);
  const needs = controlNeeds(ring, 0.07, (nm) => residualError(ring, nm).rms);
  const slope = lorentzianSlope(ring.linewidth_nm, ring.Tmin, ring.fullScaleDetuning_nm);

  it('published bits ask for the residual of a Lorentzian line', () => {
    for (const { bits, asQuantiser, asRange } of needs) {
      // The Airy line of finesse 46 and more is a Lorentzian one to a few parts in a thousand.
      expect(asQuantiser.residual_pm).toBeAllclose((1e3 * 2 ** -bits) / Math.sqrt(12) / slope, { rtol: 0.01 });
      expect(asRange.residual_pm).toBeAllclose((1e3 * 2 * 2 ** -bits) / slope, { rtol: 0.01 });
      expect(asQuantiser.residual_mK).toBeCloseTo(asQuantiser.residual_pm / 0.07, 9);
    }
  });

  it('a ring with that residual has those bits', () => {
    for (const { bits, asQuantiser } of needs)
      expect(residualError(ring, asQuantiser.residual_pm * 1e-3).effectiveBits).toBeCloseTo(bits, 6);
  });
});

it('has the published figures, and what a loop must suppress', () => {
  expect(PUBLISHED_CONTROL.map(({ bits }) => bits)).toEqual([9, 8.5, 11.3, 9.3]);
  const { control } = ringStudy(presetHardware('sonic'));
  const [zhang, , , garcia] = control;
  expect(zhang!.suppression).toBeNull();
  // 6 K of 70 pm/K over 0.0906 pm.
  expect(garcia!.suppression! / (420 / garcia!.asQuantiser.residual_pm)).toBeCloseTo(1, 9);
  const still = ringStudy(presetHardware('sonic', { tuning: { thermalShift_nm_per_K: 0 } })).control;
  expect(still.every(({ suppression }) => suppression === null)).toBe(true);
});
