/** What findings are computed from: against values known otherwise. */
import { describe, expect, it } from 'vitest';
import { crosslightBits } from '../../../src/experiments/ready/findings/crosstalk.js';
import { breaksAt, leastIntact, rankCorrelation, slope } from '../../../src/experiments/ready/findings/curves.js';
import { findingsOf } from '../../../src/experiments/ready/findings/index.js';
import { weightError } from '../../../src/experiments/ready/findings/resonanceErrors.js';
import { readyExperiments } from '../../../src/experiments/ready/ready.js';
import { parseHardware } from '../../../src/hardware/description.js';
import { ringConstants } from '../../../src/hardware/ring.js';
import { summaryPoint, sweepSummary } from './summaries.js';

const losing = (x: number, loss: number) => summaryPoint({ x }, 0.99 - loss, 0.99);

describe('curves', () => {
  it('break where a point is lost, between the points around on a logarithmic axis', () => {
    const points = [losing(1, 0), losing(10, 0.005), losing(1000, 0.015), losing(10_000, 0.5)];
    expect(breaksAt(points, 'x')).toBeCloseTo(100, 6);
    expect(breaksAt(points.slice(0, 2), 'x')).toBeNull();
    expect(breaksAt(points.slice(2), 'x')).toBeNull();
  });

  it('break between on a linear axis where a value is not above 0', () => {
    expect(breaksAt([losing(0, 0), losing(-1, 0.02)], 'x')).toBeCloseTo(-0.5, 9);
  });

  it('are intact from the least value after which nothing is lost', () => {
    const points = [losing(3, 0.5), losing(4, 0.001), losing(5, 0.02), losing(6, 0), losing(8, 0)];
    expect(leastIntact(points, 'x')).toBe(6);
    expect(leastIntact([losing(3, 0.5)], 'x')).toBeUndefined();
  });

  it('have the slope of a line', () => expect(slope([1, 2, 4], [5, 3, -1])).toBeCloseTo(-2, 12));
});

describe("Spearman's correlation", () => {
  it('is 1 of any rising function and -1 of any falling one', () => {
    expect(rankCorrelation([1, 2, 3, 4], [1, 10, 11, 1000])).toBeCloseTo(1, 12);
    expect(rankCorrelation([1, 2, 3, 4], [9, 3, 2, 1])).toBeCloseTo(-1, 12);
  });

  // Kendall, Rank Correlation Methods: 1 - 6 sum d^2 / (n (n^2 - 1)) without ties.
  it('is the formula without ties', () => {
    const [x, y] = [
      [1, 2, 3, 4, 5],
      [2, 1, 4, 3, 5],
    ];
    expect(rankCorrelation(x, y)).toBeCloseTo(1 - (6 * 4) / (5 * 24), 12);
    expect(rankCorrelation([1, 1, 1], [1, 2, 3])).toBe(0);
  });
});

describe('closed forms', () => {
  // Computed apart: 18 nm over n channels at 1550 nm.
  it.each([
    [5, 8000, 9.1],
    [5, 5000, 7.8],
    [15, 8000, 5.7],
    [15, 20_000, 8.3],
    [50, 8000, 2.2],
    [50, 50_000, 7.4],
  ])('resolution after CrossLight: %i rings at Q %i', (rings, q, bits) => {
    expect(Math.abs(crosslightBits(rings, q, 1550, 18) - bits)).toBeLessThan(0.06);
  });

  // Section 5 of the contract: averaged over v, 0.3 pm are a 7.5-bit quantiser and 2.3 pm a 4.6-bit one.
  it.each([
    [0.0003, 7.5],
    [0.0023, 4.6],
  ])('a residual of %f nm', (sigma_nm, bits) => {
    const rms = weightError(ringConstants(parseHardware({})), sigma_nm);
    // The contract gives residual and bits with one digit less.
    expect(Math.abs(-Math.log2(rms * Math.sqrt(12)) - bits)).toBeLessThan(0.1);
  });
});

describe('findings', () => {
  it.each(readyExperiments())('of %s are sentences, also of an unfinished sweep', async (name) => {
    for (const done of [1, 0.5]) {
      const summary = await sweepSummary(name, done);
      const { headline, all } = findingsOf(name)!;
      const lines = [headline(summary), ...all(summary)];
      for (const line of lines) {
        expect(line).not.toMatch(/undefined|NaN|Infinity|null|\[object/);
        expect(line.length).toBeGreaterThan(20);
      }
    }
  });
});
