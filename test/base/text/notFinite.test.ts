/** What JSON says of numbers that it has no text for. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeNotFinite, encodeNotFinite, withNotFinite } from '../../../src/base/text/notFinite.js';

describe('withNotFinite', () => {
  it('leaves finite values as they are', () => {
    const value = { a: 1, b: [null, 'x', { c: -0 }] };
    expect(withNotFinite(value)).toBe(value);
  });

  it('names every number that JSON writes as null', () => {
    const value = { a: Number.NaN, b: [1, { c: Number.POSITIVE_INFINITY }], d: Number.NEGATIVE_INFINITY, e: null };
    expect(JSON.parse(JSON.stringify(withNotFinite(value)))).toEqual({
      a: null,
      b: [1, { c: null }],
      d: null,
      e: null,
      notFinite: { a: 'NaN', 'b.1.c': 'Infinity', d: '-Infinity' },
    });
    expect(withNotFinite([Number.NaN])).toEqual({ value: [Number.NaN], notFinite: { 0: 'NaN' } });
  });
});

describe('encodeNotFinite', () => {
  it('brings every number back bit for bit', () => {
    fc.assert(
      fc.property(fc.array(fc.double()), (numbers) => {
        const text = JSON.stringify(numbers, (_, value) => encodeNotFinite(value));
        const back = JSON.parse(text, (_, value) => decodeNotFinite(value)) as number[];
        expect(back.every((number, i) => Object.is(number, numbers[i]))).toBe(true);
      }),
    );
  });
});
