/** Lines over a common axis, with points, rules and bands: the panel most device figures consist of. */
import * as Plot from '@observablehq/plot';
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

/** A vertical or horizontal line with a text at its end. */
export interface Rule {
  readonly at: number;
  readonly label: string;
}

export interface LinePanel {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xScale?: 'linear' | 'log';
  readonly yScale?: 'linear' | 'log';
  readonly xDomain?: readonly [number, number];
  readonly yDomain?: readonly [number, number];
  readonly lines: readonly Line[];
  readonly xRules?: readonly Rule[];
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

/** Lines as a panel; a line stops where a value is not finite. The legend is left out for a single line. */
export function linePanel(chart: LinePanel): Panel {
  const { title, xLabel, yLabel, xScale = 'linear', yScale = 'linear', xDomain, yDomain, lines } = chart;
  const { xRules = [], yRules = [], width, height } = chart;
  const colour = (line: Line, index: number) => line.colour ?? colourOf(index);
  const marks = lines.flatMap((line, index) => {
    const samples: Sample[] = line.x.map((x, i) => {
      const y = line.y[i]!;
      return { x, y: Number.isFinite(y) && (yScale === 'linear' || y > 0) ? y : Number.NaN };
    });
    const stroke = colour(line, index);
    const curve = line.steps ? ('step-after' as const) : ('linear' as const);
    const dash = line.dashed ? { strokeDasharray: '5 4' } : {};
    return [
      ...(line.points === 'only'
        ? []
        : [Plot.line(samples, { x: 'x', y: 'y', stroke, strokeWidth: 1.8, curve, ...dash })]),
      ...(line.points ? [Plot.dot(samples, { x: 'x', y: 'y', r: 3, fill: stroke })] : []),
    ];
  });
  const axis = (type: 'linear' | 'log') => (type === 'log' ? { type, ticks: 6, tickFormat: '~s' } : { type });
  const ruleText = { fontSize: 11, fill: MUTED, stroke: 'white', strokeWidth: 3 } as const;
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
      x: { label: xLabel, ...axis(xScale), ...(xDomain ? { domain: xDomain } : {}) },
      y: { label: yLabel, ...axis(yScale), ...(yDomain ? { domain: yDomain } : {}), nice: yDomain === undefined },
      marks: [
        Plot.gridX({ stroke: GRID, strokeOpacity: 1 }),
        Plot.gridY({ stroke: GRID, strokeOpacity: 1 }),
        Plot.ruleX(xRules, { x: 'at', stroke: MUTED, strokeDasharray: '2 3' }),
        Plot.ruleY(yRules, { y: 'at', stroke: MUTED, strokeDasharray: '2 3' }),
        ...marks,
        Plot.text(xRules, {
          x: 'at',
          text: 'label',
          frameAnchor: 'top',
          dx: 4,
          dy: 8,
          textAnchor: 'start',
          ...ruleText,
        }),
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
