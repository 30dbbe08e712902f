/** What findings are computed from: against values known otherwise. */
import { describe, expect, it } from 'vitest';
import { crosslightBits } from '../../../src/experiments/ready/findings/crosstalk.js';
import { overlap, rankCorrelation, slope } from '../../../src/experiments/ready/findings/curves.js';
import { findingsOf } from '../../../src/experiments/ready/findings/index.js';
import { weightError } from '../../../src/experiments/ready/findings/resonanceErrors.js';
import { readyExperiments } from '../../../src/experiments/ready/ready.js';
import { ringConstants } from '../../../src/hardware/optics/ring.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { sweepSummary } from './summaries.js';

describe('curves', () => {
  it('have the slope of a line', () => expect(slope([1, 2, 4], [5, 3, -1])).toBeCloseTo(-2, 12));

  it('ranges overlap where one value lies in all of them', () => {
    expect(
      overlap([
        [1, 3],
        [2, 5],
        [3, 9],
      ]),
    ).toBe(true);
    expect(
      overlap([
        [1, 3],
        [2, 5],
        [3.1, 9],
      ]),
    ).toBe(false);
    expect(overlap([])).toBe(true);
  });
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
