import { describe, expect, it } from 'vitest';
import { holyLight, holyLightUnits, partsOf } from '../../../src/cost/accelerators/holylight/model.js';
import { unitsOf } from '../../../src/cost/accelerators/sizing.js';
import { CONV, DENSE, OWN, TABLE_2, workload } from './layers.js';

const { defaults } = holyLight;
/** A chip of exactly so many units: the area of one is not what is tested here. */
const withUnits = (units: number) => {
  const least = { ...defaults, area_mm2: 0 };
  let area_mm2 = 0.1;
  while (holyLightUnits({ ...least, area_mm2 }) < units) area_mm2 += 0.01;
  return { ...least, area_mm2 };
};

describe('HolyLight, arithmetic only', () => {
  it('counts the parts of a unit', () => {
    // 16 * 16 weights and 16 inputs of 8 microdisks; a detector a row and slice.
    expect(partsOf(defaults)).toMatchObject({ disks: 8 * (256 + 16), detectors: 128, dacs: 128 });
    expect(partsOf({ ...defaults, slices: 1 })).toMatchObject({ disks: 272, detectors: 16, dacs: 16 });
    // -20 dBm + 2 * 1.22 + 30 * 0.02 + 4 * 0.13 dB + 12.04 (rows) + 12.04 (wavelengths) dB, 8 slices, 20 %.
    const optical_W = 10 ** ((-20 + 2.44 + 0.6 + 0.52 + 24.0824) / 10) * 1e-3;
    expect(partsOf(defaults).laser_W).toBeCloseTo((8 * optical_W) / 0.2, 6);
  });

  it('holds tiles of weights while inputs stream', () => {
    // 288 x 64 weights: 18 * 4 = 72 tiles of 16 x 16 on 72 units: 4 us + 0.78 ns + 4.68 ns + 64 samples of 0.78125 ns.
    const report = holyLight.evaluate(workload([CONV]), withUnits(72), OWN);
    expect(report.latency_s * 1e9).toBeCloseTo(4000.78 + 4.68 + 64 / 1.28, 6);
    // Half the units: twice as long; twice as many: each tile's positions on two.
    expect(holyLight.evaluate(workload([CONV]), withUnits(36), OWN).latency_s / report.latency_s).toBeCloseTo(2, 9);
    expect(holyLight.evaluate(workload([CONV]), withUnits(144), OWN).latency_s * 1e9).toBeCloseTo(
      4000.78 + 4.68 + 32 / 1.28,
      6,
    );
  });

  it('takes the time of the tuning and the ADC that it is given', () => {
    // Dense: 25 * 7 = 175 tiles, one sample each.
    const eo = { ...withUnits(175), weightTuning: 'eo' as const };
    expect(holyLight.evaluate(workload([DENSE]), eo, OWN).latency_s * 1e9).toBeCloseTo(20.78 + 4.68 + 1 / 1.28, 6);
    expect(holyLight.evaluate(workload([DENSE]), eo, TABLE_2).latency_s * 1e9).toBeCloseTo(20.33 + 4.68 + 14, 6);
  });

  it('draws at least the trimming of its microdisks', () => {
    const units = holyLightUnits(defaults);
    const trim_W = units * 2176 * 27.5e-3 * (7.1 / 18);
    const { power_W } = holyLight.evaluate(workload([CONV]), defaults, OWN);
    expect(power_W).toBeGreaterThan(trim_W);
    const untrimmed = holyLight.evaluate(workload([CONV]), { ...defaults, drift_nm: 0 }, OWN);
    expect(power_W - untrimmed.power_W).toBeCloseTo(trim_W, 6);
  });

  it('sized by power it draws no more than that, and one more unit would', () => {
    const sized = { ...defaults, sizing: 'power' as const };
    const units = holyLightUnits(sized);
    const { power_W } = holyLight.evaluate(workload([CONV]), sized, OWN);
    expect(power_W).toBeLessThanOrEqual(67);
    expect((power_W / units) * (units + 1)).toBeGreaterThan(67);
  });
});

describe('unitsOf', () => {
  const unit = { area_mm2: 2, power_W: 3 };
  it.each([
    ['area' as const, undefined, 10],
    ['power' as const, undefined, 4],
    ['area' as const, { area_mm2: 5, power_W: 0 }, 7],
    ['power' as const, { area_mm2: 0, power_W: 100 }, 1],
  ])('by %s with fixed part %j: %d', (sizing, fixed, expected) => {
    expect(unitsOf({ sizing, area_mm2: 20, power_W: 12.5 }, unit, fixed)).toBe(expected);
  });
});
