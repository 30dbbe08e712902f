/** Points in a plane with some marked: a design space and its Pareto front. */
import * as Plot from '@observablehq/plot';
import { axisOptions, domainOf, logTicks, type ScaleKind } from './axes.js';
import { colourOf, GRID, INK, MUTED } from './figureStyle.js';
import { type LegendEntry, PANEL_HEIGHT, PANEL_WIDTH, type Panel, renderFigure, shortened } from './frame.js';
import { type Interval, intervalBars } from './intervals.js';
import { placeLabels } from './labels.js';
import { plotSymbol, symbolOf } from './symbols.js';

export interface ScatterPoint {
  readonly x: number;
  readonly y: number;
  /** Points of one series have one colour. */
  readonly series?: string;
  /** Text beside the point, where there is room. */
  readonly label?: string;
  /** Ends of an interval about y. */
  readonly low?: number;
  readonly high?: number;
  /** What the point says of itself where a pointer rests on it. */
  readonly hint?: string;
}

export interface ScatterPlot {
  readonly title: string;
  readonly subtitle?: string;
  /** With units. */
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xScale?: ScaleKind;
  readonly yScale?: ScaleKind;
  readonly points: readonly ScatterPoint[];
  /** Points joined by a line in this order: the Pareto front. */
  readonly front?: readonly ScatterPoint[];
  readonly frontLabel?: string;
  /** A front as steps: y holds until the next x, or from the one before. */
  readonly frontSteps?: 'step-after' | 'step-before';
  /** Points with a ring around them and their label beside: the paper's design, ours. */
  readonly marked?: readonly ScatterPoint[];
  readonly width?: number;
  readonly height?: number;
}

const MAXIMUM_LABEL = 36;
/** Of the frame's plots. */
const SIDE_MARGINS = 92;
const VERTICAL_MARGINS = 58;

/** What the marks of a panel share. */
interface Frame {
  readonly xScale: ScaleKind;
  readonly yScale: ScaleKind;
  readonly xDomain: readonly [number, number];
  readonly yDomain: readonly [number, number];
  readonly width: number;
  readonly height: number;
}

function frameOf(chart: ScatterPlot): Frame {
  const { points, front = [], marked = [], xScale = 'linear', yScale = 'linear' } = chart;
  const { width = PANEL_WIDTH + 80, height = PANEL_HEIGHT + 80 } = chart;
  const all = [...points, ...front, ...marked];
  const xs = all.map(({ x }) => x);
  const ys = all.flatMap(({ y, low = y, high = y }) => [y, low, high]);
  const [xDomain, yDomain] = [domainOf(xs, xScale, 0.06), domainOf(ys, yScale, 0.06)];
  return { xScale, yScale, xDomain, yDomain, width, height };
}

/** Whether axes can show a point. */
const isInside = ({ xScale, yScale }: Frame, { x, y }: ScatterPoint) =>
  Number.isFinite(x) && Number.isFinite(y) && (xScale === 'linear' || x > 0) && (yScale === 'linear' || y > 0);

/** Where a value is along an axis, 0 to 1. */
const placeOf = (scale: ScaleKind, [low, high]: readonly [number, number], at: number) =>
  scale === 'log' ? Math.log(at / low) / Math.log(high / low) : (at - low) / (high - low);

/** Labels where there is room: first of the marked points, then of the front, then of the others. */
function labelMarks({ points, front = [], marked = [] }: ScatterPlot, frame: Frame) {
  const [width, height] = [frame.width - SIDE_MARGINS, frame.height - VERTICAL_MARGINS];
  const wanted = [
    ...marked.map((point) => ({ point, fill: colourOf(1), weight: 'bold', least: 8 })),
    ...[...front, ...points].map((point) => ({ point, fill: INK, weight: 'normal', least: 5 })),
  ].flatMap(({ point, ...style }) =>
    point.label && isInside(frame, point)
      ? [
          {
            ...style,
            ...point,
            text: shortened(point.label, MAXIMUM_LABEL),
            left: placeOf(frame.xScale, frame.xDomain, point.x) * width,
            top: (1 - placeOf(frame.yScale, frame.yDomain, point.y)) * height,
          },
        ]
      : [],
  );
  return placeLabels(wanted, width, height).map(({ x, y, dx, dy, anchor, text, fill, weight }) =>
    Plot.text([{ x, y }], {
      x: 'x',
      y: 'y',
      text: () => text,
      dx,
      dy,
      textAnchor: anchor,
      fontSize: 11,
      fontWeight: weight,
      fill,
      stroke: 'white',
      strokeWidth: 3,
      pointerEvents: 'none',
    }),
  );
}

const seriesOf = ({ points }: ScatterPlot) => [...new Set(points.map(({ series = '' }) => series))];

/** Dots of the points by series, the front with its line, and rings around what is marked. */
function pointMarks(chart: ScatterPlot, frame: Frame) {
  const { points, front = [], marked = [], frontSteps = 'linear' } = chart;
  const shown = (some: readonly ScatterPoint[]) => some.filter((point) => isInside(frame, point));
  const series = seriesOf(chart);
  const many = series.length > 1;
  const hints = [...points, ...front, ...marked].some(({ hint }) => hint !== undefined)
    ? { title: (point: ScatterPoint) => point.hint ?? null }
    : {};
  const xy = { x: 'x', y: 'y' };
  const ofSeries = many ? { r: 3.6, fillOpacity: 0.85 } : { r: 3, fillOpacity: 0.6, fill: MUTED };
  return [
    Plot.line(shown(front), { ...xy, stroke: INK, strokeWidth: 1.5, curve: frontSteps, ariaDescription: 'front' }),
    ...series.map((name, i) =>
      Plot.dot(shown(points.filter(({ series: own = '' }) => own === name)), {
        ...xy,
        ...ofSeries,
        ...(many ? { fill: colourOf(i), symbol: plotSymbol(symbolOf(i)) } : {}),
        ...hints,
        ariaDescription: 'points',
      }),
    ),
    Plot.dot(shown(front), {
      ...xy,
      ...(many ? { r: 6, fill: 'none', stroke: INK } : { r: 3.5, fill: INK }),
      ...hints,
      ariaDescription: 'front points',
    }),
    Plot.dot(shown(marked), {
      ...xy,
      r: 6,
      fill: 'none',
      stroke: colourOf(1),
      strokeWidth: 2.5,
      ariaDescription: 'marked',
    }),
  ];
}

function legendOf(chart: ScatterPlot): LegendEntry[] {
  const series = seriesOf(chart);
  const ofSeries = series.map((label, i): LegendEntry => {
    return { label, colour: colourOf(i), mark: 'dot', symbol: symbolOf(i) };
  });
  const { front = [], frontLabel = 'Pareto front' } = chart;
  return [
    ...(series.length > 1 ? ofSeries : []),
    ...(front.length > 0 ? [{ label: frontLabel, colour: INK, mark: 'line' as const }] : []),
  ];
}

/** Panel of a scatter plot, for figures with several. */
export function scatterPanel(chart: ScatterPlot): Panel {
  const { title, xLabel, yLabel, points } = chart;
  const frame = frameOf(chart);
  const { xScale, yScale, xDomain, yDomain, width, height } = frame;
  const intervals = points.flatMap(({ x, y, low, high }): Interval[] =>
    low === undefined || high === undefined || !isInside(frame, { x, y }) ? [] : [{ x, low, high }],
  );
  const gridOf = (scale: ScaleKind, domain: readonly [number, number]) => ({
    stroke: GRID,
    strokeOpacity: 1,
    ...(scale === 'log' ? { ticks: logTicks(domain) } : {}),
  });
  return {
    title,
    legend: legendOf(chart),
    width,
    height,
    plot: {
      x: axisOptions(xScale, xLabel, xDomain),
      y: axisOptions(yScale, yLabel, yDomain),
      marks: [
        Plot.gridX(gridOf(xScale, xDomain)),
        Plot.gridY(gridOf(yScale, yDomain)),
        Plot.frame({ stroke: INK }),
        ...intervalBars(intervals, MUTED),
        ...pointMarks(chart, frame),
        ...labelMarks(chart, frame),
      ],
    },
  };
}

/** A scatter plot as an SVG document; points that a logarithmic axis cannot show are left out. */
export function scatterPlot(chart: ScatterPlot): string {
  const { title, subtitle } = chart;
  return renderFigure({
    title,
    ...(subtitle === undefined ? {} : { subtitle }),
    panels: [{ ...scatterPanel(chart), title: '' }],
  });
}
