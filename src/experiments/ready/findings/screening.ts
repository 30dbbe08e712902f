/** What `screening` shows: which parameter goes with the bits of the layers, and with the accuracy. */

import { philoxUniforms } from '../../../base/random/philox.js';
import { mean } from '../../../base/statistics/moments.js';
import type { PointSummary, SweepSummary } from '../../sweep/types.js';
import type { Evidence } from '../method/evidence.js';
import { rankCorrelation } from './curves.js';
import { listed, standingOfPoints } from './findingText.js';

export interface Influence {
  readonly label: string;
  /** Spearman's correlations. */
  readonly withBits: number;
  readonly withAccuracy: number;
}

const DRAWS = 500;
/** First words of the seed pairs of permutations and of bootstrap samples. */
const [PERMUTED, DRAWN] = [0x5045524d, 0x53435245];

const bits = ({ layers }: PointSummary) => mean(layers.map(({ effectiveBits }) => effectiveBits));

/** Parameters by how strongly they go with the layers' mean effective bits. */
export function influences({ manifest, points }: SweepSummary): Influence[] {
  return manifest.axes
    .map(({ name, label }) => {
      const values = points.map((point) => Number(point.values[name]));
      return {
        label,
        withBits: rankCorrelation(values, points.map(bits)),
        withAccuracy: rankCorrelation(
          values,
          points.map(({ accuracy }) => accuracy),
        ),
      };
    })
    .sort((a, b) => Math.abs(b.withBits) - Math.abs(a.withBits));
}

const strengthOf = (values: readonly number[], ys: readonly number[]) => Math.abs(rankCorrelation(values, ys));
const columnsOf = ({ manifest, points }: SweepSummary) =>
  manifest.axes.map(({ name, label }) => ({ label, values: points.map((point) => Number(point.values[name])) }));

/**
 * The correlation that none of the parameters exceeds in 19 of 20 sweeps if none does anything: of the largest after the bits
 * were dealt out anew (Westfall and Young, Resampling-Based Multiple Testing, 1993).
 */
export function chanceOf(summary: SweepSummary): number {
  const ys = summary.points.map(bits);
  const columns = columnsOf(summary);
  const largest = Array.from({ length: DRAWS }, (_, draw) => {
    const keys = philoxUniforms([PERMUTED, draw], 0, ys.length);
    const dealt = ys.map((y, i) => ({ y, key: keys[i]! })).sort((a, b) => a.key - b.key);
    return Math.max(
      ...columns.map(({ values }) =>
        strengthOf(
          values,
          dealt.map(({ y }) => y),
        ),
      ),
    );
  }).sort((a, b) => a - b);
  return largest[Math.ceil(0.95 * DRAWS) - 1]!;
}

/** Parameters whose correlation is not shown to be weaker than the strongest: bootstrap over points, one-sided 97.5 %. */
export function rivalsOf(summary: SweepSummary): string[] {
  const [first, ...others] = influences(summary).map(({ label }) => label);
  const ys = summary.points.map(bits);
  const columns = new Map(columnsOf(summary).map(({ label, values }) => [label, values]));
  const samples = Array.from({ length: DRAWS }, (_, draw) =>
    Array.from(philoxUniforms([DRAWN, draw], 0, ys.length), (uniform) => Math.floor(uniform * ys.length)),
  );
  const strengths = (label: string) =>
    samples.map((sample) =>
      strengthOf(
        sample.map((i) => columns.get(label)![i]!),
        sample.map((i) => ys[i]!),
      ),
    );
  const leading = strengths(first!);
  return others.filter((label) => {
    const own = strengths(label);
    return leading.filter((strength, draw) => strength <= own[draw]!).length > 0.025 * DRAWS;
  });
}

export function screeningHeadline(summary: Evidence): string {
  const all = influences(summary);
  const standing = standingOfPoints(summary.points);
  const chance = chanceOf(summary);
  const [first] = all;
  if (!first || !(Math.abs(first.withBits) > chance))
    return `no parameter is bound to the layers' bits beyond chance${standing}`;
  const rivals = rivalsOf(summary);
  const besides = all.filter(({ label, withBits }) => rivals.includes(label) && Math.abs(withBits) > chance);
  const text = ({ label, withBits }: Influence) => `${label} (${withBits.toFixed(2)})`;
  const also =
    besides.length === 0 ? ', more tightly than any other' : `; not told apart from it: ${listed(besides.map(text))}`;
  return `most tightly bound to the layers' bits: ${text(first)}${also}${standing}`;
}

export function screeningFindings(summary: Evidence): string[] {
  const chance = chanceOf(summary);
  const all = influences(summary);
  const clear = all.filter(({ withBits }) => Math.abs(withBits) > chance);
  const standing = standingOfPoints(summary.points);
  const text = ({ label, withBits, withAccuracy }: Influence) =>
    `${label} ${withBits.toFixed(2)} (${withAccuracy.toFixed(2)})`;
  return [
    `Correlation of ranks with the mean effective bits of the layers, and in brackets with accuracy: ${listed(all.map(text))}${standing}.`,
    `If no parameter did anything, the largest of the ${all.length} correlations with bits would lie within ${chance.toFixed(2)} in 19 of 20 ` +
      `such sweeps. Beyond are here: ${clear.length === 0 ? 'none' : listed(clear.map(({ label }) => label))}${standing}.`,
  ];
}
