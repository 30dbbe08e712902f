/** What `screening` shows: which parameter goes with the bits of the layers, and with the accuracy. */
import type { PointSummary, SweepSummary } from '../../sweep/types.js';
import { mean, rankCorrelation } from './curves.js';
import { listed } from './text.js';

export interface Influence {
  readonly label: string;
  /** Spearman's correlations. */
  readonly withBits: number;
  readonly withAccuracy: number;
}

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

export function screeningHeadline(summary: SweepSummary): string {
  const [first, second] = influences(summary);
  return `most tightly bound to the layers' bits: ${first?.label} (${first?.withBits.toFixed(2)}), then ${second?.label} (${second?.withBits.toFixed(2)})`;
}

export function screeningFindings(summary: SweepSummary): string[] {
  const chance = 1.96 / Math.sqrt(summary.points.length - 1);
  const all = influences(summary);
  const clear = all.filter(({ withBits }) => Math.abs(withBits) > chance);
  const text = ({ label, withBits, withAccuracy }: Influence) =>
    `${label} ${withBits.toFixed(2)} (${withAccuracy.toFixed(2)})`;
  return [
    `Correlation of ranks with the mean effective bits of the layers, and in brackets with accuracy: ${listed(all.map(text))}.`,
    `Of parameters that do nothing one in twenty would be beyond ${chance.toFixed(2)} by chance. Beyond are here: ` +
      `${clear.length === 0 ? 'none' : listed(clear.map(({ label }) => label))}.`,
  ];
}
