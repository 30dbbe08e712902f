import { describe, expect, it } from 'vitest';
import { chunkDistribution, expectedChunks, normalCdf } from '../../src/cost/expectation.js';

/** E[ceil(x / size)] of a binomial x, its probabilities from the recurrence of Pascal's triangle, one trial at a time. */
function exactChunks(length: number, share: number, size: number): number {
  let probability = [1];
  for (let trial = 0; trial < length; trial++) {
    const next = new Array<number>(probability.length + 1).fill(0);
    probability.forEach((p, x) => {
      next[x]! += p * (1 - share);
      next[x + 1]! += p * share;
    });
    probability = next;
  }
  return probability.reduce((sum, p, x) => sum + p * Math.ceil(x / size), 0);
}

describe('expectedChunks', () => {
  it.each([
    [1000, 0.5, 5],
    [1000, 0.1, 50],
    [2304, 0.5, 50],
    [200, 0.5, 8],
    [25, 0.5, 5],
  ])(
    'x/m + (m-1)/(2m) is right within 2 per cent for %d entries of share %d in chunks of %d',
    (length, share, size) => {
      expect(length * share).toBeGreaterThan(size);
      const expected = exactChunks(length, share, size);
      expect(Math.abs(expectedChunks(length, share, size) / expected - 1)).toBeLessThan(0.02);
    },
  );

  it.each([
    [9, 0.5, 5],
    [9, 0.1, 5],
    [75, 0.02, 5],
    [100, 0.4, 50],
    [30, 1, 40],
    [30, 0, 40],
  ])('is exact up to one chunk in the mean: %d entries of share %d in chunks of %d', (length, share, size) => {
    expect(expectedChunks(length, share, size)).toBeCloseTo(exactChunks(length, share, size), 9);
  });
});

describe('normalCdf', () => {
  it('has the values of the tables', () => {
    for (const [z, p] of [
      [0, 0.5],
      [1, 0.8413447],
      [-1.96, 0.0249979],
      [3, 0.9986501],
    ] as const) {
      expect(normalCdf(z)).toBeCloseTo(p, 6);
    }
  });
});

describe('chunkDistribution', () => {
  it('adds up to 1 and has the mean of the binomial', () => {
    const [length, share, size] = [640, 0.4, 50];
    const outcomes = chunkDistribution(length * share, Math.sqrt(length * share * (1 - share)), length, size);
    expect(outcomes.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12);
    const mean = outcomes.reduce((sum, { rows, probability }) => sum + rows * probability, 0);
    expect(Math.abs(mean / exactChunks(length, share, size) - 1)).toBeLessThan(0.005);
  });

  it('is certain without deviation, and within 0 .. ceil(length / size)', () => {
    expect(chunkDistribution(101, 0, 200, 50)).toEqual([{ rows: 3, probability: 1 }]);
    const wide = chunkDistribution(30, 100, 60, 50);
    expect(wide.map(({ rows }) => rows)).toEqual([0, 1, 2]);
  });
});
