/**
 * The state of a training run, so that one that was killed goes on where it was: one line of JSON, then the numbers as
 * little-endian float32. It belongs to one run on one machine; checkpoints are the form to keep.
 */
import { stat } from 'node:fs/promises';
import { FormatError } from '../base/errors.js';
import { readFileChecked, writeFileAtomic } from '../base/files.js';
import type { Variable } from '../base/tensorflow/tf.js';
import type { TrainingLogEntry } from './log.js';

export interface TrainingState {
  /** Hash of everything that the run depends on. */
  readonly fingerprint: string;
  /** Steps done. */
  readonly step: number;
  readonly elapsed_s: number;
  readonly history: readonly TrainingLogEntry[];
  readonly values: readonly Float32Array[];
}

/** The values of variables, in order. */
export async function readVariables(variables: readonly Variable[]): Promise<Float32Array[]> {
  return Promise.all(variables.map(async (variable) => (await variable.data()) as Float32Array));
}

/** Writes the state whole or not at all. */
export async function saveState(path: string, { values, ...header }: TrainingState): Promise<void> {
  const line = Buffer.from(`${JSON.stringify({ ...header, sizes: values.map((value) => value.length) })}\n`);
  const numbers = values.map((value) => Buffer.from(value.buffer, value.byteOffset, value.byteLength));
  await writeFileAtomic(path, Buffer.concat([line, ...numbers]));
}

interface Header extends Omit<TrainingState, 'values'> {
  readonly sizes: readonly number[];
}

function parseHeader(path: string, line: string): Header {
  try {
    const header = JSON.parse(line) as Header;
    if (typeof header.fingerprint === 'string' && Number.isInteger(header.step) && Array.isArray(header.sizes))
      return header;
  } catch {
    // Falls through to the one message for whatever is wrong with the line.
  }
  throw new FormatError(
    `training state '${path}': its first line is not that of a training state; delete the file to start anew`,
  );
}

/**
 * The state in `path`; null if there is no such file.
 * @param sizes lengths of the values that the run expects
 * @throws FormatError if it is another run's state, or damaged
 */
export async function loadState(
  path: string,
  fingerprint: string,
  sizes: readonly number[],
): Promise<TrainingState | null> {
  if (!(await stat(path).catch(() => null))) return null;
  const bytes = await readFileChecked(path, FormatError, 'training state');
  const end = bytes.indexOf(10) + 1;
  const header = parseHeader(path, Buffer.from(bytes.subarray(0, end)).toString());
  if (header.fingerprint !== fingerprint) {
    throw new FormatError(
      `training state '${path}' is of a run with other options, data or initial weights; delete it or name another file`,
    );
  }
  const expected = end + 4 * sizes.reduce((sum, size) => sum + size, 0);
  if (bytes.length !== expected || sizes.some((size, i) => header.sizes[i] !== size)) {
    throw new FormatError(
      `training state '${path}': ${bytes.length} bytes, expected ${expected}; it is damaged, delete it to start anew`,
    );
  }
  let offset = end;
  const values = sizes.map((size) => {
    const value = new Float32Array(bytes.slice(offset, offset + 4 * size).buffer);
    offset += 4 * size;
    return value;
  });
  const { step, elapsed_s, history } = header;
  return { fingerprint, step, elapsed_s, history, values };
}
