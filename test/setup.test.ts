import { describe, expect, it } from 'vitest';

describe('toBeAllclose', () => {
  it('adds absolute and relative tolerance, and takes typed arrays, nested arrays and numbers', () => {
    expect(1.05).toBeAllclose(1, { atol: 0.06, rtol: 0 });
    expect(105).toBeAllclose(100, { atol: 0, rtol: 0.06 });
    expect(107).toBeAllclose(100, { atol: 2, rtol: 0.06 });
    expect(Float32Array.of(1, 2)).toBeAllclose([1, 2]);
    expect([[1], [2, 3]]).toBeAllclose([1, 2, 3]);
    expect(Number.POSITIVE_INFINITY).toBeAllclose(Number.POSITIVE_INFINITY);
  });

  it.each([
    ['a value outside', [1.2], [1], { atol: 0.1, rtol: 0.05 }],
    ['NaN against NaN', [Number.NaN], [Number.NaN], { atol: Number.POSITIVE_INFINITY }],
    ['NaN against a number', [Number.NaN], [1], { atol: 10 }],
    ['a number against NaN', [1], [Number.NaN], { atol: 10 }],
    ['infinities of different sign', [Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY], { atol: 1 }],
    ['too few', [1], [1, 1], {}],
    ['too many', [1, 1], [1], {}],
  ])('fails for %s', (_, actual, expected, tolerance) => {
    expect(() => expect(actual).toBeAllclose(expected, tolerance)).toThrow();
  });
});
