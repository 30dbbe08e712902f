/** Horizontal bars made of parts: energy by device for every layer, losses by element. */
import * as Plot from '@observablehq/plot';
import { colourOf, GRID, INK } from './figureStyle.js';
import { PANEL_WIDTH, type Panel, shortened, textWidth } from './frame.js';

/** A part of a bar; at least 0. */
export interface Segment {
  /** Which bar. */
  readonly category: string;
  /** Which part of it. */
  readonly series: string;
  readonly value: number;
}

export interface StackedBarChart {
  readonly title: string;
  /** What the bars measure, with its unit. */
  readonly xLabel: string;
  /** Bars and parts stand in the order of their first segment. */
  readonly segments: readonly Segment[];
  /** Text of a bar's sum; default 3 significant digits. */
  readonly format?: (total: number) => string;
  readonly width?: number;
}

const MAXIMUM_LABEL = 44;
const BAR_HEIGHT = 24;

/** Panel of a stacked bar chart, for figures with several. */
export function stackedBarPanel(chart: StackedBarChart): Panel {
  const { title, xLabel, segments, format = (v) => String(Number(v.toPrecision(3))), width } = chart;
  const series = [...new Set(segments.map((segment) => segment.series))];
  const rows = segments.map((segment) => ({ ...segment, row: shortened(segment.category, MAXIMUM_LABEL) }));
  const categories = [...new Set(rows.map(({ row }) => row))];
  const totals = categories.map((row) => {
    const total = rows.reduce((sum, segment) => sum + (segment.row === row ? segment.value : 0), 0);
    return { row, total, text: format(total) };
  });
  const marginLeft = Math.max(40, ...categories.map((label) => textWidth(label))) + 14;
  const panelWidth = width ?? Math.max(PANEL_WIDTH, marginLeft + 420);
  const room = (Math.max(0, ...totals.map(({ text }) => textWidth(text, 11))) + 14) / (panelWidth - marginLeft - 20);
  const most = Math.max(0, ...totals.map(({ total }) => total)) || 1;
  return {
    title,
    legend: series.map((label, i) => ({ label, colour: colourOf(i), mark: 'square' })),
    width: panelWidth,
    height: categories.length * BAR_HEIGHT + 74,
    plot: {
      marginLeft,
      x: { label: xLabel, domain: [0, most / (1 - Math.min(0.5, room))] },
      y: { domain: categories, label: null, tickSize: 0 },
      marks: [
        Plot.gridX({ stroke: GRID, strokeOpacity: 1 }),
        Plot.barX(
          rows,
          Plot.stackX({
            order: series,
            x: 'value',
            y: 'row',
            z: 'series',
            fill: (d: Segment) => colourOf(series.indexOf(d.series)),
            insetTop: 3,
            insetBottom: 3,
          }),
        ),
        Plot.text(totals, { x: 'total', y: 'row', text: 'text', dx: 5, textAnchor: 'start', fontSize: 11 }),
        Plot.ruleX([0], { stroke: INK }),
      ],
    },
  };
}
