/** What `chips` shows. */
import type { PointSummary, SweepSummary } from '../../sweep/types.js';
import { mean, worstBits } from './curves.js';
import { listed, percent, points } from './text.js';

const name = ({ values }: PointSummary) => String(values['hardware']);

export function chipsHeadline(summary: SweepSummary): string {
  return listed(summary.points.map((point) => `${name(point)} ${percent(point.accuracy, 2)} (${point.chips} chips)`));
}

function spread(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, v) => sum + (v - centre) ** 2, 0) / Math.max(1, values.length - 1));
}

export function chipsFindings({ points: all }: SweepSummary): string[] {
  return all.map((point) => {
    const { accuracies, accuracy, images, digital } = point;
    const sampling = Math.sqrt((accuracy * (1 - accuracy)) / images);
    return (
      `${name(point)}: ${percent(accuracy, 2)} over ${point.chips} chips (digital ${percent(digital, 2)}), from ` +
      `${percent(Math.min(...accuracies), 2)} to ${percent(Math.max(...accuracies), 2)}; from chip to chip they deviate by ` +
      `${points(spread(accuracies))}, where another draw of ${images} images alone would move an accuracy by ` +
      `${points(sampling)}. Worst layer of the chips together: ${worstBits(point).toFixed(1)} effective bits.`
    );
  });
}
