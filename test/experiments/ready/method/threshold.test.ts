/** Thresholds: every order of verdicts, and how often a bracket holds a threshold that was simulated. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { philoxNormals, philoxUniforms } from '../../../../src/base/random/philox.js';
import { type Loss, lossAgainst } from '../../../../src/experiments/ready/method/evidence.js';
import { bearing, thresholdOf, verdictOn } from '../../../../src/experiments/ready/method/threshold.js';
import { marginText, standing, standingOf, wherePhrase } from '../../../../src/experiments/ready/method/words.js';
import { bootstrapInterval95 } from '../../../../src/experiments/result/bootstrap.js';
import { madeUp } from '../summaries.js';

const LOSSES: Readonly<Record<string, Pick<Loss, 'share' | 'interval95'>>> = {
  K: { share: 0.002, interval95: [-0.001, 0.006] },
  O: { share: 0.011, interval95: [0.004, 0.018] },
  L: { share: 0.04, interval95: [0.03, 0.05] },
};
const curve = (verdicts: string) =>
  [...verdicts].map((verdict, value) => ({ value, loss: { ...LOSSES[verdict]!, chips: 4, images: 2000 } }));
const phrase = (verdicts: string) => wherePhrase(thresholdOf(curve(verdicts), 0.01), { show: (value) => `x${value}` });

describe('a verdict', () => {
  it.each([
    [[0.0101, 0.02], 'lost'],
    [[0.01, 0.02], 'open'],
    [[-0.01, 0.0101], 'open'],
    [[-0.01, 0.01], 'kept'],
    [[-0.05, -0.02], 'kept'],
  ] as const)('of an interval of %j', (interval95, expected) => expect(verdictOn({ interval95 }, 0.01)).toBe(expected));

  it('depends on the margin', () => {
    const loss = { interval95: [0.006, 0.009] } as const;
    expect([0.005, 0.0075, 0.01].map((margin) => verdictOn(loss, margin))).toEqual(['lost', 'open', 'kept']);
  });
});

describe('a threshold', () => {
  it.each([
    ['KKLL', 'between x1 (kept) and x2 (lost)'],
    ['KL', 'between x0 (kept) and x1 (lost)'],
    ['KOLL', 'between x0 (kept) and x2 (lost), x1 left open'],
    ['KOOLO', 'between x0 (kept) and x3 (lost), x1 and x2 left open'],
    ['OKL', 'between x1 (kept) and x2 (lost)'],
    ['KOKL', 'between x2 (kept) and x3 (lost)'],
    ['KLLOL', 'between x0 (kept) and x1 (lost)'],
    ['KKK', 'nowhere up to the end of the sweep, x2 (kept)'],
    ['OKK', 'nowhere up to the end of the sweep, x2 (kept)'],
    ['LLL', 'from the start of the sweep on, x0 (lost)'],
    ['LOO', 'from the start of the sweep on, x0 (lost)'],
    ['KLK', 'at no single threshold: at x1 (lost) but not beyond it at x2 (kept)'],
    ['LOK', 'at no single threshold: at x0 (lost) but not beyond it at x2 (kept)'],
    ['KLKLL', 'at no single threshold: at x1 (lost) but not beyond it at x2 (kept)'],
    ['KKO', 'beyond x1 (kept) if anywhere, open from x2 (open) on'],
    ['OOL', 'at x2 (lost) at the latest, open from the start of the sweep, x0 (open)'],
    ['OO', 'at no value for certain, all are open from x0 (open) on'],
    ['L', 'at values that were not run'],
    ['', 'at values that were not run'],
  ])('of %s', (verdicts, expected) => expect(phrase(verdicts)).toBe(expected));

  it('never names a value that was not run, and a bracket is two verdicts with nothing kept beyond or lost before', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('K', 'O', 'L'), { maxLength: 12 }), (verdicts) => {
        const points = curve(verdicts.join(''));
        const threshold = thresholdOf(points, 0.01);
        for (const point of bearing(threshold)) expect(points).toContain(point);
        if (threshold.kind !== 'bracketed') return;
        const [kept, lost] = [threshold.kept.value, threshold.lost.value];
        expect(kept).toBeLessThan(lost);
        expect([verdicts[kept], verdicts[lost]]).toEqual(['K', 'L']);
        expect(verdicts.slice(0, lost)).not.toContain('L');
        expect(verdicts.slice(kept + 1)).not.toContain('K');
        expect(threshold.open.map(({ value }) => value)).toEqual(
          Array.from({ length: lost - kept - 1 }, (_, i) => kept + 1 + i),
        );
      }),
    );
  });

  it('is told with what is lost on either side', () => {
    expect(wherePhrase(thresholdOf(curve('KL'), 0.01), { show: String, detail: true })).toBe(
      'between 0 (kept: 0.2 points (-0.1 to 0.6)) and 1 (lost: 4.0 points (3.0 to 5.0))',
    );
  });
});

describe('what is no claim', () => {
  it.each([
    [4, 2000, ''],
    [16, 10_000, ''],
    [3, 2000, ' (preliminary, no claim: 3 chips and 2,000 images a point)'],
    [4, 1999, ' (preliminary, no claim: 4 chips and 1,999 images a point)'],
    [1, 600, ' (preliminary, no claim: 1 chip and 600 images a point)'],
  ])('%i chips and %i images', (chips, images, expected) => {
    expect(
      standing([
        { chips: 8, images: 10_000 },
        { chips, images },
      ]),
    ).toBe(expected);
  });

  it('is by the points that a threshold is read off, not by others', () => {
    const points = curve('KKLL').map((point, i) =>
      i === 0 || i === 3 ? { ...point, loss: { ...point.loss, chips: 1, images: 200 } } : point,
    );
    expect(standingOf([thresholdOf(points, 0.01)])).toBe('');
    expect(standingOf([thresholdOf(points.slice(0, 3), 0.01)])).toBe('');
    expect(standingOf([thresholdOf([points[0]!, points[2]!], 0.01)])).toContain('no claim: 1 chip and 200 images');
  });

  it('margins have names', () =>
    expect([0.01, 0.005, 0.02].map(marginText)).toEqual(['1 point', '0.5 points', '2 points']));
});

describe('a loss against another point', () => {
  it('is paired by chip and image, and none where images or chips are others', async () => {
    const { points } = await madeUp('chips', {
      images: 500,
      loss: ({ hardware }) => (hardware === 'sonic' ? 0.1 : 0.3),
    });
    const [first, second] = [points[1]!, points[2]!];
    expect(lossAgainst(first, second)).toMatchObject({ share: expect.closeTo(0.2, 9), chips: 4, images: 500 });
    expect(lossAgainst(second, first)).toMatchObject({ share: expect.closeTo(-0.2, 9) });
    expect(lossAgainst(first, { ...second, hits: { ...second.hits, dataset: 'other' } })).toBeNull();
    expect(lossAgainst(first, { ...second, hits: { ...second.hits, chipSeeds: [11, 12, 13, 14] } })).toBeNull();
    const one = { ...second, hits: { ...second.hits, chipSeeds: [11, 12, 3, 14] } };
    expect(lossAgainst(first, one)).toMatchObject({ chips: 1 });
  });
});

describe('coverage of a bracket', () => {
  /** Loss at x of a chip; over chips and images 1 % at x = 1. */
  const shareAt = (x: number, factor: number) => Math.min(0.5, 0.01 * x * x * factor);

  // Nine points about a threshold at 1, closer than they can be told apart: what a refined grid has.
  it('holds the simulated threshold in 19 of 20 sweeps of 4 chips and 2,000 images', () => {
    const xs = [0.25, 0.5, 0.7, 0.85, 0.95, 1.05, 1.2, 1.5, 2.5];
    const [runs, chips, images, spread] = [60, 4, 2000, 0.25];
    let [held, bracketed] = [0, 0];
    for (let seed = 1; seed <= runs; seed++) {
      const factors = Array.from(philoxNormals([seed, 21], 0, chips), (z) => Math.exp(spread * z - spread ** 2 / 2));
      const common = philoxUniforms([seed, 22], 0, images);
      const points = xs.map((value, p) => {
        const own = philoxUniforms([seed, 100 + p], 0, chips * images);
        const table = factors.map((factor, c) =>
          Float64Array.from(common, (u, i) =>
            (i % 2 === 0 ? u : own[c * images + i]!) < shareAt(value, factor) ? 1 : 0,
          ),
        );
        return { value, loss: { share: 0, interval95: bootstrapInterval95(table), chips, images } };
      });
      const threshold = thresholdOf(points, 0.01);
      if (threshold.kind === 'bracketed') {
        bracketed++;
        if (threshold.kept.value < 1 && threshold.lost.value > 1) held++;
      }
    }
    expect(bracketed).toBeGreaterThan(0.9 * runs);
    expect(held / bracketed).toBeGreaterThanOrEqual(0.93);
  }, 120_000);
});
