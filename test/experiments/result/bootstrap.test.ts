/** The bootstrap over chips and images: against intervals known otherwise, and against a truth that was simulated. */
import { describe, expect, it } from 'vitest';
import { bootstrapInterval95 } from '../../../src/experiments/result/bootstrap.js';
import { studentT975 } from '../../../src/experiments/result/chipDistribution.js';
import { pairedDifference } from '../../../src/experiments/result/paired.js';
import { expectCoverage } from './simulatedLosses.js';

/** +1 on the first `lost` images, -1 on the next `won`, else 0. */
const row = (images: number, lost: number, won = 0) =>
  Array.from({ length: images }, (_, i) => (i < lost ? 1 : i < lost + won ? -1 : 0));

describe('the bootstrap interval of a loss', () => {
  // Of chips that agree only images vary: Agresti and Min's interval, whose tails are normal where the bootstrap's are counted.
  it.each([
    [1, 2000, 0, 0],
    [4, 2000, 0, 0],
    [1, 2000, 30, 4],
    [4, 2000, 30, 4],
    [4, 2000, 400, 10],
    [1, 500, 3, 2],
  ])('of %i chips that agree is the images’: %i images, %i lost, %i won', (chips, images, lost, won) => {
    const [low, high] = bootstrapInterval95(Array.from({ length: chips }, () => row(images, lost, won)));
    const { interval95 } = pairedDifference(won, lost, images);
    const width = interval95[1] - interval95[0];
    expect(Math.abs(low - interval95[0])).toBeLessThan(0.1 * width);
    expect(Math.abs(high - interval95[1])).toBeLessThan(0.1 * width);
  });

  // Where only chips vary it is Student's.
  it('of images that agree is the chips’', () => {
    const shares = Array.from({ length: 12 }, (_, c) => 0.1 + 0.01 * c);
    const images = 500;
    // Every image loses the same share, so that images do not vary.
    const [low, high] = bootstrapInterval95(shares.map((share) => new Array<number>(images).fill(share)));
    const mean = shares.reduce((sum, share) => sum + share, 0) / 12;
    const s = Math.sqrt(shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / 11);
    const half = (studentT975(11) * s) / Math.sqrt(12);
    expect((high - low) / 2 / half).toBeGreaterThan(0.9);
    expect((high - low) / 2 / half).toBeLessThan(1.1);
    expect((high + low) / 2).toBeCloseTo(mean, 2);
  });

  it('turns with the sign, and is the same every time', () => {
    const table = [row(300, 9, 2), row(300, 14, 1)];
    const interval = bootstrapInterval95(table);
    const turned = bootstrapInterval95(table.map((chip) => chip.map((value) => -value)));
    expect(bootstrapInterval95(table)).toEqual(interval);
    expect(turned[0]).toBeCloseTo(-interval[1], 2);
    expect(turned[1]).toBeCloseTo(-interval[0], 2);
  });

  it('is wider of fewer chips and of fewer images', () => {
    const width = (chips: number, images: number) => {
      const [low, high] = bootstrapInterval95(
        Array.from({ length: chips }, (_, c) => row(images, Math.round(images * (0.02 + 0.01 * (c % 2))))),
      );
      return high - low;
    };
    expect(width(2, 1000)).toBeGreaterThan(width(4, 1000));
    expect(width(4, 1000)).toBeGreaterThan(width(16, 1000));
    expect(width(4, 200)).toBeGreaterThan(width(4, 1000));
  });
});

// Of as many images as results have: bootstrapCoverage.slow.test.ts.
it.each([[4, 500, 0.02, 0.3]])(
  'covers a simulated truth: %i chips, %i images, a loss of %f, spread %f',
  expectCoverage,
);
