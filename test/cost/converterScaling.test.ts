import { describe, expect, it } from 'vitest';
import { DescriptionError } from '../../src/base/errors.js';
import { converterPower_mW, SCALING_RANGE_bits, scaleConverters } from '../../src/cost/converterScaling.js';
import { hardwareWith } from './activities.js';

describe("rule 'sonic'", () => {
  it('goes through both DACs of table 2 and the ADC', () => {
    expect(converterPower_mW('sonic', 'dac', { bits: 6, latency_ns: 0.25 })).toBeCloseTo(3, 12);
    expect(converterPower_mW('sonic', 'dac', { bits: 16, latency_ns: 0.33 })).toBeCloseTo(40, 12);
    expect(converterPower_mW('sonic', 'adc', { bits: 16, latency_ns: 14 })).toBeCloseTo(62, 12);
  });

  it('grows by 1.33 a bit and in proportion to the rate', () => {
    const at = (bits: number, latency_ns = 0.25) => converterPower_mW('sonic', 'dac', { bits, latency_ns });
    for (let bits = 6; bits < 16; bits++) expect(at(bits + 1) / at(bits)).toBeCloseTo(1.33, 2);
    expect(at(10, 0.125) / at(10)).toBeCloseTo(2, 12);
    // 3 mW * 1.33^4 at 4 GHz.
    expect(Math.abs(at(10) / (3 * 1.33 ** 4) - 1)).toBeLessThan(0.01);
  });

  it('leaves the default description as it is', () => {
    const { activationDac, batchNormDac, weightDac, adc } = scaleConverters(hardwareWith(), 'sonic');
    expect([activationDac, batchNormDac, weightDac, adc].map(({ power_mW }) => Number(power_mW.toFixed(9)))).toEqual([
      40, 40, 3, 62,
    ]);
  });
});

describe("rule 'realistic'", () => {
  it('is Walden below 10 bit and thermal noise above, by hand', () => {
    const at = (bits: number) => converterPower_mW('realistic', 'adc', { bits, latency_ns: 10 });
    // 20 fJ * 2^8 * 100 MHz = 0.512 mW; at 10 bit both are 2.048 mW; at 12 bit 4^2 times that.
    expect(at(8)).toBeCloseTo(0.512, 9);
    expect(at(10)).toBeCloseTo(2.048, 9);
    expect(at(12)).toBeCloseTo(2.048 * 16, 9);
  });

  it('puts the converters of table 2 far above their printed powers', () => {
    const { activationDac, adc } = scaleConverters(hardwareWith(), 'realistic');
    expect(activationDac.power_mW).toBeGreaterThan(1000 * 40);
    expect(adc.power_mW).toBeGreaterThan(50 * 62);
  });
});

describe('limits', () => {
  it.each(['sonic', 'realistic'] as const)('%s refuses bits outside its range, and takes its ends', (rule) => {
    const [least, most] = SCALING_RANGE_bits[rule];
    for (const bits of [least, most]) {
      expect(scaleConverters(hardwareWith({ adc: { bits }, weightDac: { bits } }), rule).adc.power_mW).toBeGreaterThan(
        0,
      );
    }
    const below = hardwareWith({ weightDac: { bits: least - 1 } });
    expect(() => scaleConverters(below, rule)).toThrow(DescriptionError);
    expect(() => scaleConverters(below, rule)).toThrow(
      new RegExp(`weightDac.bits is ${least - 1}: .*from ${least} to 16`),
    );
    expect(() => scaleConverters(hardwareWith({ adc: { bits: 17 } }), rule)).toThrow(/adc.bits is 17/);
  });

  it("none extrapolates nothing: it keeps the description's powers at any bits", () => {
    const hardware = hardwareWith({ adc: { bits: 20 }, weightDac: { bits: 3 } });
    expect(scaleConverters(hardware, 'none')).toBe(hardware);
  });

  it('needs a rate', () => {
    expect(() => scaleConverters(hardwareWith({ weightDac: { latency_ns: 0 } }), 'sonic')).toThrow(
      /weightDac.latency_ns is 0/,
    );
  });
});
