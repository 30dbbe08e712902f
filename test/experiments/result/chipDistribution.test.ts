import { describe, expect, it } from 'vitest';
import { chipDistribution } from '../../../src/experiments/result/chipDistribution.js';

const chip = (chipSeed: number, emulated: number) => ({ chipSeed, emulated, changed: 0 });

describe('chipDistribution', () => {
  it('of a single chip has no spread', () => {
    expect(chipDistribution([chip(1, 0.9)])).toMatchObject({ mean: 0.9, standardDeviation: 0, interval95: null });
  });

  // By hand: mean 0.92, deviations -0.02, 0, 0.02: sd = sqrt(0.0008 / 2) = 0.02; t(2) = 4.303: half 4.303 * 0.02 / sqrt 3.
  it('of three chips is what a hand calculation gives', () => {
    const { mean, standardDeviation, interval95, minimum, maximum } = chipDistribution([
      chip(1, 0.9),
      chip(2, 0.92),
      chip(3, 0.94),
    ]);
    expect([mean, standardDeviation, minimum, maximum]).toEqual([
      expect.closeTo(0.92, 12),
      expect.closeTo(0.02, 12),
      0.9,
      0.94,
    ]);
    expect(interval95![1] - mean).toBeCloseTo(0.04969, 4);
  });

  // t(60) = 2.0003, t(120) = 1.9799 (tables).
  it.each([
    [61, 2.0003],
    [121, 1.9799],
  ])('of %i chips uses t = %f', (count, t) => {
    const chips = Array.from({ length: count }, (_, i) => chip(i, i % 2));
    const { mean, standardDeviation, interval95 } = chipDistribution(chips);
    expect((interval95![1] - mean) / (standardDeviation / Math.sqrt(count))).toBeCloseTo(t, 2);
  });
});
