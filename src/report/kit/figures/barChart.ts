/** Horizontal bars, each with an interval and a label: attribution, sensitivities, anything by name. */
import * as Plot from '@observablehq/plot';
import { colourOf, GRID, INK } from './figureStyle.js';
import { type LegendEntry, PANEL_WIDTH, type Panel, renderFigure, shortened, textWidth } from './frame.js';

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Interval, drawn as a whisker. */
  readonly low?: number;
  readonly high?: number;
  /** Bars of one group have one colour; bars of one label that follow each other share it. */
  readonly group?: string;
}

export interface BarChart {
  readonly title: string;
  readonly subtitle?: string;
  /** What the bars measure, with its unit. */
  readonly xLabel: string;
  readonly bars: readonly Bar[];
  /** Text of a value; default 3 significant digits. */
  readonly format?: (value: number) => string;
  /** Pixels of the figure's panel; default wide enough for the labels. */
  readonly width?: number;
}

const MAXIMUM_LABEL = 44;
const BAR_HEIGHT = 20;

/** Room at an end of the axis for the texts beside the bars, in the axis's unit. */
function domainOf(bars: readonly Bar[], texts: readonly string[], plotWidth: number): [number, number] {
  const ends = bars.flatMap(({ value, low = value, high = value }) => [value, low, high]).filter(Number.isFinite);
  const [least, most] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const span = most - least || 1;
  const room = (Math.max(0, ...texts.map((text) => textWidth(text, 11))) + 14) / plotWidth;
  const perPixel = span / (1 - Math.min(0.5, room * (least < 0 && most > 0 ? 2 : 1)));
  return [least < 0 ? least - room * perPixel : 0, most > 0 || least === 0 ? most + room * perPixel : 0];
}

/** Panel of a bar chart, for figures with several. */
export function barPanel({
  title,
  xLabel,
  bars,
  format = (v) => String(Number(v.toPrecision(3))),
  width,
}: BarChart): Panel {
  const groups = [...new Set(bars.map(({ group }) => group ?? ''))];
  const colour = (group = '') => colourOf(groups.indexOf(group));
  const rows = bars.map((bar, i) => ({
    ...bar,
    // Labels need not be unique, so a bar's place is its number.
    place: String(i),
    tick: bar.label === bars[i - 1]?.label ? '' : shortened(bar.label, MAXIMUM_LABEL),
    text: Number.isFinite(bar.value) ? format(bar.value) : '',
    end: bar.value < 0 ? Math.min(bar.value, bar.low ?? bar.value) : Math.max(bar.value, bar.high ?? bar.value),
  }));
  const drawn = rows.filter(({ value }) => Number.isFinite(value));
  const marginLeft = Math.max(40, ...rows.map(({ tick }) => textWidth(tick))) + 14;
  const panelWidth = width ?? Math.max(PANEL_WIDTH, marginLeft + 380);
  const legend: LegendEntry[] =
    groups.length > 1 ? groups.map((group) => ({ label: group, colour: colour(group), mark: 'square' as const })) : [];
  return {
    title,
    legend,
    width: panelWidth,
    height: rows.length * BAR_HEIGHT + 74,
    plot: {
      marginLeft,
      x: {
        label: xLabel,
        grid: true,
        domain: domainOf(
          drawn,
          drawn.map(({ text }) => text),
          panelWidth - marginLeft - 20,
        ),
      },
      y: {
        domain: rows.map(({ place }) => place),
        label: null,
        tickSize: 0,
        tickFormat: (place: string) => rows[Number(place)]!.tick,
      },
      marks: [
        Plot.gridX({ stroke: GRID, strokeOpacity: 1 }),
        Plot.barX(drawn, { y: 'place', x: 'value', fill: (d: Bar) => colour(d.group), insetTop: 2, insetBottom: 2 }),
        Plot.link(
          drawn.filter(({ low, high }) => low !== undefined && high !== undefined),
          {
            y1: 'place',
            y2: 'place',
            x1: 'low',
            x2: 'high',
            stroke: INK,
            strokeWidth: 1.5,
            ariaDescription: 'interval',
          },
        ),
        ...[-1, 1].map((side) =>
          Plot.text(
            drawn.filter(({ value }) => (value < 0 ? -1 : 1) === side),
            { y: 'place', x: 'end', text: 'text', dx: 5 * side, textAnchor: side < 0 ? 'end' : 'start', fontSize: 11 },
          ),
        ),
        Plot.ruleX([0], { stroke: INK }),
      ],
    },
  };
}

/** A bar chart as an SVG document; bars whose value is not finite keep their line without a bar. */
export function barChart(chart: BarChart): string {
  const { title, subtitle } = chart;
  return renderFigure({
    title,
    ...(subtitle === undefined ? {} : { subtitle }),
    panels: [{ ...barPanel(chart), title: '' }],
  });
}
