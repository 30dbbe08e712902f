/** Accuracy of every trial: how chips and seeds differ at a point. */

import { mean } from '../../base/statistics/moments.js';
import { formatShare } from '../../base/text/units.js';
import type { SweepSummary } from '../../experiments/sweep/types.js';
import { PANEL_WIDTH, renderFigure } from '../kit/figures/frame.js';
import { type Strip, stripPanel } from '../kit/figures/stripPanel.js';
import type { Drawing } from './pointData.js';
import { axisNamed, pointText, valuesOf, valueText, varyingAxes, withoutUnit } from './sweepAxes.js';

/** Points that have a row each; more are put together. */
const MOST_ROWS = 32;

/** One row a point. */
function stripsByPoint(summary: SweepSummary): Strip[] {
  const axes = varyingAxes(summary);
  return summary.points.map((point) => ({
    label: axes.map(({ name }) => valueText(point.values[name])).join(', ') || 'all trials',
    values: point.accuracies.map((share) => share * 100),
    mean: point.accuracy * 100,
    interval: point.trialInterval95 && [point.trialInterval95[0] * 100, point.trialInterval95[1] * 100],
    hints: point.accuracies.map(
      (share, trial) => `${pointText(axes, point)}, trial ${trial + 1}: ${formatShare(share)}`,
    ),
  }));
}

/** One row a value of the axis, or one alone; dots are differences from their point's mean. */
function stripsOfDeviations(summary: SweepSummary, name: string | undefined): Strip[] {
  const axis = name === undefined ? null : axisNamed(summary, name);
  const values = axis ? valuesOf(summary, axis) : [];
  const groups =
    axis && values.length <= MOST_ROWS
      ? values.map((value) => ({
          label: `${withoutUnit(axis.label)} ${valueText(value)}`,
          points: summary.points.filter((point) => (point.values[axis.name] ?? null) === value),
        }))
      : [{ label: `all ${summary.points.length} points`, points: summary.points }];
  return groups.map(({ label, points }) => {
    const deviations = points.flatMap(({ accuracies, accuracy }) =>
      accuracies.map((share) => (share - accuracy) * 100),
    );
    return { label, values: deviations, mean: mean(deviations) };
  });
}

/** Strips of dots, one a point; where points are many, their trials' deviations by the values of axis `x`. */
export function distributionFigure(summary: SweepSummary, wish: { readonly x?: string }): Drawing | null {
  const several = { ...summary, points: summary.points.filter(({ accuracies }) => accuracies.length > 1) };
  if (several.points.length === 0) return null;
  const isPooled = several.points.length > MOST_ROWS;
  if (wish.x !== undefined) axisNamed(summary, wish.x);
  const strips = isPooled
    ? stripsOfDeviations(several, wish.x ?? varyingAxes(several)[0]?.name)
    : stripsByPoint(several);
  const title = 'Accuracy of every chip';
  const rows = varyingAxes(several).map(({ label }) => withoutUnit(label));
  return {
    title,
    caption: isPooled
      ? `${title}, as difference from the mean of its point: how much chips and seeds differ.`
      : `${title}: a dot a trial, a stroke their mean, below it the 95 % interval of that mean over chips and seeds on these images (Student's t).`,
    svg: renderFigure({
      title,
      subtitle: `${summary.manifest.title}${isPooled || rows.length === 0 ? '' : `; rows: ${rows.join(', ')}`}`,
      panels: [
        stripPanel({
          title: '',
          xLabel: isPooled ? 'accuracy - mean of the point (percentage points)' : 'accuracy (%)',
          strips,
          width: PANEL_WIDTH + 120,
        }),
      ],
    }),
    data: {
      columns: ['point', ...summary.manifest.axes.map(({ name }) => name), 'trial', 'accuracy'],
      rows: several.points.flatMap((point) =>
        point.accuracies.map((share, trial) => [
          point.index,
          ...summary.manifest.axes.map(({ name }) => point.values[name] ?? null),
          trial + 1,
          share,
        ]),
      ),
    },
  };
}
