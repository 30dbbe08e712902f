/**
 * Measured curves that a description names as CSV files: a header line, then one row of two numbers a line. Lines that
 * begin with # and empty lines are passed over; a byte order mark and line ends of Windows are no matter.
 */
import { isAbsolute, join } from 'node:path';
import { DescriptionError } from '../base/errors.js';
import { readFileChecked } from '../base/files.js';
import { decodeText } from '../base/input/yaml.js';
import { quoted } from '../base/text/printable.js';
import { RESPONSE_ROWS, type ResponseRows } from './optics/measuredResponse.js';
import { NOISE_TABLE_FORMS, NOISE_TABLE_HEADERS, NOISE_TABLE_ROWS, type NoiseTableRows } from './optics/noiseTable.js';

type Row = [first: string | number, second: string | number];

interface TableForm {
  /** Headers that there may be. */
  readonly headers: readonly (readonly [string, string])[];
  /** They, in messages. */
  readonly headerText: string;
  /** Two cells, in messages. */
  readonly cells: string;
  /** What stands for the file in commands that are shown. */
  readonly placeholder: string;
  readonly mostRows: number;
  /** Whether the header is kept as the first row: it says what the numbers are. */
  readonly keepsHeader: boolean;
}

/** Fields of the description that may name a file of rows. */
export const TABLE_FIELDS = {
  'microring.response': {
    headers: [['detuning_nm', 'transmission']],
    headerText: "'detuning_nm,transmission'",
    cells: 'detuning and transmission',
    placeholder: 'RESPONSE.csv',
    mostRows: RESPONSE_ROWS.most,
    keepsHeader: false,
  },
  'adc.noiseTable': {
    headers: [NOISE_TABLE_HEADERS.range, NOISE_TABLE_HEADERS.product],
    headerText: NOISE_TABLE_FORMS,
    cells: 'u and sigma',
    placeholder: 'NOISE_TABLE.csv',
    mostRows: NOISE_TABLE_ROWS.most,
    keepsHeader: true,
  },
} as const satisfies Record<string, TableForm>;
export type TableField = keyof typeof TABLE_FIELDS;

/** Whether a path of the description may name a file of rows. */
export const isTableField = (path: string): path is TableField => Object.hasOwn(TABLE_FIELDS, path);

/** The file that a field's rows come from, for messages. */
export type TableFiles = Readonly<Partial<Record<TableField, string>>>;

/** 20,000 rows of two numbers with all their digits and a comment are well below. */
const MAXIMUM_BYTES = 4 << 20;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

const cellsOf = (line: string) => line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));

/** @throws DescriptionError as `parseResponse`. */
function parseRows(text: string, place: string, form: TableForm): Row[] {
  const refuse = (line: number, problem: string) => new DescriptionError(`${place}: line ${line}: ${problem}`);
  const rows: Row[] = [];
  let header: readonly [string, string] | undefined;
  for (const [at, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const cells = cellsOf(line);
    if (!header) {
      header = form.headers.find((names) => cells.join() === names.join());
      if (!header)
        throw refuse(at + 1, `${quoted(line.trim(), 60)} is not the header; write ${form.headerText} above the rows`);
      continue;
    }
    if (cells.length !== 2)
      throw refuse(
        at + 1,
        `${quoted(line.trim(), 60)} has ${cells.length} cells; write ${form.cells}, with a comma between`,
      );
    const wrong = cells.findIndex((cell) => !NUMBER.test(cell) || !Number.isFinite(Number(cell)));
    if (wrong >= 0)
      throw refuse(
        at + 1,
        `${header[wrong]} is ${quoted(cells[wrong]!, 40)}, not a number; write it as 0.25 or 2.5e-1`,
      );
    if (rows.length === form.mostRows)
      throw refuse(at + 1, `is beyond ${form.mostRows} rows, more than are read; keep fewer`);
    // -0 is 0: neither YAML nor JSON keep its sign.
    rows.push([Number(cells[0]) + 0, Number(cells[1]) + 0]);
  }
  if (!header)
    throw new DescriptionError(`${place}: holds no line but comments; write ${form.headerText} and the rows below it`);
  return form.keepsHeader ? [[...header], ...rows] : rows;
}

/**
 * The rows of a measured response's text.
 * @param place what messages call the text: the file's name.
 * @throws DescriptionError naming place, line and value where there is no header or a line is not two numbers. Whether
 *   the rows describe a ring is for `parseHardware` to say.
 */
export function parseResponse(text: string, place: string): ResponseRows {
  return parseRows(text, place, TABLE_FIELDS['microring.response']) as [number, number][];
}

/** Header and rows of a noise table's text. @throws DescriptionError as `parseResponse`. */
export function parseNoiseTable(text: string, place: string): NoiseTableRows {
  return parseRows(text, place, TABLE_FIELDS['adc.noiseTable']);
}

/**
 * The rows of a file, of which its field makes sense.
 * @throws DescriptionError where it cannot be read, or is not rows.
 */
export async function readRows(file: string, field: TableField): Promise<Row[]> {
  const origin = { place: file, ErrorClass: DescriptionError };
  const bytes = await readFileChecked(file, DescriptionError, field, MAXIMUM_BYTES);
  return parseRows(decodeText(bytes, origin), file, TABLE_FIELDS[field]);
}

/** Files that were read before, by field and path. */
export type KnownTables = Map<string, Promise<Row[]>>;

/** A description whose tables have been read. */
export interface ResolvedTables {
  readonly overrides: unknown;
  /** Of the fields that named one. */
  readonly files: TableFiles;
}

/**
 * A plain description with rows in place of the paths that its fields name.
 * @param folder where a relative path starts.
 * @param known files that were read before; these are added.
 * @throws DescriptionError where a file cannot be read, or is not rows.
 */
export async function resolveTables(
  overrides: unknown,
  folder: string,
  known: KnownTables = new Map(),
): Promise<ResolvedTables> {
  let resolved = overrides;
  const files: Partial<Record<TableField, string>> = {};
  for (const field of Object.keys(TABLE_FIELDS) as TableField[]) {
    const [group, key] = field.split('.') as [string, string];
    const members = ((resolved ?? {}) as Record<string, Record<string, unknown> | null>)[group];
    const named = members?.[key];
    if (typeof named !== 'string' || named === '') continue;
    const file = isAbsolute(named) || folder === '.' ? named : join(folder, named);
    const id = `${field}=${file}`;
    const reading = known.get(id) ?? readRows(file, field);
    known.set(id, reading);
    resolved = { ...(resolved as object), [group]: { ...members, [key]: await reading } };
    files[field] = file;
  }
  return { overrides: resolved, files };
}
