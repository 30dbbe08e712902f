/** Rows of dots: how a quantity is distributed, one row a group, with mean and interval. */
import * as Plot from '@observablehq/plot';
import { axisOptions, domainOf } from './axes.js';
import { colourOf, GRID, INK } from './figureStyle.js';
import { PANEL_WIDTH, type Panel, shortened, textWidth } from './frame.js';

export interface Strip {
  readonly label: string;
  readonly values: readonly number[];
  readonly mean: number;
  /** Of the mean. */
  readonly interval?: readonly [number, number] | null;
  /** What a dot says of itself where a pointer rests on it. */
  readonly hints?: readonly string[];
}

export interface StripPanel {
  readonly title: string;
  /** With its unit. */
  readonly xLabel: string;
  readonly strips: readonly Strip[];
  readonly width?: number;
  /** Pixels of a row; default 34. */
  readonly rowHeight?: number;
}

const LONGEST_LABEL = 34;
const ROW = 34;
const RADIUS = 3.2;
/** Share of a row's height that its dots may take above and below the middle. */
const SPREAD = 0.36;

/** Heights that keep equal values apart: dots in bins of their own width, stacked about the middle. */
function swarm(lefts: readonly number[], spread: number): number[] {
  const bins = new Map<number, number[]>();
  lefts.forEach((left, i) => {
    const bin = Math.round(left / (2 * RADIUS));
    bins.set(bin, [...(bins.get(bin) ?? []), i]);
  });
  const heights = lefts.map(() => 0);
  for (const members of bins.values()) {
    const step = Math.min(2 * RADIUS, (2 * spread) / Math.max(1, members.length - 1));
    members.forEach((i, place) => {
      heights[i] = (place - (members.length - 1) / 2) * step;
    });
  }
  return heights;
}

/** Strips as a panel; the mean is an upright stroke, its interval a bar below the dots. */
export function stripPanel({ title, xLabel, strips, width = PANEL_WIDTH, rowHeight = ROW }: StripPanel): Panel {
  const marginLeft = Math.max(40, ...strips.map(({ label }) => textWidth(shortened(label, LONGEST_LABEL)))) + 20;
  const marginRight = 20;
  const all = strips.flatMap(({ values, mean, interval }) => [...values, mean, ...(interval ?? [])]);
  // Equal values would stand alone on an axis of their own size, which for shares goes far beyond the whole.
  const isOne = all.every((value) => value === all[0]);
  const domain = isOne && all.length > 0 ? ([all[0]! - 1, all[0]! + 1] as const) : domainOf(all, 'linear', 0.06);
  const place = (value: number) => ((value - domain[0]) / (domain[1] - domain[0])) * (width - marginLeft - marginRight);
  const dots = strips.flatMap(({ values, hints }, row) => {
    const heights = swarm(values.map(place), SPREAD * rowHeight);
    return values.map((value, i) => ({ row, value, up: heights[i]! / rowHeight, hint: hints?.[i] ?? null }));
  });
  const rows = strips.map(({ mean, interval, values }, row) => ({ row, mean, interval: interval ?? null, values }));
  const several = rows.filter(({ values }) => values.length > 1);
  return {
    title,
    legend: [
      { label: 'one chip and seed', colour: colourOf(0), mark: 'dot' },
      { label: 'mean', colour: INK, mark: 'line' },
      ...(several.some(({ interval }) => interval)
        ? [{ label: '95 % interval of the mean', colour: colourOf(1), mark: 'line' as const }]
        : []),
    ],
    width,
    height: strips.length * rowHeight + 62,
    plot: {
      marginLeft,
      marginRight,
      x: axisOptions('linear', xLabel, domain),
      y: {
        ...axisOptions(
          'linear',
          '',
          [strips.length - 0.5, -0.5],
          strips.map(({ label }, at) => ({ at, label: shortened(label, LONGEST_LABEL) })),
        ),
        label: null,
        tickSize: 0,
      },
      marks: [
        Plot.gridX({ stroke: GRID, strokeOpacity: 1 }),
        Plot.frame({ stroke: INK }),
        Plot.dot(dots, {
          x: 'value',
          y: ({ row, up }: { row: number; up: number }) => row + up,
          r: RADIUS,
          fill: colourOf(0),
          fillOpacity: 0.75,
          title: 'hint',
          ariaDescription: 'dots',
        }),
        Plot.link(
          several.filter(({ interval }) => interval),
          {
            x1: ({ interval }: { interval: readonly [number, number] }) => interval[0],
            x2: ({ interval }: { interval: readonly [number, number] }) => interval[1],
            y1: ({ row }: { row: number }) => row + 0.44,
            y2: ({ row }: { row: number }) => row + 0.44,
            stroke: colourOf(1),
            strokeWidth: 3,
            ariaDescription: 'interval',
          },
        ),
        Plot.link(several, {
          x1: 'mean',
          x2: 'mean',
          y1: ({ row }: { row: number }) => row - 0.4,
          y2: ({ row }: { row: number }) => row + 0.4,
          stroke: INK,
          strokeWidth: 1.5,
          ariaDescription: 'mean',
        }),
      ],
    },
  };
}
