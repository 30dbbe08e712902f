/** Searches that halve, against looking at every place. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstIndex, intervalOf, linearAt } from '../../src/base/bisection.js';

const ascending = fc
  .array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 40 })
  .map((values) => values.sort((a, b) => a - b));

test('the first index at which a condition holds is that of a search one by one', () => {
  fc.assert(
    fc.property(ascending, fc.integer({ min: -60, max: 60 }), (values, x) => {
      const expected = values.findIndex((value) => value > x);
      expect(firstIndex(values.length, (at) => values[at]! > x)).toBe(expected < 0 ? values.length : expected);
    }),
  );
  expect(firstIndex(0, () => true)).toBe(0);
});

test('the interval is that of the last value at most x, and has a right end wherever there are two values', () => {
  fc.assert(
    fc.property(ascending, fc.integer({ min: -60, max: 60 }), (values, x) => {
      const last = values.slice(0, -1).findLastIndex((value) => value <= x);
      expect(intervalOf(values, x)).toBe(Math.max(last, 0));
    }),
  );
});

test('a line goes through its points, and half-way between two lies their mean', () => {
  const [xs, ys] = [
    [-2, 0, 1, 5],
    [3, -1, 0.5, 0.5],
  ];
  xs.forEach((x, at) => {
    expect(linearAt(xs, ys, x)).toBeCloseTo(ys[at]!, 12);
    if (at > 0) expect(linearAt(xs, ys, (x + xs[at - 1]!) / 2)).toBeCloseTo((ys[at]! + ys[at - 1]!) / 2, 12);
  });
});
