/** What `sonic compare` prints: the four networks on every design, and the ratios beside the published ones. */

import { formatSi, NOT_DEFINED } from '../../base/text/units.js';
import type { ComparedDesign, Comparison, DesignResult } from '../../cost/accelerators/comparison.js';
import { COMPARATORS } from '../../cost/accelerators/index.js';
import type { Sensitivity } from '../../cost/accelerators/sensitivity.js';
import { type AcceleratorReport, BIT_RULES } from '../../cost/accelerators/types.js';
import { type Column, renderTable } from '../kit/table.js';

/** Renders rows under columns: as aligned text, or as Markdown. */
export type TableRenderer = <Row>(rows: readonly Row[], columns: readonly Column<Row>[]) => string;

/** Aligned text. */
export const textTable: TableRenderer = (rows, columns) => renderTable(rows, { columns });

/** A table in Markdown. */
export const markdownTable: TableRenderer = (rows, columns) => {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ align }) => (align === 'right' ? '---:' : '---'))),
    ...rows.map((row) => line(columns.map(({ value }) => value(row).replaceAll('|', '\\|')))),
  ].join('\n');
};

/** Three significant digits without an exponent where a person would not write one. */
export function number3(value: number | null): string {
  if (value === null) return NOT_DEFINED;
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  if (!Number.isFinite(value) || magnitude >= 1e6 || magnitude < 1e-3) return value.toExponential(2);
  return magnitude >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

/** Figures that a version of a design rests on and that no text at hand confirms: '60 MHz, 1 W', or nothing. */
export function unsourcedText({ id, variant }: Pick<DesignResult, 'id' | 'variant'>): string {
  const design = COMPARATORS.find((one) => one.id === id);
  const figures = design?.unsourced[variant ?? 'default'] ?? [];
  return figures.map(({ value, unit }) => `${value} ${unit}`).join(', ');
}

export const nameOf = ({ title, variant }: Pick<DesignResult, 'title' | 'variant'>) =>
  variant === null ? title : `${title} (${variant})`;

/** One design on one network. */
interface Cell {
  readonly network: string;
  readonly design: DesignResult;
  readonly report: AcceleratorReport;
}

/** Every design on every network. */
export function networkTable(comparison: Comparison, render: TableRenderer): string {
  const designs: DesignResult[] = [comparison.sonic, ...comparison.designs];
  const cells = comparison.networks.flatMap((network, i) =>
    designs.map((design): Cell => ({ network, design, report: design.reports[i]! })),
  );
  const right = (title: string, value: (report: AcceleratorReport) => string): Column<Cell> => ({
    title,
    align: 'right',
    value: ({ report }) => value(report),
  });
  return render(cells, [
    { title: 'network', value: ({ network }) => network },
    { title: 'design', value: ({ design }) => nameOf(design) },
    right('latency', (r) => formatSi(r.latency_s, 's')),
    right('power', (r) => formatSi(r.power_W, 'W')),
    right('FPS/W', (r) => number3(r.framesPerSecondPerWatt)),
    ...BIT_RULES.map((rule) => right(`energy/bit, ${rule}`, (r) => formatSi(r.energyPerBit_J[rule], 'J'))),
    { title: 'unsourced', value: ({ design }) => unsourcedText(design) },
  ]);
}

const times = (value: number | undefined) => (value === undefined ? '-' : number3(value));
/** Ours over theirs, as a factor of at least 1 and a side. */
export function offBy(ours: number, published: number | undefined): string {
  if (published === undefined) return '-';
  const factor = ours / published;
  return factor >= 1 ? `${number3(factor)} x above` : `${number3(1 / factor)} x below`;
}

/** SONIC's ratios to every design beside the paper's. */
export function ratioTable(designs: readonly ComparedDesign[], render: TableRenderer): string {
  const right = (title: string, value: (design: ComparedDesign) => string): Column<ComparedDesign> => ({
    title,
    align: 'right',
    value,
  });
  return render(designs, [
    { title: 'SONIC against', value: nameOf },
    right('FPS/W', ({ ratios }) => number3(ratios.fpsPerWatt)),
    right('published', ({ published }) => times(published?.fpsPerWatt)),
    right('ours is', ({ ratios, published }) => offBy(ratios.fpsPerWatt, published?.fpsPerWatt)),
    ...BIT_RULES.map((rule) => right(`energy/bit, ${rule}`, ({ ratios }) => number3(ratios.energyPerBit[rule]))),
    right('published', ({ published }) => times(published?.energyPerBit)),
    ...BIT_RULES.map((rule) => right(`R, ${rule}`, ({ ratios }) => number3(ratios.scaleFree[rule]))),
    right('published', ({ published }) => times(published?.scaleFree)),
    { title: 'unsourced', value: unsourcedText },
  ]);
}

/** The choices that move the FPS/W ratio most, for each design. */
export function sensitivityTable(sensitivities: readonly Sensitivity[], rows: number, render: TableRenderer): string {
  const flat = sensitivities.flatMap(({ title, rows: all }) => all.slice(0, rows).map((row) => ({ title, row })));
  return render(flat, [
    { title: 'SONIC against', value: ({ title }) => title },
    { title: 'choice of', value: ({ row }) => row.of },
    { title: 'choice', value: ({ row }) => row.choice },
    { title: 'taken', value: ({ row }) => row.taken },
    { title: 'instead', value: ({ row }) => row.label },
    { title: 'FPS/W', align: 'right', value: ({ row }) => number3(row.ratios.fpsPerWatt) },
    { title: 'factor', align: 'right', value: ({ row }) => number3(row.factor) },
    { title: 'energy/bit, denseMac', align: 'right', value: ({ row }) => number3(row.ratios.energyPerBit.denseMac) },
    { title: 'R, denseMac', align: 'right', value: ({ row }) => number3(row.ratios.scaleFree.denseMac) },
  ]);
}

/** Which designs, devices and rules a comparison is of. */
function settingLines({ setting, averaging }: Comparison): string[] {
  const { hardware, devices, table } = setting;
  const { conv, fc } = hardware.vdu;
  return [
    `SONIC      ${hardware.name}: (n, m, N, K) = (${conv.size}, ${fc.size}, ${conv.units}, ${fc.units})`,
    `devices    ${devices === 'own' ? "each design's own paper" : `SONIC's table 2 for all photonic designs${table ? `, with the entries of '${table.name}'` : ''}`}`,
    `accounting ${hardware.cost.converterAccounting} converters, memory ${hardware.cost.memory}`,
    `averaging  ${averaging} over the networks (the paper says only "on average")`,
  ];
}

/** The report of `sonic compare`, several lines without the last line break. */
export function renderComparison(comparison: Comparison, sensitivities: readonly Sensitivity[]): string {
  return [
    settingLines(comparison).join('\n'),
    networkTable(comparison, textTable),
    ratioTable(comparison.designs, textTable),
    'R = (energy/bit ratio) / (FPS/W ratio): free of any common factor in power or speed.',
    'What moves the FPS/W ratio most, one choice at a time:',
    sensitivityTable(sensitivities, 5, textTable),
  ].join('\n\n');
}
