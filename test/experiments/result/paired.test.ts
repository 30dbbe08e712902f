import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pairedDifference } from '../../../src/experiments/result/paired.js';

describe('pairedDifference', () => {
  // By hand with half an image in each cell: b = 20.5, c = 5.5, n = 102: centre -15 / 102 = -0.14706,
  // half = 1.959964 sqrt(26 - 225 / 102) / 102 = 1.959964 * 4.87793 / 102 = 0.09373.
  it('is what a hand calculation gives', () => {
    const { difference, interval95 } = pairedDifference(20, 5, 100);
    expect(difference).toBeCloseTo(-0.15, 12);
    expect(interval95[0]).toBeCloseTo(-0.24079, 4);
    expect(interval95[1]).toBeCloseTo(-0.05333, 4);
  });

  it('turns its sign with the order, and covers 0 where as many are lost as won', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(50), fc.nat(1000), (lost, won, same) => {
        const n = lost + won + same + 1;
        const [there, back] = [pairedDifference(lost, won, n), pairedDifference(won, lost, n)];
        expect(there.difference).toBeCloseTo(-back.difference, 12);
        expect(there.interval95[0]).toBeCloseTo(-back.interval95[1], 12);
        if (lost === won) expect(there.interval95[0] < 0 && there.interval95[1] > 0).toBe(true);
      }),
    );
  });
});
