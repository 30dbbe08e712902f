/** Which figures a sweep has where its manifest names none: by its axes, its costs, its layers, its trials. */
import type { Quantity, SweepAxis, SweepFigure, SweepSummary } from '../../experiments/sweep/types.js';
import { scaleOf, valuesOf, varyingAxes } from './sweepAxes.js';

/** What a report draws: what a manifest can name, and a quantity against every axis. */
export type DrawnFigure = SweepFigure | { readonly kind: 'axes'; readonly y: Quantity };

/** Values of an axis that can be series of lines. */
const MOST_SERIES = 6;
/** Columns and rows of a heat map that can still be read. */
const MOST_CELLS = 60;

/** Points are a grid where values repeat: a drawn sample has about as many values of an axis as points. */
function isGrid(summary: SweepSummary, axes: readonly SweepAxis[]): boolean {
  const cells = axes.reduce((product, axis) => product * valuesOf(summary, axis).length, 1);
  return axes.length < 2 || cells <= 2 * (summary.points.length + summary.missing.length);
}

/** The axis best read along a line: numbers before names, many values before few. */
function byLength(summary: SweepSummary, axes: readonly SweepAxis[]): SweepAxis[] {
  const rank = (axis: SweepAxis) => {
    const values = valuesOf(summary, axis);
    return (scaleOf(axis, values).isNumeric ? 1e6 : 0) + values.length;
  };
  return [...axes].sort((a, b) => rank(b) - rank(a));
}

function accuracyFigures(summary: SweepSummary, axes: readonly SweepAxis[]): DrawnFigure[] {
  const [first, second, third] = byLength(summary, axes);
  if (!first) return [];
  if (!second) return [{ kind: 'line', x: first.name, y: 'accuracy' }];
  if (!isGrid(summary, axes)) return [{ kind: 'axes', y: 'accuracy' }];
  const count = (axis: SweepAxis) => valuesOf(summary, axis).length;
  const figures: DrawnFigure[] = [];
  const isFaceted = third !== undefined && axes.length === 3 && count(third) <= MOST_SERIES;
  const facet = isFaceted ? { facet: third.name } : {};
  if (axes.length === 2 || isFaceted) {
    if (count(first) <= MOST_CELLS && count(second) <= MOST_CELLS) {
      figures.push({ kind: 'heatmap', x: first.name, y: second.name, value: 'accuracy', ...facet });
    }
    if (count(second) <= MOST_SERIES) {
      figures.push({ kind: 'line', x: first.name, y: 'accuracy', series: second.name, ...facet });
    }
  }
  return axes.length > 2 || figures.length === 0 ? [...figures, { kind: 'axes', y: 'accuracy' }] : figures;
}

/** The figures of a sweep in their order. */
export function chooseFigures(summary: SweepSummary): DrawnFigure[] {
  const { manifest, points } = summary;
  if (manifest.figures.length > 0) return [...manifest.figures];
  const axes = varyingAxes(summary);
  const energies = new Set(points.flatMap(({ cost }) => (cost ? [cost.energy_J] : [])));
  const numeric = byLength(summary, axes)[0];
  return [
    ...accuracyFigures(summary, axes),
    ...(energies.size > 1 ? [{ kind: 'pareto', x: 'energy_J', y: 'accuracy' } as const] : []),
    ...(points.some(({ layers }) => layers.length > 0)
      ? [{ kind: 'layers', ...(numeric ? { axis: numeric.name } : {}) } as const]
      : []),
    ...(points.some(({ accuracies }) => accuracies.length > 1) ? [{ kind: 'distribution' } as const] : []),
  ];
}
