import { describe, expect, it } from 'vitest';
import {
  geometricMean,
  mean,
  rootMeanSquare,
  squaresAbout,
  standardDeviation,
} from '../../../src/base/statistics/moments.js';

describe('moments', () => {
  const values = [2, 4, 4, 4, 5, 5, 7, 9];

  it('are those of a textbook example', () => {
    expect(mean(values)).toBe(5);
    expect(squaresAbout(values, 5)).toBe(32);
    expect(standardDeviation(values)).toBeCloseTo(Math.sqrt(32 / 7), 15);
    expect(geometricMean([1, 4, 16])).toBeCloseTo(4, 14);
    expect(rootMeanSquare([3, -4, 0, 0])).toBe(2.5);
  });

  it('of no value or one are what their comments say', () => {
    expect(mean([])).toBeNaN();
    expect(standardDeviation([3])).toBe(0);
    expect(rootMeanSquare([])).toBe(0);
  });
});
