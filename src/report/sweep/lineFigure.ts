/** A quantity against an axis: lines with intervals where points follow each other, dots where other axes vary too. */
import { mean } from '../../base/statistics/moments.js';
import type { AxisValue, PointSummary, Quantity, SweepAxis, SweepSummary } from '../../experiments/sweep/types.js';
import { domainOf } from '../kit/figures/axes.js';
import { colourOf, INK } from '../kit/figures/figureStyle.js';
import { fitted, PANEL_WIDTH, type Panel, renderFigure } from '../kit/figures/frame.js';
import { type Line, linePanel } from '../kit/figures/linePanel.js';
import { symbolOf } from '../kit/figures/symbols.js';
import { type Drawing, INTERVAL_TEXT, pointData, pointHint } from './pointData.js';
import { type AxisUnit, axisUnit, QUANTITY_TEXTS } from './quantities.js';
import { type AxisScale, axisNamed, scaleOf, valuesOf, valueText, varyingAxes, withoutUnit } from './sweepAxes.js';

/** Lines with more points have a band instead of bars. */
const MOST_BARS = 24;
const FACET_WIDTH = 400;
const FACET_HEIGHT = 280;

/** What all lines of a figure share. */
interface Plane {
  readonly summary: SweepSummary;
  readonly quantity: Quantity;
  readonly x: SweepAxis;
  readonly scale: AxisScale;
  readonly unit: AxisUnit;
  /** Whether axes that the figure does not show vary. */
  readonly isProjected: boolean;
}

const has = (quantity: Quantity) => (point: PointSummary) => QUANTITY_TEXTS[quantity].value(point) !== null;

function lineOf(plane: Plane, points: readonly PointSummary[], label: string, index: number): Line {
  const { summary, quantity, x, scale, unit, isProjected } = plane;
  const { value, interval } = QUANTITY_TEXTS[quantity];
  const sorted = [...points].sort((a, b) => scale.place(a.values[x.name]) - scale.place(b.values[x.name]));
  const ends = interval && !isProjected ? sorted.map((point) => interval(point)) : null;
  return {
    label,
    x: sorted.map((point) => scale.place(point.values[x.name])),
    y: sorted.map((point) => value(point)! * unit.factor),
    ...(ends
      ? {
          low: ends.map(([low]) => low * unit.factor),
          high: ends.map(([, high]) => high * unit.factor),
          interval: sorted.length > MOST_BARS ? 'band' : 'bars',
        }
      : {}),
    hints: sorted.map((point) => pointHint(summary, point, [quantity])),
    points: isProjected || !scale.isNumeric ? 'only' : 'also',
    colour: colourOf(index),
    symbol: symbolOf(index),
  };
}

/** Points a place from which on a mean says something. */
const LEAST_FOR_MEAN = 4;

/** Means over the points at each place, where enough points share one. */
function meanLine({ quantity, x, scale, unit }: Plane, points: readonly PointSummary[]): Line[] {
  const places = new Map<number, number[]>();
  for (const point of points) {
    const at = scale.place(point.values[x.name]);
    places.set(at, [...(places.get(at) ?? []), QUANTITY_TEXTS[quantity].value(point)! * unit.factor]);
  }
  if (places.size * LEAST_FOR_MEAN > points.length) return [];
  const sorted = [...places].sort(([a], [b]) => a - b);
  return [
    {
      label: 'mean at each value',
      x: sorted.map(([at]) => at),
      y: sorted.map(([, values]) => mean(values)),
      colour: INK,
      dashed: scale.isNumeric,
      ...(scale.isNumeric ? {} : { points: 'only' as const, symbol: 'diamond' as const }),
    },
  ];
}

/** The digital accuracy where all points have the same. */
function digitalRule(quantity: Quantity, points: readonly PointSummary[]) {
  const [first] = points;
  if (quantity !== 'accuracy' || !first || points.some(({ digital }) => digital !== first.digital)) return [];
  return [{ at: first.digital * 100, label: 'digital' }];
}

function panelOf(
  plane: Plane,
  points: readonly PointSummary[],
  series: { readonly axis: SweepAxis; readonly values: readonly AxisValue[] } | null,
  size: { readonly title: string; readonly width: number; readonly height?: number },
): Panel {
  const { summary, quantity, x, scale, unit, isProjected } = plane;
  const drawn = summary.points.filter(has(quantity));
  const { value, interval } = QUANTITY_TEXTS[quantity];
  const covered = drawn.flatMap((point) => [
    value(point)! * unit.factor,
    ...(interval && !isProjected ? interval(point).map((end) => end * unit.factor) : []),
  ]);
  const rules = digitalRule(quantity, drawn);
  const lines = series
    ? series.values.map((seriesValue, i) => {
        const own = points.filter(({ values }) => (values[series.axis.name] ?? null) === seriesValue);
        return lineOf(plane, own, `${withoutUnit(series.axis.label)} ${valueText(seriesValue)}`, i);
      })
    : [lineOf(plane, points, isProjected ? 'points' : QUANTITY_TEXTS[quantity].title, 0)];
  return linePanel({
    ...size,
    title: fitted(size.title, size.width - 20, 15),
    xLabel: fitted(x.label, size.width - 92),
    yLabel: unit.label,
    xScale: scale.kind,
    ...(scale.ticks.length > 0 ? { xTicks: scale.ticks } : {}),
    ...(scale.domain ? { xDomain: scale.domain } : {}),
    yDomain: domainOf([...covered, ...rules.map(({ at }) => at)], 'linear', 0.07),
    lines: [...lines.filter((line) => line.x.length > 0), ...(isProjected && !series ? meanLine(plane, points) : [])],
    yRules: rules,
  });
}

function planeOf(summary: SweepSummary, quantity: Quantity, x: SweepAxis, shown: readonly SweepAxis[]): Plane {
  const values = summary.points.flatMap((point) => QUANTITY_TEXTS[quantity].value(point) ?? []);
  return {
    summary,
    quantity,
    x,
    scale: scaleOf(x, valuesOf(summary, x)),
    unit: axisUnit(quantity, values),
    isProjected: varyingAxes(summary).some((axis) => !shown.includes(axis)),
  };
}

/** Lines of `y` over axis `x`, one a value of `series`, one panel a value of `facet`. */
export function lineFigure(
  summary: SweepSummary,
  wish: { readonly x: string; readonly y: Quantity; readonly series?: string; readonly facet?: string },
): Drawing | null {
  const { manifest } = summary;
  const x = axisNamed(summary, wish.x);
  const seriesAxis = wish.series === undefined ? null : axisNamed(summary, wish.series);
  const facet = wish.facet === undefined ? null : axisNamed(summary, wish.facet);
  const points = summary.points.filter(has(wish.y));
  if (points.length === 0) return null;
  const plane = planeOf(
    summary,
    wish.y,
    x,
    [x, seriesAxis, facet].filter((axis) => axis !== null),
  );
  const series = seriesAxis && { axis: seriesAxis, values: valuesOf(summary, seriesAxis) };
  const panels = facet
    ? valuesOf(summary, facet).map((value) =>
        panelOf(
          plane,
          points.filter(({ values }) => (values[facet.name] ?? null) === value),
          series,
          { title: `${withoutUnit(facet.label)} ${valueText(value)}`, width: FACET_WIDTH, height: FACET_HEIGHT },
        ),
      )
    : [panelOf(plane, points, series, { title: '', width: PANEL_WIDTH })];
  const title = `${capitalised(QUANTITY_TEXTS[wish.y].title)} against ${withoutUnit(x.label)}`;
  const intervals = QUANTITY_TEXTS[wish.y].interval && !plane.isProjected ? ` ${INTERVAL_TEXT}` : '';
  const projected = plane.isProjected ? ' Each marker is a point of the sweep; other parameters vary among them.' : '';
  return {
    title,
    caption: `${title}${series ? ` by ${withoutUnit(series.axis.label)}` : ''}${facet ? `, a panel for each ${withoutUnit(facet.label)}` : ''}.${projected}${intervals}`,
    svg: renderFigure({ title, subtitle: manifest.title, panels, columns: columnsFor(panels.length) }),
    data: pointData(summary, [wish.y]),
  };
}

/** `y` against every axis that varies, one panel an axis. */
export function axesFigure(summary: SweepSummary, { y }: { readonly y: Quantity }): Drawing | null {
  const axes = varyingAxes(summary);
  const points = summary.points.filter(has(y));
  if (points.length === 0 || axes.length === 0) return null;
  const panels = axes.map((axis) =>
    panelOf(planeOf(summary, y, axis, [axis]), points, null, {
      title: withoutUnit(axis.label),
      width: FACET_WIDTH,
      height: FACET_HEIGHT,
    }),
  );
  const title = `${capitalised(QUANTITY_TEXTS[y].title)} against every parameter`;
  return {
    title,
    caption: `${title}: each marker is a point of the sweep, in which the other parameters vary too.`,
    svg: renderFigure({ title, subtitle: summary.manifest.title, panels, columns: columnsFor(panels.length) }),
    data: pointData(summary, [y]),
  };
}

/** Of each axis the value that most points have: the centre of a plan that moves one thing at a time. */
function centreOf(summary: SweepSummary, axes: readonly SweepAxis[]): ReadonlyMap<string, AxisValue> {
  return new Map(
    axes.map((axis) => {
      const count = (value: AxisValue) => summary.points.filter((p) => (p.values[axis.name] ?? null) === value).length;
      const [most] = valuesOf(summary, axis).toSorted((a, b) => count(b) - count(a));
      return [axis.name, most!];
    }),
  );
}

/** `y` against every axis that varies, the others at their centre, one panel an axis. */
export function aloneFigure(summary: SweepSummary, { y }: { readonly y: Quantity }): Drawing | null {
  const axes = varyingAxes(summary);
  const points = summary.points.filter(has(y));
  if (points.length === 0 || axes.length === 0) return null;
  const centre = centreOf(summary, axes);
  const panels = axes.map((axis) => {
    const others = axes.filter((other) => other !== axis);
    const own = points.filter(({ values }) =>
      others.every(({ name }) => (values[name] ?? null) === (centre.get(name) ?? null)),
    );
    return panelOf(planeOf(summary, y, axis, axes), own, null, {
      title: withoutUnit(axis.label),
      width: FACET_WIDTH,
      height: FACET_HEIGHT,
    });
  });
  const title = `${capitalised(QUANTITY_TEXTS[y].title)} against each parameter alone`;
  const held = axes.map(({ name, label }) => `${withoutUnit(label)} ${valueText(centre.get(name))}`).join(', ');
  const intervals = QUANTITY_TEXTS[y].interval ? ` ${INTERVAL_TEXT}` : '';
  return {
    title,
    caption: `${title}: one moves, the others are at ${held}.${intervals}`,
    svg: renderFigure({ title, subtitle: summary.manifest.title, panels, columns: columnsFor(panels.length) }),
    data: pointData(summary, [y]),
  };
}

/** Panels side by side. */
function columnsFor(panels: number): number {
  return panels === 1 ? 1 : panels === 2 || panels === 4 ? 2 : 3;
}

export function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
