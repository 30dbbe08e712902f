/** One quantity against another with the points that none is better than in both. */

import { formatCount } from '../../base/text/units.js';
import { paretoFront } from '../../experiments/exploration/pareto.js';
import type { PointSummary, Quantity, SweepAxis, SweepSummary } from '../../experiments/sweep/types.js';
import { renderFigure } from '../kit/figures/frame.js';
import { type ScatterPoint, scatterPanel } from '../kit/figures/scatterPlot.js';
import { comparablePoints } from './comparable.js';
import { capitalised } from './lineFigure.js';
import { type Drawing, INTERVAL_TEXT, pointData, pointHint } from './pointData.js';
import { axisUnit, QUANTITY_TEXTS } from './quantities.js';
import { axisNamed, valuesOf, valueText, varyingAxes, withoutUnit } from './sweepAxes.js';

/** More points than this have no interval bars, which would hide them. */
const MOST_INTERVALS = 60;
const MOST_SERIES = 6;
/** Points of the front that the caption names; the data have all. */
const MOST_LISTED = 12;
/** Axes whose values label a point of the front. */
const MOST_LABELLED_AXES = 3;
/** Ratio of the largest to the smallest value from which on an axis is logarithmic. */
const WIDE = 10;

/** The axis whose values have colours of their own: the first that names things, if those are few. */
function seriesAxis(summary: SweepSummary): SweepAxis | null {
  const axes = varyingAxes(summary);
  if (axes.length < 2) return null;
  return axes.find((axis) => axis.scale === 'categories' && valuesOf(summary, axis).length <= MOST_SERIES) ?? null;
}

function scaleFor(quantity: Quantity, values: readonly number[]): 'linear' | 'log' {
  if (QUANTITY_TEXTS[quantity].unit === '%' || values.some((value) => value <= 0)) return 'linear';
  return Math.max(...values) / Math.min(...values) >= WIDE ? 'log' : 'linear';
}

/** `y` against `x` with the Pareto front, its points labelled with `label` or all that varies. */
export function paretoFigure(
  summary: SweepSummary,
  wish: { readonly x: Quantity; readonly y: Quantity; readonly label?: string },
): Drawing | null {
  const [x, y] = [QUANTITY_TEXTS[wish.x], QUANTITY_TEXTS[wish.y]];
  const points = summary.points.filter((point) => x.value(point) !== null && y.value(point) !== null);
  if (points.length === 0) return null;
  const labelled = wish.label === undefined ? varyingAxes(summary) : [axisNamed(summary, wish.label)];
  const series = wish.label === undefined ? seriesAxis(summary) : null;
  const [xs, ys] = [points.map((point) => x.value(point)!), points.map((point) => y.value(point)!)];
  const [xUnit, yUnit] = [axisUnit(wish.x, xs), axisUnit(wish.y, ys)];
  const scatter = (point: PointSummary, label: boolean): ScatterPoint => {
    const ends = points.length <= MOST_INTERVALS ? y.interval?.(point) : undefined;
    const texts = labelled.filter((axis) => axis !== series).map(({ name }) => valueText(point.values[name]));
    return {
      x: x.value(point)! * xUnit.factor,
      y: y.value(point)! * yUnit.factor,
      hint: pointHint(summary, point, [wish.y, wish.x]),
      ...(ends ? { low: ends[0] * yUnit.factor, high: ends[1] * yUnit.factor } : {}),
      ...(series ? { series: `${withoutUnit(series.label)} ${valueText(point.values[series.name])}` } : {}),
      ...(label && texts.length <= MOST_LABELLED_AXES ? { label: texts.join(', ') } : {}),
    };
  };
  const sign = (better: 'more' | 'less') => (better === 'more' ? 1 : -1);
  const ranked = x.interval || y.interval ? comparablePoints(points) : points;
  const scores = ranked.map((point) => [sign(x.better) * x.value(point)!, sign(y.better) * y.value(point)!]);
  const front = paretoFront(scores)
    .map((i) => ranked[i]!)
    .sort((a, b) => x.value(a)! - x.value(b)!);
  const listed = front.slice(0, MOST_LISTED).map((point) => pointHint(summary, point, [wish.y, wish.x]));
  const more = front.length > MOST_LISTED ? `; and ${front.length - MOST_LISTED} more` : '';
  const title = `${capitalised(y.title)} against ${x.title}`;
  const named = labelled.filter((axis) => axis !== series).map(({ label }) => withoutUnit(label));
  const panel = scatterPanel({
    title: '',
    xLabel: xUnit.label,
    yLabel: yUnit.label,
    xScale: scaleFor(wish.x, xs),
    yScale: scaleFor(wish.y, ys),
    points: points.map((point) => scatter(point, false)),
    front: front.map((point) => scatter(point, true)),
    frontSteps: x.better === 'less' ? 'step-after' : 'step-before',
  });
  const data = pointData({ ...summary, points }, [wish.x, wish.y]);
  return {
    title,
    caption:
      `${title}. ${front.length === 1 ? 'One point is the Pareto front' : `The line joins the ${front.length} points of the Pareto front`}: no other betters it in both` +
      `${named.length > 0 && named.length <= MOST_LABELLED_AXES ? `; texts beside them are ${named.join(', ')}, where there is room` : ''}.` +
      `${ranked.length < points.length ? ` ${formatCount(points.length - ranked.length)} of the ${formatCount(points.length)} points are drawn and not compared: they are on fewer images or chips.` : ''}` +
      `${y.interval && points.length <= MOST_INTERVALS ? ` ${INTERVAL_TEXT}` : ''} The front: ${listed.join('; ')}${more}.`,
    svg: renderFigure({ title, subtitle: summary.manifest.title, panels: [panel] }),
    data: {
      columns: [...data.columns, 'front'],
      rows: data.rows.map((row, i) => [...row, front.includes(points[i]!)]),
    },
  };
}
