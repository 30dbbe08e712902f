/** All figures of a sweep, drawn. */
import type { SweepSummary } from '../../experiments/sweep/types.js';
import { type ReportFigure, slug, uniqueNames } from '../kit/reportFigure.js';
import { chooseFigures, type DrawnFigure } from './chooseFigures.js';
import { distributionFigure } from './distributionFigure.js';
import { heatFigure } from './heatFigure.js';
import { layersFigure } from './layersFigure.js';
import { aloneFigure, axesFigure, lineFigure } from './lineFigure.js';
import { paretoFigure } from './paretoFigure.js';
import type { Drawing } from './pointData.js';

function draw(summary: SweepSummary, figure: DrawnFigure): Drawing | null {
  switch (figure.kind) {
    case 'line':
      return lineFigure(summary, figure);
    case 'heatmap':
      return heatFigure(summary, figure);
    case 'pareto':
      return paretoFigure(summary, figure);
    case 'alone':
      return aloneFigure(summary, figure);
    case 'layers':
      return layersFigure(summary, figure);
    case 'distribution':
      return distributionFigure(summary, figure);
    case 'axes':
      return axesFigure(summary, figure);
  }
}

/** What a figure's file is called beside the sweep's name. */
function stem(figure: DrawnFigure): string {
  switch (figure.kind) {
    case 'line':
      return [figure.y, figure.x, ...(figure.series ? ['by', figure.series] : [])].join(' ');
    case 'heatmap':
      return `${figure.value} map ${figure.x} ${figure.y}`;
    case 'pareto':
      return `${figure.y} ${figure.x}`;
    case 'alone':
      return `${figure.y} alone`;
    case 'layers':
      return 'layers';
    case 'distribution':
      return 'chips';
    case 'axes':
      return `${figure.y} parameters`;
  }
}

export interface SweepFigures {
  readonly figures: readonly ReportFigure[];
  /** What the manifest asks for but no point has, in words. */
  readonly omitted: readonly string[];
}

/**
 * Draws what the manifest names, or what suits the sweep.
 * @param prefix of the figures' names.
 * @throws SonicError where the manifest names an axis that the sweep does not have.
 */
export function drawSweepFigures(summary: SweepSummary, prefix = slug(summary.manifest.name)): SweepFigures {
  if (summary.points.length === 0) return { figures: [], omitted: [] };
  const chosen = chooseFigures(summary);
  const drawn = chosen.map((figure) => draw(summary, figure));
  // No slug has an underscore, so names of two sweeps never meet.
  const names = uniqueNames(chosen.map((figure) => `${prefix}_${slug(stem(figure))}`));
  return {
    figures: drawn.flatMap((drawing, i) => (drawing ? [{ name: names[i]!, ...drawing }] : [])),
    omitted: chosen.flatMap((figure, i) =>
      drawn[i] ? [] : [`figure '${stem(figure)}' is left out: no finished point has its numbers`],
    ),
  };
}
