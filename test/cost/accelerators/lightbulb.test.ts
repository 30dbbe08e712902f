import { describe, expect, it } from 'vitest';
import {
  lightBulb,
  lightBulbUnits,
  partsOf,
  published,
  unitPower_W,
} from '../../../src/cost/accelerators/lightbulb/model.js';
import { publishedValue } from '../../../src/cost/accelerators/publishedNumbers.js';
import { DENSE, OWN, TABLE_2, workload } from './layers.js';

const { defaults } = lightBulb;

describe('LightBulb, arithmetic only', () => {
  it('the parts of a unit add up to the power that the simulator they come from gives, within 1 %', () => {
    expect(partsOf(defaults)).toEqual({ gates: 64, rings: 208, drivers: 192, adcs: 64, detectors: 4 });
    // 208 * 1.375 mW + 64 * 1.274 mW / 0.2 + 192 * 7.8 uW + 64 * 2 mW + 4 * 10 mW.
    expect(unitPower_W(defaults)).toBeCloseTo(0.286 + 0.40768 + 0.0014976 + 0.128 + 0.04, 6);
    expect(Math.abs(unitPower_W(defaults) / publishedValue(published, 'unitPower_W') - 1)).toBeLessThan(0.01);
  });

  it('a dense layer takes a cycle for every 4 words of 16 and unit', () => {
    const units = lightBulbUnits(defaults);
    // 100 * ceil(400 / 16) = 2500 words, 20 ps a cycle, and the pipeline.
    const cycles = Math.ceil(2500 / (4 * units));
    expect(lightBulb.evaluate(workload([DENSE]), defaults, OWN).latency_s * 1e12).toBeCloseTo(cycles * 20 + 4680, 6);
    const serial = Math.ceil((96 * 2500) / (4 * units));
    const bitSerial = lightBulb.evaluate(workload([DENSE]), { ...defaults, passes: 96 }, OWN);
    expect(bitSerial.latency_s * 1e12).toBeCloseTo(serial * 20 + 4680, 6);
  });

  it("with SONIC's ADC a word takes 14 ns, unless results are added up before", () => {
    const cycles = Math.ceil(2500 / (4 * lightBulbUnits(defaults)));
    expect(lightBulb.evaluate(workload([DENSE]), defaults, TABLE_2).latency_s * 1e9).toBeCloseTo(cycles * 14 + 4.68, 6);
    // 100 results on 64 ADCs a unit: one conversion; light keeps up with the DACs, 0.33 ns.
    const summed = lightBulb.evaluate(workload([DENSE]), { ...defaults, conversion: 'everyResult' }, TABLE_2);
    expect(summed.latency_s * 1e9).toBeCloseTo(Math.max(cycles * 0.33, 14) + 4.68, 6);
  });

  it('power is what all units and the tile draw', () => {
    const { power_W } = lightBulb.evaluate(workload([DENSE]), defaults, OWN);
    const tile_W = 0.09137;
    expect(power_W).toBeCloseTo(lightBulbUnits(defaults) * unitPower_W(defaults) + tile_W, 6);
  });

  it('sized by power it draws no more than that, and one more unit would', () => {
    const sized = { ...defaults, sizing: 'power' as const };
    const { power_W } = lightBulb.evaluate(workload([DENSE]), sized, OWN);
    expect(power_W).toBeLessThanOrEqual(68);
    expect(power_W + unitPower_W(defaults)).toBeGreaterThan(68);
  });
});
