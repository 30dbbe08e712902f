import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roundHalfEven } from '../../../src/base/roundHalfEven.js';
import { dacCode, dacValue, emitted, nearestLevel } from '../../../src/hardware/optics/converter.js';

const real = (limit: number) => fc.double({ min: -limit, max: limit, noNaN: true });

describe('roundHalfEven', () => {
  it.each([
    [0, 0],
    [0.5, 0],
    [1.5, 2],
    [2.5, 2],
    [3.5, 4],
    [-0.5, 0],
    [-1.5, -2],
    [-2.5, -2],
    [0.49999999999999994, 0],
    [0.5000000000000001, 1],
    [2.5000000000000004, 3],
    [-2.4999999999999996, -2],
    [32766.5, 32766],
    [32767.5, 32768],
    [2 ** 51 + 0.5, 2 ** 51],
    [2 ** 51 + 1.5, 2 ** 51 + 2],
    [2 ** 52 - 0.5, 2 ** 52],
    [2 ** 52 + 1, 2 ** 52 + 1],
    [-(2 ** 52) - 1, -(2 ** 52) - 1],
    [2 ** 53 - 1, 2 ** 53 - 1],
    [1e300, 1e300],
    [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ])('of %d is %d', (given, expected) => {
    expect(roundHalfEven(given) === expected).toBe(true);
  });

  it('is within one half, odd, and exact for integers', () => {
    fc.assert(
      fc.property(real(1e9), (x) => {
        const rounded = roundHalfEven(x);
        expect(Number.isInteger(rounded)).toBe(true);
        expect(Math.abs(rounded - x)).toBeLessThanOrEqual(0.5);
        if (Math.abs(rounded - x) === 0.5) expect(Math.abs(rounded % 2)).toBe(0);
        expect(roundHalfEven(-x) === -rounded).toBe(true);
        expect(roundHalfEven(rounded)).toBe(rounded);
      }),
    );
  });
});

describe('DAC', () => {
  it.each([
    // 1 bit: codes 0 and 1, the tie at one half goes to 0.
    [0.5, 1, 1, 0],
    [0.51, 1, 1, 1],
    // 2 bits: 0.5 * 3 = 1.5 -> 2.
    [0.5, 1, 3, 2],
    // 6 bits: 0.5 * 63 = 31.5 -> 32.
    [0.5, 1, 63, 32],
    [-0.5, 1, 63, 32],
    // 8 bits, scale 2: 1 / 2 * 255 = 127.5 -> 128.
    [1, 2, 255, 128],
    [2, 2, 255, 255],
    [7, 2, 255, 255],
    [0, 2, 255, 0],
    [0.5 / 255, 1, 255, 0],
    [1.5 / 255, 1, 255, 2],
  ])('code of %d at scale %d with last code %i is %i', (magnitude, scale, last, expected) => {
    expect(dacCode(magnitude, scale, last)).toBe(expected);
  });

  it('is within half a step, monotone, and keeps its own levels', () => {
    fc.assert(
      fc.property(real(3), real(3), fc.integer({ min: 1, max: 16 }), (a, b, bits) => {
        const last = 2 ** bits - 1;
        const value = dacValue(a, 3, last, true);
        expect(Math.abs(value - Math.abs(a) / 3)).toBeLessThanOrEqual(0.5 / last + 1e-15);
        expect(dacValue(value, 1, last, true)).toBe(value);
        if (Math.abs(a) <= Math.abs(b)) expect(value).toBeLessThanOrEqual(dacValue(b, 3, last, true));
      }),
    );
  });

  it('that does not quantise only clips', () => {
    expect([-4, -1.5, 0, 0.3, 4].map((v) => dacValue(v, 3, 63, false))).toBeAllclose([1, 0.5, 0, 0.1, 1]);
  });
});

describe('emitted', () => {
  it.each([
    [0, 0],
    [0.0049, 0],
    [0.005, 0.01],
    [0.0099, 0.01],
    [0.01, 0.01],
    [0.5, 0.5],
    [1, 1],
  ])('%d with a floor of 0.01 is %d', (v, expected) => {
    expect(emitted(v, 0.01)).toBe(expected);
  });
  it('without a floor is the value', () => {
    for (const v of [0, 1e-12, 1]) expect(emitted(v, 0)).toBe(v);
  });
});

describe('nearestLevel', () => {
  it.each([
    [-1, 0],
    [0, 0],
    [0.0625, 0],
    [0.0626, 1],
    [0.5, 2],
    [0.3125, 1],
    [2, 3],
  ])('of %d among 0, 1/8, 1/2, 1 is number %i, of two equally near the lower', (v, expected) => {
    expect(nearestLevel([0, 0.125, 0.5, 1], v)).toBe(expected);
  });

  it('is what trying all finds', () => {
    const levels = fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(levels, fc.integer({ min: -10, max: 1010 }), (unsorted, v) => {
        const sorted = unsorted.sort((a, b) => a - b);
        const best = sorted.reduce(
          (found, level, at) => (Math.abs(level - v) < Math.abs(sorted[found]! - v) ? at : found),
          0,
        );
        expect(nearestLevel(sorted, v)).toBe(best);
      }),
    );
  });
});
