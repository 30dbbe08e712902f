import { describe, expect, it } from 'vitest';
import { adcStudy, converted } from '../../../src/experiments/devices/adcStudy.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { uniforms } from '../../helpers/random.js';

const CONV = { kind: 'conv' } as const;
const withAdc = (adc: object, overrides: object = {}) => presetHardware('sonic', { adc, ...overrides });

describe('converted', () => {
  const hardware = withAdc({ bits: 6 });
  const step = 5 / 31;

  it('rounds to steps, ties to even codes, and clips at the range', () => {
    const codes = (steps: number[]) => steps.map((u) => converted(hardware, 5, u * step) / step);
    expect(codes([0, 0.4, 0.5, 0.6, 1.5, 2.5, -0.5, -1.5, -2.5])).toBeAllclose([0, 0, 0, 1, 2, 2, -0, -2, -2]);
    expect([converted(hardware, 5, 5.3), converted(hardware, 5, -1e6)]).toBeAllclose([5, -5]);
  });

  it('is odd, and passes u unchanged where the effect is off', () => {
    const off = withAdc({ bits: 6 }, { effects: { adcQuantisation: false } });
    for (const u of [0.1, 1.234, 4.9, 7]) {
      expect(converted(hardware, 5, -u)).toBeCloseTo(-converted(hardware, 5, u), 12);
      expect(converted(off, 5, u)).toBe(u);
    }
  });
});

describe('adcStudy', () => {
  it('a quantiser of b bits has b effective bits over its range, but for the codes it does not use', () => {
    const [conv] = adcStudy(presetHardware('sonic'), CONV).units;
    for (const { bits, bitsOfRange } of conv!.sweep) {
      expect(bitsOfRange).toBeCloseTo(Math.log2(2 ** bits - 2), 9);
      if (bits >= 10) expect(bitsOfRange).toBeCloseTo(bits, 2);
    }
  });

  it('states the RMS error that rounding makes', () => {
    const hardware = withAdc({ bits: 6 });
    const next = uniforms(9);
    const draws = 20_000;
    let sum = 0;
    for (let i = 0; i < draws; i++) {
      const u = 10 * next() - 5;
      sum += (converted(hardware, 5, u) - u) ** 2;
    }
    const [conv] = adcStudy(hardware, CONV).units;
    expect(conv!.described.quantisation).toBeAllclose(Math.sqrt(sum / draws), { rtol: 0.02 });
  });

  it('has the effective bits that the description gives, whatever the nominal ones', () => {
    for (const bits of [10, 16]) {
      const [conv, fc] = adcStudy(withAdc({ bits, effectiveBits: 8 }), CONV).units;
      expect(conv!.described.bitsOfRange).toBeCloseTo(8, 9);
      expect(fc!.described.bitsOfRange).toBeCloseTo(8, 9);
    }
  });

  it('takes the range from the option, the description or the vector size, in this order', () => {
    const rangeOf = (adc: object, range?: number) => {
      const { units } = adcStudy(withAdc(adc), { ...CONV, range });
      return units.map((unit) => [unit.range, unit.rangeSource]);
    };
    expect(rangeOf({})).toEqual([
      [5, 'vector size'],
      [50, 'vector size'],
    ]);
    expect(rangeOf({ range: 2.5 })[0]).toEqual([2.5, 'description']);
    expect(rangeOf({ range: 2.5 }, 1.5)[1]).toEqual([1.5, 'option']);
  });

  it('adds rounding, converter and read noise in squares', () => {
    const { units } = adcStudy(withAdc({ bits: 12, effectiveBits: 9 }), CONV);
    for (const { described, readNoise } of units) {
      expect(described.total).toBeCloseTo(Math.hypot(described.quantisation, described.converter, readNoise.full), 15);
      expect(readNoise.full).toBeGreaterThan(readNoise.dark);
    }
  });

  it('draws the transfer beyond the range and single steps around 0', () => {
    const { transfer, zoom, units } = adcStudy(withAdc({ bits: 8 }), CONV);
    expect([transfer.converted[0], transfer.converted.at(-1)]).toBeAllclose([-5, 5]);
    const codes = new Set(zoom.converted.map((u) => Math.round(u / units[0]!.described.step)));
    expect([...codes].sort((a, b) => a - b)).toEqual([-4, -3, -2, -1, 0, 1, 2, 3, 4]);
  });
});
