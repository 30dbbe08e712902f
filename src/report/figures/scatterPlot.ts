/** Points in a plane with some marked: a design space and its Pareto front. */
import * as Plot from '@observablehq/plot';
import { axisOptions, domainOf, logTicks, type ScaleKind } from './axes.js';
import { type LegendEntry, PANEL_HEIGHT, PANEL_WIDTH, type Panel, renderFigure, shortened } from './frame.js';
import { colourOf, GRID, INK, MUTED } from './style.js';

export interface ScatterPoint {
  readonly x: number;
  readonly y: number;
  /** Points of one series have one colour. */
  readonly series?: string;
  /** Text beside the point. */
  readonly label?: string;
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
  /** Points with a ring around them and their label beside: the paper's design, ours. */
  readonly marked?: readonly ScatterPoint[];
  readonly width?: number;
  readonly height?: number;
}

const MAXIMUM_LABEL = 36;

/** Panel of a scatter plot, for figures with several. */
export function scatterPanel(chart: ScatterPlot): Panel {
  const { title, xLabel, yLabel, xScale = 'linear', yScale = 'linear', points, front = [], marked = [] } = chart;
  const { frontLabel = 'Pareto front', width = PANEL_WIDTH + 80, height = PANEL_HEIGHT + 80 } = chart;
  const all = [...points, ...front, ...marked];
  const xDomain = domainOf(
    all.map(({ x }) => x),
    xScale,
    0.06,
  );
  const yDomain = domainOf(
    all.map(({ y }) => y),
    yScale,
    0.06,
  );
  const inside = ({ x, y }: ScatterPoint) =>
    Number.isFinite(x) && Number.isFinite(y) && (xScale === 'linear' || x > 0) && (yScale === 'linear' || y > 0);
  const series = [...new Set(points.map(({ series: name }) => name ?? ''))];
  const many = series.length > 1;
  const colour = ({ series: name = '' }: ScatterPoint) => (many ? colourOf(series.indexOf(name)) : MUTED);
  // A label right of a point in the right half of the plot could leave it.
  const middle = xScale === 'log' ? Math.sqrt(xDomain[0] * xDomain[1]) : (xDomain[0] + xDomain[1]) / 2;
  const texts = (from: readonly ScatterPoint[], dy: number, fill: string, weight: string) =>
    [-1, 1].map((side) =>
      Plot.text(
        from.filter((p) => p.label && inside(p) && (p.x > middle ? -1 : 1) === side),
        {
          x: 'x',
          y: 'y',
          text: (p: ScatterPoint) => shortened(p.label!, MAXIMUM_LABEL),
          dx: 9 * side,
          dy,
          textAnchor: side < 0 ? 'end' : 'start',
          fontSize: 11,
          fontWeight: weight,
          fill,
          stroke: 'white',
          strokeWidth: 3,
        },
      ),
    );
  const legend: LegendEntry[] = [
    ...(many ? series.map((label, i) => ({ label, colour: colourOf(i), mark: 'dot' as const })) : []),
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
        Plot.line(front.filter(inside), { x: 'x', y: 'y', stroke: INK, strokeWidth: 1.5, ariaDescription: 'front' }),
        Plot.dot(points.filter(inside), {
          x: 'x',
          y: 'y',
          r: 3,
          fill: colour,
          fillOpacity: 0.6,
          ariaDescription: 'points',
        }),
        Plot.dot(front.filter(inside), { x: 'x', y: 'y', r: 3.5, fill: INK, ariaDescription: 'front points' }),
        Plot.dot(marked.filter(inside), {
          x: 'x',
          y: 'y',
          r: 6,
          fill: 'none',
          stroke: colourOf(1),
          strokeWidth: 2.5,
          ariaDescription: 'marked',
        }),
        ...texts([...points, ...front], -9, INK, 'normal'),
        ...texts(marked, 13, colourOf(1), 'bold'),
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
