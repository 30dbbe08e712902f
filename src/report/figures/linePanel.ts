/** Lines over a common axis, with points and rules: the panel most device figures consist of. */
import * as Plot from '@observablehq/plot';
import { axisOptions, domainOf, logTicks, type ScaleKind, shownValues } from './axes.js';
import type { LegendEntry, Panel } from './frame.js';
import { colourOf, GRID, INK, MUTED } from './style.js';

export interface Line {
  readonly label: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Default by place. */
  readonly colour?: string;
  readonly dashed?: boolean;
  /** Draw the points as well, or only them. */
  readonly points?: 'also' | 'only';
  /** Steps: y holds until the next x. */
  readonly steps?: boolean;
}

/** A vertical or horizontal dotted line with a text at its end. */
export interface Rule {
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
}

function legendMark({ dashed, points }: Line): LegendEntry['mark'] {
  if (points === 'only') return 'dot';
  return dashed ? 'dashed' : 'line';
}

function lineMarks(line: Line, stroke: string, yScale: ScaleKind): Plot.Markish[] {
  const samples: Sample[] = line.x.map((x, i) => {
    const [y = Number.NaN] = shownValues([line.y[i]!], yScale);
    return { x, y };
  });
  const style = {
    curve: line.steps ? 'step-after' : 'linear',
    ...(line.dashed ? { strokeDasharray: '5 4' } : {}),
  } as const;
  return [
    ...(line.points === 'only' ? [] : [Plot.line(samples, { x: 'x', y: 'y', stroke, strokeWidth: 1.8, ...style })]),
    ...(line.points ? [Plot.dot(samples, { x: 'x', y: 'y', r: 3, fill: stroke })] : []),
  ];
}

/** The vertical domain: some room above and below, and whole decades on a logarithmic axis. */
function verticalDomain({ lines, yRules = [], yScale = 'linear' }: LinePanel): [number, number] {
  const [low, high] = domainOf([...lines.flatMap(({ y }) => y), ...yRules.map(({ at }) => at)], yScale, 0.05);
  return yScale === 'log' ? [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high))] : [low, high];
}

/**
 * Lines as a panel; a line stops where a value is not finite, or not above 0 on a logarithmic axis. The legend is left out
 * for a single line.
 */
export function linePanel(chart: LinePanel): Panel {
  const { title, xLabel, yLabel, xScale = 'linear', yScale = 'linear', lines, xRules = [], yRules = [] } = chart;
  const { xRuleLabels = 'top', width, height } = chart;
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
  const marks = lines.flatMap((line, i) => lineMarks(line, colour(line, i), yScale));
  return {
    title,
    legend:
      lines.length < 2
        ? []
        : lines.map((line, i) => ({ label: line.label, colour: colour(line, i), mark: legendMark(line) })),
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    plot: {
      clip: true,
      x: axisOptions(xScale, xLabel, xDomain),
      y: axisOptions(yScale, yLabel, yDomain),
      marks: [
        Plot.gridX({ ...grid, ...(xScale === 'log' ? { ticks: logTicks(xDomain) } : {}) }),
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
