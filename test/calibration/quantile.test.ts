import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { streamedQuantile } from '../../src/calibration/quantile.js';
import { calibratedRange, quantileOf } from '../../src/calibration/range.js';

/** The definition, by counting. */
function quantileByCounting(values: number[], quantile: number): number {
  const candidates = [...values].sort((a, b) => a - b);
  return candidates.find((v) => values.filter((other) => other <= v).length >= quantile * values.length)!;
}

const magnitudes = fc.array(fc.float({ min: 0, noNaN: true, noDefaultInfinity: true }), {
  minLength: 1,
  maxLength: 60,
});
const share = fc.constantFrom(0.001, 0.25, 0.5, 0.8, 0.99, 1);

describe('quantiles', () => {
  it('are the smallest value that a share of all does not exceed', () => {
    fc.assert(
      fc.property(magnitudes, share, (values, q) => {
        const wanted = quantileByCounting(values, q);
        expect(quantileOf(Float64Array.from(values), q)).toBe(wanted);
        const source = (sink: (piece: Float32Array) => void) => {
          for (const value of values) sink(Float32Array.of(value));
        };
        expect(streamedQuantile(source, q)).toBe(wanted);
      }),
    );
  });
  it('of nothing is 0', () => expect(streamedQuantile(() => {}, 0.5)).toBe(0));
});

describe('calibratedRange', () => {
  it('leaves room for noise', () => expect(calibratedRange(5, 1, 0.01)).toBeCloseTo(1.1 + 0.6, 12));
  it('is at most the vector size', () => expect(calibratedRange(5, 6, 0)).toBe(5));
  it('is the vector size where nothing was seen', () => expect(calibratedRange(5, 0, 0)).toBe(5));
});
