/** A table of numbers as coloured cells with their values. */
import * as Plot from '@observablehq/plot';
import type { Panel } from './frame.js';
import { INK } from './style.js';

export interface HeatPanel {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  /** [rows][columns]; null for an empty cell. */
  readonly values: readonly (readonly (number | null)[])[];
  /** Text of a cell; default 2 significant digits. */
  readonly format?: (value: number) => string;
  /** Ends of the colour scale; values beyond have the colour of the end. */
  readonly domain: readonly [number, number];
  readonly width?: number;
  readonly height?: number;
}

/** Cells with more than this many columns have no text. */
const MAXIMUM_LABELLED = 16;

interface Cell {
  readonly row: string;
  readonly column: string;
  readonly value: number;
}

/** A heat map as a panel. */
export function heatPanel(chart: HeatPanel): Panel {
  const { title, xLabel, yLabel, columns, rows, values, domain, width, height } = chart;
  const { format = (v: number) => String(Number(v.toPrecision(2))) } = chart;
  const cells = rows.flatMap((row, r) =>
    columns.flatMap((column, c): Cell[] => {
      const value = values[r]![c];
      return value === null || value === undefined ? [] : [{ row, column, value }];
    }),
  );
  const [low, high] = domain;
  const share = (value: number) => Math.min(Math.max((value - low) / (high - low || 1), 0), 1);
  const labelled = columns.length <= MAXIMUM_LABELLED;
  // Every so many ticks where the cells are narrow.
  const every = (names: readonly string[]) =>
    names.filter((_, i) => i % Math.ceil(names.length / MAXIMUM_LABELLED) === 0);
  return {
    title,
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    plot: {
      x: {
        type: 'band',
        domain: columns,
        label: xLabel,
        tickSize: 0,
        padding: labelled ? 0.04 : 0,
        ticks: every(columns),
      },
      y: { type: 'band', domain: rows, label: yLabel, tickSize: 0, padding: labelled ? 0.04 : 0, ticks: every(rows) },
      color: { type: 'linear', scheme: 'viridis', domain: [0, 1] },
      marks: [
        Plot.cell(cells, { x: 'column', y: 'row', fill: (d: Cell) => share(d.value) }),
        ...(labelled
          ? [
              Plot.text(cells, {
                x: 'column',
                y: 'row',
                text: (d: Cell) => format(d.value),
                fill: (d: Cell) => (share(d.value) > 0.6 ? INK : 'white'),
                fontSize: 11,
              }),
            ]
          : []),
      ],
    },
  };
}
