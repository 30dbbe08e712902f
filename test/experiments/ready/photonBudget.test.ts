/** `photon-budget`: its page against numpy from the definition alone, the published curve against the same, and its sentences. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  photonBudgetFindings,
  pointsByLight,
  publishedPhotons,
  reachedAt,
} from '../../../src/experiments/ready/findings/photonBudget.js';
import { madeUp } from './summaries.js';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** Written by test/independent/photonBudget.py; per cent. */
const numpy = JSON.parse(read('test/independent/photonBudget.json')) as {
  readonly images: number;
  readonly digital: number;
  readonly rows: readonly Record<string, number>[];
  readonly receiver: readonly Record<string, number>[];
};

/** Rows of the page's table of points: photons, signs, receiver, accuracy in per cent. */
const page = [
  ...read('docs/experiments/photon-budget.md').matchAll(
    /^\| ([\d.]+) \| (offset|rails) \| (true|false) \| (\d+) \| ([\d.]+) %/gm,
  ),
].map(([, photons, signs, receiver, draws, accuracy]) => ({
  photons: Number(photons),
  signs: signs!,
  receiver: receiver === 'true',
  draws: Number(draws),
  accuracy: Number(accuracy),
}));

/** Standard deviation of the difference of two shares in per cent. */
function deviation(a: number, b: number, draws: number): number {
  const variance = (share: number) => Math.max(share * (100 - share), 1) / numpy.images;
  return Math.sqrt(variance(a) + variance(b) / draws);
}

describe('the page of photon-budget', () => {
  it('has every point, and numpy draws the same accuracy within four standard deviations', () => {
    expect(page).toHaveLength(52);
    for (const { photons, signs, receiver, draws, accuracy } of page) {
      const row = (receiver ? numpy.receiver : numpy.rows).find((one) => one['photons'] === photons)!;
      const drawn = row[receiver ? signs : `${signs} perImageGaussian`]!;
      const off = Math.abs(accuracy - drawn);
      expect(off, `${photons} ${signs} ${receiver}`).toBeLessThan(4 * deviation(drawn, accuracy, draws));
    }
  });

  it('has the digital accuracy of numpy', () => {
    expect(read('docs/experiments/photon-budget.md')).toContain(`| accuracy, digital | ${numpy.digital} % |`);
  });
});

it('the published simulation is that of numpy with Poisson counts', () => {
  expect(publishedPhotons.simulation.map(([n]) => n)).toEqual(numpy.rows.map((row) => row['photons']));
  publishedPhotons.simulation.forEach(([, share], i) => {
    const drawn = numpy.rows[i]!['offset perImage']!;
    expect(Math.abs(100 * share - drawn)).toBeLessThan(4 * deviation(drawn, 100 * share, 1));
  });
});

describe('its sentences', () => {
  /** Accuracy 1 - 1 / (1 + n / half): rails need a fourth of the light, the receiver a thousand times. */
  const lossAt = (n: number, signs: unknown, receiver: unknown) => {
    const half = (signs === 'rails' ? 0.25 : 1) * (receiver ? 1000 : 1);
    return 1 / (1 + n / half);
  };
  const made = () =>
    madeUp('photon-budget', {
      images: 10_000,
      loss: (values) =>
        lossAt(
          Number(values['calibration.photonsPerMultiplication']),
          values['vdu.signs'],
          values['effects.thermalNoise'],
        ),
    });

  it('find where an accuracy is reached', async () => {
    const { points } = await made();
    const offset = pointsByLight(points, 'offset', false);
    // 1 - 1 / (1 + n) = 0.7 at n = 7 / 3.
    const reached = reachedAt(offset, 0.7)!;
    expect([reached.below, reached.above]).toEqual([2.3, 2.51189]);
    expect(reached.between).toBeCloseTo(7 / 3, 2);
    expect(reachedAt(offset, 0.999)).toBeNull();
    expect(reachedAt(pointsByLight(points, 'rails', false), 0.7)!.between).toBeCloseTo(7 / 12, 2);
  });

  it('say how many times fewer photons rails take, and what the receiver adds', async () => {
    const text = photonBudgetFindings(await made()).join('\n');
    const [, ratio] = /rails take .* ([\d.]+) \(70 %;/.exec(text)!;
    expect(Number(ratio)).toBeCloseTo(4, 1);
    expect(text).toContain('At one photon a multiplication two rails have 80.0 %');
    // 90 % at 9 photons; with the receiver at 9,000.
    expect(text).toContain(
      '90 % take between 3,160 and 10,000 photons in place of between 6.31 and 10, 316 to 1580 times as many',
    );
    // Nothing like the published curve.
    expect(text).toMatch(/With offset weights [01] of 19 points lie within/);
  });

  it('call the published curve itself within the interval, and a shifted one beyond it', async () => {
    const published = new Map(publishedPhotons.simulation);
    const shifted = (by: number) =>
      madeUp('photon-budget', {
        images: 10_000,
        loss: (values) => 1 - (published.get(Number(values['calibration.photonsPerMultiplication'])) ?? 0.99) + by,
      });
    expect(photonBudgetFindings(await shifted(0))[0]).toContain('19 of 19 points lie within');
    expect(photonBudgetFindings(await shifted(0.02))[0]).toContain('0 of 19 points lie within');
  });
});
