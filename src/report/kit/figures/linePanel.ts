/** Lines over a common axis, with points and rules: the panel most device figures consist of. */
import * as Plot from '@observablehq/plot';
import { axisOptions, domainOf, logTicks, type ScaleKind, shownValues, type Tick } from './axes.js';
import { colourOf, GRID, INK, MUTED } from './figureStyle.js';
import { type LegendEntry, PANEL_HEIGHT, PANEL_WIDTH, type Panel } from './frame.js';
import { type Interval, intervalBand, intervalBars } from './intervals.js';
import { plotSymbol, type SymbolName } from './symbols.js';
import { bottomTicks } from './ticks.js';

export interface Line {
  readonly label: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Default by place. */
  readonly colour?: string;
  readonly dashed?: boolean;
  /** Draw the points as well, or only them. */
  readonly points?: 'also' | 'only';
  /** Marker of the points; default a small dot. */
  readonly symbol?: SymbolName;
  /** Steps: y holds until the next x. */
  readonly steps?: boolean;
  /** Ends of an interval about each y. */
  readonly low?: readonly number[];
  readonly high?: readonly number[];
  /** How these are drawn; default bars. */
  readonly interval?: 'bars' | 'band';
  /** What a point says of itself where a pointer rests on it. */
  readonly hints?: readonly string[];
}

/** A vertical or horizontal dotted line with a text at its end. */
interface Rule {
  readonly at: number;
  readonly label: string;
}

export interface LinePanel {
  readonly title: string;
  /** With units. */
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xScale?: ScaleKind;
  readonly yScale?: ScaleKind;
  /** Places of the x axis that have a text; those that fit. */
  readonly xTicks?: readonly Tick[];
  /** Default: what the lines and horizontal rules cover. */
  readonly xDomain?: readonly [number, number];
  readonly yDomain?: readonly [number, number];
  readonly lines: readonly Line[];
  readonly xRules?: readonly Rule[];
  /** Where the texts of `xRules` stand; default top. */
  readonly xRuleLabels?: 'top' | 'bottom';
  readonly yRules?: readonly Rule[];
  readonly width?: number;
  readonly height?: number;
}

interface Sample {
  readonly x: number;
  readonly y: number;
  readonly hint: string | null;
}

function legendSymbol({ symbol }: Line): Pick<LegendEntry, 'symbol'> {
  return symbol === undefined ? {} : { symbol };
}

function legendMark({ dashed, points }: Line): LegendEntry['mark'] {
  if (points === 'only') return 'dot';
  return dashed ? 'dashed' : 'line';
}

function lineMarks(line: Line, stroke: string, yScale: ScaleKind): Plot.Markish[] {
  const samples: Sample[] = line.x.map((x, i) => {
    const [y = Number.NaN] = shownValues([line.y[i]!], yScale);
    return { x, y, hint: line.hints?.[i] ?? null };
  });
  const intervals = line.x.flatMap((x, i): Interval[] => {
    const ends = shownValues([line.low?.[i] ?? Number.NaN, line.high?.[i] ?? Number.NaN], yScale);
    return ends.length === 2 ? [{ x, low: ends[0]!, high: ends[1]! }] : [];
  });
  const style = {
    curve: line.steps ? 'step-after' : 'linear',
    ...(line.dashed ? { strokeDasharray: '5 4' } : {}),
  } as const;
  const symbol = line.symbol === undefined ? {} : { symbol: plotSymbol(line.symbol) };
  const hints = line.hints === undefined ? {} : { title: 'hint' };
  return [
    ...(line.interval === 'band' ? intervalBand(intervals, stroke) : intervalBars(intervals, stroke)),
    ...(line.points === 'only' ? [] : [Plot.line(samples, { x: 'x', y: 'y', stroke, strokeWidth: 1.8, ...style })]),
    ...(line.points
      ? [Plot.dot(samples, { x: 'x', y: 'y', r: line.symbol ? 3.6 : 3, fill: stroke, ...symbol, ...hints })]
      : []),
  ];
}

/** The vertical domain: some room above and below, and whole decades on a logarithmic axis. */
function verticalDomain({ lines, yRules = [], yScale = 'linear' }: LinePanel): [number, number] {
  const ys = lines.flatMap(({ y, low = [], high = [] }) => [...y, ...low, ...high]);
  const [low, high] = domainOf([...ys, ...yRules.map(({ at }) => at)], yScale, 0.05);
  return yScale === 'log' ? [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high))] : [low, high];
}

/**
 * Lines as a panel; a line stops where a value is not finite, or not above 0 on a logarithmic axis. The legend is left out
 * for a single line.
 */
export function linePanel(chart: LinePanel): Panel {
  const { title, xLabel, yLabel, xScale = 'linear', yScale = 'linear', lines, xRules = [], yRules = [] } = chart;
  const { xRuleLabels = 'top', xTicks, width = PANEL_WIDTH, height = PANEL_HEIGHT } = chart;
  const colour = (line: Line, index: number) => line.colour ?? colourOf(index);
  const hasPoints = lines.some(({ points }) => points !== undefined);
  const xs = lines.flatMap(({ x }) => x);
  const xDomain = chart.xDomain ?? domainOf(xs, xScale, hasPoints ? 0.03 : 0);
  const yDomain = chart.yDomain ?? verticalDomain(chart);
  const grid = { stroke: GRID, strokeOpacity: 1 };
  const ruleText = { fontSize: 11, fill: MUTED, stroke: 'white', strokeWidth: 3 } as const;
  const place = (at: number) => (xScale === 'log' ? Math.log(at) : at);
  const share = ({ at }: Rule) => (place(at) - place(xDomain[0])) / (place(xDomain[1]) - place(xDomain[0]));
  // Right of its line, but left where the frame would cut the text.
  const ruleLabels = [-1, 1].map((side) =>
    Plot.text(
      xRules.filter((rule) => (share(rule) > 0.85 ? -1 : 1) === side),
      {
        x: 'at',
        text: 'label',
        frameAnchor: xRuleLabels,
        dx: 4 * side,
        dy: xRuleLabels === 'top' ? 8 : -8,
        textAnchor: side < 0 ? 'end' : 'start',
        ...ruleText,
      },
    ),
  );
  const placed = xTicks && bottomTicks(xTicks, xDomain, xScale, width);
  const marks = lines.flatMap((line, i) => lineMarks(line, colour(line, i), yScale));
  return {
    title,
    legend:
      lines.length < 2
        ? []
        : lines.map((line, i) => ({
            label: line.label,
            colour: colour(line, i),
            mark: legendMark(line),
            ...legendSymbol(line),
          })),
    width,
    height: height + (placed?.extraHeight ?? 0),
    plot: {
      clip: true,
      ...placed?.margins,
      x: { ...axisOptions(xScale, xLabel, xDomain, placed?.ticks), ...placed?.rotation },
      y: axisOptions(yScale, yLabel, yDomain),
      marks: [
        Plot.gridX({
          ...grid,
          ...(placed
            ? { ticks: placed.ticks.map(({ at }) => at) }
            : xScale === 'log'
              ? { ticks: logTicks(xDomain) }
              : {}),
        }),
        Plot.gridY({ ...grid, ...(yScale === 'log' ? { ticks: logTicks(yDomain) } : {}) }),
        Plot.ruleX(xRules, { x: 'at', stroke: MUTED, strokeDasharray: '2 3' }),
        Plot.ruleY(yRules, { y: 'at', stroke: MUTED, strokeDasharray: '2 3' }),
        ...marks,
        ...ruleLabels,
        Plot.text(yRules, {
          y: 'at',
          text: 'label',
          frameAnchor: 'right',
          dx: -4,
          dy: -8,
          textAnchor: 'end',
          ...ruleText,
        }),
        Plot.frame({ stroke: INK }),
      ],
    },
  };
}
