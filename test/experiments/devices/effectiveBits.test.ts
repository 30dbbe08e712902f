import { describe, expect, it } from 'vitest';
import { rootMeanSquare } from '../../../src/base/statistics/moments.js';
import { effectiveBits } from '../../../src/experiments/devices/effectiveBits.js';
import { uniforms } from '../../helpers/random.js';

describe('effectiveBits', () => {
  it.each([1, 4, 6, 10])('of values rounded to 2^%i equal steps are that many', (bits) => {
    const next = uniforms(bits);
    const step = 2 ** -bits;
    const errors = Array.from({ length: 20_000 }, () => {
      const value = next();
      return (Math.floor(value / step) + 0.5) * step - value;
    });
    expect(effectiveBits(rootMeanSquare(errors))).toBeCloseTo(bits, 1);
  });

  it('scales with the full scale, and is infinite without an error', () => {
    expect(effectiveBits(0.01, 2)).toBeCloseTo(effectiveBits(0.01) + 1, 12);
    expect(effectiveBits(0)).toBe(Number.POSITIVE_INFINITY);
    expect(effectiveBits(1)).toBeLessThan(0);
  });
});
