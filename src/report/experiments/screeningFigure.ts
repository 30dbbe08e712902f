/** Figure of the experiment `screening`: how strongly each parameter goes with the layers' bits and with the accuracy. */
import { influences } from '../../experiments/ready/findings/screening.js';
import type { SweepSummary } from '../../experiments/sweep/types.js';
import { type Bar, barChart } from '../kit/figures/barChart.js';

export function screeningFigure(summary: SweepSummary): string {
  const bars = influences(summary).flatMap(({ label, withBits, withAccuracy }): Bar[] => [
    { label, value: withBits, group: 'with the mean effective bits of the layers' },
    { label, value: withAccuracy, group: 'with the accuracy' },
  ]);
  return barChart({
    title: 'What goes with what',
    subtitle: `${summary.points.length} points drawn at once over all parameters`,
    xLabel: "Spearman's correlation of ranks",
    bars,
    format: (value) => value.toFixed(2),
  });
}
