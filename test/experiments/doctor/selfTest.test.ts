import { describe, expect, it } from 'vitest';
import { relativeDeviation, selfTest } from '../../../src/experiments/doctor/selfTest.js';

describe('relativeDeviation', () => {
  it('is the root mean square of the difference over the spread', () => {
    const expected = Float32Array.of(-1, 1, -1, 1);
    expect(relativeDeviation(expected, expected)).toBe(0);
    expect(relativeDeviation(Float32Array.of(-1, 1, -1, 2), expected)).toBeCloseTo(0.5, 12);
    expect(relativeDeviation(Float32Array.of(-1, Number.NaN, -1, 1), expected)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('selfTest', () => {
  it('finds that wasm computes what the reference computes', async () => {
    const result = await selfTest('wasm');
    expect(result.available).toBe(true);
    // A conversion one step off in a thousand, as the contract allows, stays far below 1e-4.
    expect(result.deviation).toBeLessThan(1e-4);
    expect(result.deviation).toBeGreaterThan(0);
    expect(result.sumsPerSecond).toBeGreaterThan(1e5);
  });
});
