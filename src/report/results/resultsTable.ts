/** What `sonic results` prints of trials and of queries. */

import { formatShare, formatSi } from '../../base/text/units.js';
import type { QueryResult } from '../../experiments/results/query.js';
import type { Trial } from '../../experiments/sweep/types.js';
import { diffHardware, valueAtPath, valueText } from '../../hardware/descriptionFiles.js';
import { type Column, renderTable } from '../kit/table.js';

/** Fields of the hardware shown at most. */
const MOST_FIELDS = 5;

/** Fields in which the trials differ. */
function varying(trials: readonly Trial[]): string[] {
  const first = trials[0]?.identity.hardware;
  if (!first) return [];
  const paths = trials.flatMap(({ identity }) => diffHardware(first, identity.hardware).map(({ path }) => path));
  return [...new Set(paths)];
}

const fieldText = (trial: Trial, path: string) => valueText(valueAtPath(trial.identity.hardware, path));

/** Aligned table of trials, with the fields of the hardware in which they differ. */
export function renderTrials(trials: readonly Trial[]): string {
  const paths = varying(trials);
  const right = (title: string, value: (trial: Trial) => string): Column<Trial> => ({ title, align: 'right', value });
  const compressed = trials.some(({ identity }) => identity.compression !== null);
  const columns: Column<Trial>[] = [
    { title: 'finished (UTC)', value: (t) => t.finishedAt.slice(0, 16).replace('T', ' ') },
    { title: 'key', value: (t) => t.key.slice(0, 10) },
    { title: 'network', value: (t) => t.identity.network.name },
    right('images', (t) => String(t.identity.dataset.images)),
    { title: 'fidelity', value: (t) => t.identity.fidelity },
    { title: 'backend', value: (t) => t.identity.backend },
    right('chip', (t) => String(t.identity.chipSeed)),
    ...(trials.some(({ identity }) => identity.static !== undefined)
      ? [right('static', (t) => t.identity.static?.slice(0, 8) ?? '')]
      : []),
    right('seed', (t) => String(t.identity.runSeed)),
    ...(compressed
      ? [
          right('sparsity', (t) => String(t.identity.compression?.sparsity ?? '')),
          right('clusters', (t) => String(t.identity.compression?.clusters ?? '')),
        ]
      : []),
    ...paths.slice(0, MOST_FIELDS).map((path) => right(path, (t) => fieldText(t, path))),
    right('digital', (t) => formatShare(t.result.accuracy.digital)),
    right('emulated', (t) => (t.result.accuracy.emulated === null ? '' : formatShare(t.result.accuracy.emulated))),
    right('latency', (t) => (t.result.cost ? formatSi(t.result.cost.latency_s, 's') : '')),
    right('energy', (t) => (t.result.cost ? formatSi(t.result.cost.energy_J, 'J') : '')),
  ];
  const more = paths.slice(MOST_FIELDS);
  const note = more.length === 0 ? '' : `\nThey differ also in ${more.join(', ')}.`;
  return renderTable(trials, { columns }) + note;
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString().slice(0, 19).replace('T', ' ');
  if (typeof value === 'number') return String(Number.isInteger(value) ? value : Number(value.toPrecision(6)));
  const isNested = typeof value === 'object';
  const text = isNested
    ? JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? Number(member) : member))
    : String(value);
  return cut(text).replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}

/** Longest text of a cell: a column is as wide as its longest cell, in every row. */
const MAXIMUM_CELL = 200;

function cut(text: string): string {
  return text.length > MAXIMUM_CELL ? `${text.slice(0, MAXIMUM_CELL - 3)}...` : text;
}

/** Aligned table of a query's rows; numbers to six digits, long texts cut. */
export function renderQuery({ columns, numeric, rows }: QueryResult): string {
  return renderTable(rows, {
    columns: columns.map((title, c) => ({
      title,
      align: numeric[c] ? 'right' : 'left',
      value: (row: readonly unknown[]) => cellText(row[c]),
    })),
  });
}
