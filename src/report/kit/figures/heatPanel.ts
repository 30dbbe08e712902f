/** A table of numbers as coloured cells with their values. */
import * as Plot from '@observablehq/plot';
import { MUTED, ON_BRIGHT, ON_DARK } from './figureStyle.js';
import { type LegendEntry, PANEL_HEIGHT, PANEL_WIDTH, type Panel, shortened, textWidth } from './frame.js';
import { bottomTicks } from './ticks.js';

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
  /** What a cell says of itself where a pointer rests on it. */
  readonly hint?: (row: number, column: number) => string;
  /** Cells without a value have a dash. */
  readonly showEmpty?: boolean;
  /** Values whose colours the legend shows; default none. */
  readonly legend?: readonly number[];
  /** Ends of the colour scale; values beyond have the colour of the end. */
  readonly domain: readonly [number, number];
  readonly width?: number;
  readonly height?: number;
}

/** Cells with more than this many columns have no text. */
const MAXIMUM_LABELLED = 16;

const LONGEST_ROW = 22;

interface Cell {
  readonly row: string;
  readonly column: string;
  readonly value: number;
  readonly hint: string | null;
}

/** Viridis as the legend of a frame needs it: Plot interpolates the same colours. */
function viridis(share: number): string {
  const scale = Plot.scale({ color: { type: 'linear', scheme: 'viridis', domain: [0, 1] } });
  return String(scale!.apply(share));
}

/** A heat map as a panel. */
export function heatPanel(chart: HeatPanel): Panel {
  const { title, xLabel, yLabel, columns, rows, values, domain, width = PANEL_WIDTH, height = PANEL_HEIGHT } = chart;
  const { format = (v: number) => String(Number(v.toPrecision(2))), hint, showEmpty = false, legend = [] } = chart;
  const cells = rows.flatMap((row, r) =>
    columns.flatMap((column, c): Cell[] => {
      const value = values[r]![c];
      return value === null || value === undefined ? [] : [{ row, column, value, hint: hint?.(r, c) ?? null }];
    }),
  );
  const empty = rows.flatMap((row, r) =>
    columns.flatMap((column, c) => (showEmpty && (values[r]![c] ?? null) === null ? [{ row, column }] : [])),
  );
  const [low, high] = domain;
  const share = (value: number) => Math.min(Math.max((value - low) / (high - low || 1), 0), 1);
  const marginLeft = Math.max(72, ...rows.map((row) => textWidth(shortened(row, LONGEST_ROW)) + 36));
  const cellWidth = (width - marginLeft - 20) / columns.length;
  const widest = Math.max(0, ...cells.map(({ value }) => textWidth(format(value), 11)));
  const labelled = columns.length <= MAXIMUM_LABELLED && widest < cellWidth && height / rows.length > 18;
  const padding = columns.length <= MAXIMUM_LABELLED ? 0.04 : 0;
  const places = columns.map((label, at) => ({ label, at }));
  const placed = bottomTicks(places, [-0.5, columns.length - 0.5], 'linear', width, marginLeft + 20);
  const texts = new Map(placed.ticks.map(({ at, label }) => [columns[at]!, label]));
  // Every so many ticks where the cells are low.
  const every = rows.filter((_, i) => i % Math.ceil((rows.length * 14) / (height - 58)) === 0);
  return {
    title,
    width,
    height: height + placed.extraHeight,
    legend: legend.map(
      (value): LegendEntry => ({ label: format(value), colour: viridis(share(value)), mark: 'square' }),
    ),
    plot: {
      marginLeft,
      ...placed.margins,
      x: {
        type: 'band',
        domain: columns,
        label: xLabel,
        tickSize: 0,
        padding,
        ticks: [...texts.keys()],
        tickFormat: (name: string) => texts.get(name) ?? '',
        ...placed.rotation,
      },
      y: {
        type: 'band',
        domain: rows,
        label: yLabel,
        tickSize: 0,
        padding,
        ticks: every,
        tickFormat: (name: string) => shortened(name, LONGEST_ROW),
      },
      color: { type: 'linear', scheme: 'viridis', domain: [0, 1] },
      marks: [
        Plot.cell(cells, {
          x: 'column',
          y: 'row',
          fill: (d: Cell) => share(d.value),
          ...(hint ? { title: 'hint' } : {}),
        }),
        Plot.text(empty, { x: 'column', y: 'row', text: () => '–', fill: MUTED, ariaDescription: 'empty' }),
        ...(labelled
          ? [
              Plot.text(cells, {
                x: 'column',
                y: 'row',
                text: (d: Cell) => format(d.value),
                fill: (d: Cell) => (share(d.value) > 0.6 ? ON_BRIGHT : ON_DARK),
                fontSize: 11,
                // Else the text would hide what the cell says.
                pointerEvents: 'none',
              }),
            ]
          : []),
      ],
    },
  };
}
