/**
 * A measured ring response as a CSV file: a header line `detuning_nm,transmission`, then one row a line. Lines that begin
 * with # and empty lines are passed over; a byte order mark and line ends of Windows are no matter.
 */
import { isAbsolute, join } from 'node:path';
import { DescriptionError } from '../base/errors.js';
import { readFileChecked } from '../base/files.js';
import { decodeText } from '../base/input/yaml.js';
import { quoted } from '../base/text/printable.js';
import { RESPONSE_ROWS, type ResponseRows } from './optics/measuredResponse.js';

const COLUMNS = ['detuning_nm', 'transmission'] as const;
/** 20,000 rows of two numbers with all their digits and a comment are well below. */
const MAXIMUM_BYTES = 4 << 20;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

const cellsOf = (line: string) => line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));

/**
 * The rows of a response's text.
 * @param place what messages call the text: the file's name.
 * @throws DescriptionError naming place, line and value where there is no header or a line is not two numbers. Whether
 *   the rows describe a ring is for `parseHardware` to say.
 */
export function parseResponse(text: string, place: string): ResponseRows {
  const refuse = (line: number, problem: string) => new DescriptionError(`${place}: line ${line}: ${problem}`);
  const rows: [number, number][] = [];
  let hasHeader = false;
  for (const [at, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const cells = cellsOf(line);
    if (!hasHeader) {
      if (cells.length !== 2 || cells.some((cell, c) => cell !== COLUMNS[c]))
        throw refuse(
          at + 1,
          `${quoted(line.trim(), 60)} is not the header; write '${COLUMNS.join(',')}' above the rows`,
        );
      hasHeader = true;
      continue;
    }
    if (cells.length !== 2)
      throw refuse(
        at + 1,
        `${quoted(line.trim(), 60)} has ${cells.length} cells; write detuning and transmission, with a comma between`,
      );
    const wrong = cells.findIndex((cell) => !NUMBER.test(cell) || !Number.isFinite(Number(cell)));
    if (wrong >= 0)
      throw refuse(
        at + 1,
        `${COLUMNS[wrong]} is ${quoted(cells[wrong]!, 40)}, not a number; write it as 0.25 or 2.5e-1`,
      );
    if (rows.length === RESPONSE_ROWS.most)
      throw refuse(at + 1, `is beyond ${RESPONSE_ROWS.most} rows, more than are read; keep fewer`);
    // -0 is 0: neither YAML nor JSON keep its sign.
    rows.push([Number(cells[0]) + 0, Number(cells[1]) + 0]);
  }
  if (!hasHeader)
    throw new DescriptionError(
      `${place}: holds no line but comments; write '${COLUMNS.join(',')}' and the rows below it`,
    );
  return rows;
}

/**
 * Reads a response.
 * @throws DescriptionError as `parseResponse`, or where the file cannot be read.
 */
export async function readResponse(file: string): Promise<ResponseRows> {
  const origin = { place: file, ErrorClass: DescriptionError };
  const bytes = await readFileChecked(file, DescriptionError, 'microring.response', MAXIMUM_BYTES);
  return parseResponse(decodeText(bytes, origin), file);
}

/** A description whose response has been read. */
export interface ResolvedResponse {
  readonly overrides: unknown;
  /** The file that its rows come from; null where it named none. */
  readonly file: string | null;
}

/**
 * A plain description with the rows in place of the path that microring.response names.
 * @param folder where a relative path starts.
 * @param known files that were read before; this one is added.
 * @throws DescriptionError as `readResponse`.
 */
export async function resolveResponse(
  overrides: unknown,
  folder: string,
  known: Map<string, Promise<ResponseRows>> = new Map(),
): Promise<ResolvedResponse> {
  const { microring } = (overrides ?? {}) as { microring?: { response?: unknown } | null };
  const response = microring?.response;
  if (typeof response !== 'string' || response === '') return { overrides, file: null };
  const file = isAbsolute(response) || folder === '.' ? response : join(folder, response);
  const reading = known.get(file) ?? readResponse(file);
  known.set(file, reading);
  const rows = await reading;
  return { overrides: { ...(overrides as object), microring: { ...microring, response: rows } }, file };
}
