import { describe, expect, it } from 'vitest';
import { converterNotes } from '../../src/hardware/converterNotes.js';
import { scaledPower_mW } from '../../src/hardware/converterPower.js';
import { mergeDescription } from '../../src/hardware/descriptionPaths.js';
import { parseHardware } from '../../src/hardware/parseHardware.js';
import { presetHardware } from '../../src/hardware/presets/index.js';

const powerOf = (overrides: object) => {
  const { adc, activationDac, weightDac, batchNormDac } = presetHardware('sonic', overrides);
  return [adc, activationDac, weightDac, batchNormDac].map(({ power_mW }) => power_mW);
};

describe('converter powers', () => {
  it("leave table 2's devices as printed", () => {
    expect(powerOf({})).toEqual([62, 40, 3, 40]);
  });

  it('of an ADC halve with every bit', () => {
    for (let bits = 2; bits <= 24; bits++) expect(powerOf({ adc: { bits } })[0]).toBeCloseTo(62 * 2 ** (bits - 16), 12);
  });

  it("of DACs lie on the exponential through table 2's two points, by hand", () => {
    // sqrt(3 * 40) half way between 6 and 16 bits.
    expect(powerOf({ weightDac: { bits: 11 } })[2]).toBeCloseTo(Math.sqrt(120), 12);
    expect(powerOf({ activationDac: { bits: 6 } })[1]).toBeCloseTo(3, 12);
    expect(powerOf({ batchNormDac: { bits: 11 } })[3]).toBeCloseTo(Math.sqrt(120), 12);
    expect(scaledPower_mW('weightDac', { bits: 6, power_mW: 3 }, 16)).toBeCloseTo(40, 12);
  });

  it('hold as written at the bits written with them', () => {
    expect(powerOf({ adc: { bits: 8, power_mW: 5 } })[0]).toBe(5);
    expect(powerOf({ adc: { power_mW: 5 } })[0]).toBe(5);
  });

  it('are scaled from there by a later source that changes the bits alone', () => {
    const base = { adc: { bits: 8, power_mW: 5 } };
    expect(presetHardware('sonic', mergeDescription(base, { adc: { bits: 10 } })).adc.power_mW).toBe(20);
    expect(presetHardware('sonic', mergeDescription(base, { adc: { bits: 10, power_mW: 7 } })).adc.power_mW).toBe(7);
    // A whole description read back and changed is one too.
    const whole = presetHardware('sonic');
    expect(parseHardware(mergeDescription(whole, { adc: { bits: 14 } })).adc.power_mW).toBe(62 / 4);
  });

  it('stay as they are with cost.converterScaling fixed', () => {
    const cost = { converterScaling: 'fixed' };
    expect(powerOf({ cost, adc: { bits: 8 }, weightDac: { bits: 8 } })).toEqual([62, 40, 3, 40]);
    expect(parseHardware(mergeDescription(presetHardware('sonic', { cost }), { adc: { bits: 4 } })).adc.power_mW).toBe(
      62,
    );
  });

  it('are named in reports where bits are not those of table 2', () => {
    expect(converterNotes(presetHardware('sonic'))).toEqual([]);
    expect(converterNotes(presetHardware('sonic', { adc: { bits: 14 } }))).toEqual([
      "adc of 14 bits takes 15.5 mW: table 2's 62 mW at 16 bits, scaled (cost.converterScaling table2)",
    ]);
    expect(converterNotes(presetHardware('sonic', { adc: { bits: 14, power_mW: 1 } }))).toEqual([
      "adc of 14 bits takes 1.00 mW, as written; table 2's 62 mW is at 16 bits",
    ]);
  });
});
