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

/** Panel of a scatter plot, for figures with several. */
export function scatterPanel(chart: ScatterPlot): Panel {
  const { title, xLabel, yLabel, xScale = 'linear', yScale = 'linear', points, front = [], marked = [] } = chart;
  const {
    frontSteps = 'linear',
    frontLabel = 'Pareto front',
    width = PANEL_WIDTH + 80,
    height = PANEL_HEIGHT + 80,
  } = chart;
  const all = [...points, ...front, ...marked];
  const xDomain = domainOf(
    all.map(({ x }) => x),
    xScale,
    0.06,
  );
  const yDomain = domainOf(
    all.flatMap(({ y, low = y, high = y }) => [y, low, high]),
    yScale,
    0.06,
  );
  const inside = ({ x, y }: ScatterPoint) =>
    Number.isFinite(x) && Number.isFinite(y) && (xScale === 'linear' || x > 0) && (yScale === 'linear' || y > 0);
  const series = [...new Set(points.map(({ series: name }) => name ?? ''))];
  const many = series.length > 1;
  const colour = ({ series: name = '' }: ScatterPoint) => (many ? colourOf(series.indexOf(name)) : MUTED);
  const place = (scale: ScaleKind, [low, high]: readonly [number, number], at: number) =>
    scale === 'log' ? Math.log(at / low) / Math.log(high / low) : (at - low) / (high - low);
  const texts = placeLabels(
    [
      ...marked.map((point) => ({ point, fill: colourOf(1), weight: 'bold', least: 8 })),
      ...[...front, ...points].map((point) => ({ point, fill: INK, weight: 'normal', least: 5 })),
    ]
      .filter(({ point }) => point.label && inside(point))
      .map(({ point, ...style }) => ({
        ...style,
        ...point,
        text: shortened(point.label!, MAXIMUM_LABEL),
        left: place(xScale, xDomain, point.x) * (width - SIDE_MARGINS),
        top: (1 - place(yScale, yDomain, point.y)) * (height - VERTICAL_MARGINS),
      })),
    width - SIDE_MARGINS,
    height - VERTICAL_MARGINS,
  );
  const intervals = points.flatMap(({ x, y, low, high }): Interval[] =>
    low === undefined || high === undefined || !inside({ x, y }) ? [] : [{ x, low, high }],
  );
  const hints = all.some(({ hint }) => hint !== undefined) ? { title: (p: ScatterPoint) => p.hint ?? null } : {};
  const legend: LegendEntry[] = [
    ...(many
      ? series.map((label, i) => ({ label, colour: colourOf(i), mark: 'dot' as const, symbol: symbolOf(i) }))
      : []),
    ...(front.length > 0 ? [{ label: frontLabel, colour: INK, mark: 'line' as const }] : []),
  ];
  const xTicks = xScale === 'log' ? { ticks: logTicks(xDomain) } : {};
  const yTicks = yScale === 'log' ? { ticks: logTicks(yDomain) } : {};
  return {
    title,
    legend,
    width,
    height,
    plot: {
      x: axisOptions(xScale, xLabel, xDomain),
      y: axisOptions(yScale, yLabel, yDomain),
      marks: [
        Plot.gridX({ stroke: GRID, strokeOpacity: 1, ...xTicks }),
        Plot.gridY({ stroke: GRID, strokeOpacity: 1, ...yTicks }),
        Plot.frame({ stroke: INK }),
        ...intervalBars(intervals, MUTED),
        Plot.line(front.filter(inside), {
          x: 'x',
          y: 'y',
          stroke: INK,
          strokeWidth: 1.5,
          curve: frontSteps,
          ariaDescription: 'front',
        }),
        ...series.map((name, i) =>
          Plot.dot(
            points.filter((point) => inside(point) && (point.series ?? '') === name),
            {
              x: 'x',
              y: 'y',
              r: many ? 3.6 : 3,
              fill: colour,
              fillOpacity: many ? 0.85 : 0.6,
              ...(many ? { symbol: plotSymbol(symbolOf(i)) } : {}),
              ...hints,
              ariaDescription: 'points',
            },
          ),
        ),
        Plot.dot(front.filter(inside), {
          x: 'x',
          y: 'y',
          r: many ? 6 : 3.5,
          fill: many ? 'none' : INK,
          ...(many ? { stroke: INK } : {}),
          ...hints,
          ariaDescription: 'front points',
        }),
        Plot.dot(marked.filter(inside), {
          x: 'x',
          y: 'y',
          r: 6,
          fill: 'none',
          stroke: colourOf(1),
          strokeWidth: 2.5,
          ariaDescription: 'marked',
        }),
        ...texts.map(({ x, y, dx, dy, anchor, text, fill, weight }) =>
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
        ),
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
