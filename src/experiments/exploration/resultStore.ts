/** Accuracies that were emulated once, in a file of JSON lines, found again by the hash of everything they depend on. */

import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SonicError } from '../../base/errors.js';
import { makeFolders, pathReason, readFileChecked, sha256Hex } from '../../base/files.js';

/** A line of the file. */
interface Entry {
  readonly key: string;
  readonly value: number;
  /** What the key is the hash of, for people. */
  readonly of: unknown;
}

export interface ResultStore {
  /** The value of content, or undefined. */
  get(content: unknown): number | undefined;
  /** Keeps a value, in the file too. */
  put(content: unknown, value: number): Promise<void>;
}

function isEntry(value: unknown): value is Entry {
  const entry = value as Entry | null;
  return (
    typeof entry === 'object' && entry !== null && typeof entry.key === 'string' && typeof entry.value === 'number'
  );
}

/** Lines that are entries; the last line of a run that was killed may not be one. */
function readEntries(text: string): Map<string, number> {
  const entries = new Map<string, number>();
  for (const line of text.split('\n')) {
    try {
      const value: unknown = JSON.parse(line);
      if (isEntry(value)) entries.set(value.key, value.value);
    } catch {
      // Not a whole line of ours: computed again where it is needed.
    }
  }
  return entries;
}

/**
 * Opens a store; a file that does not exist is made with the first value.
 * @throws SonicError if the file cannot be read or written.
 */
export async function openResultStore(file: string): Promise<ResultStore> {
  const text = existsSync(file)
    ? new TextDecoder().decode(await readFileChecked(file, SonicError, 'result store'))
    : '';
  const entries = readEntries(text);
  // A line that was cut off must not run into the next one.
  let separator = text === '' || text.endsWith('\n') ? '' : '\n';
  const keyOf = (content: unknown) => sha256Hex(JSON.stringify(content));
  return {
    get: (content) => entries.get(keyOf(content)),
    put: async (content, value) => {
      const entry: Entry = { key: keyOf(content), value, of: content };
      entries.set(entry.key, value);
      try {
        await makeFolders(dirname(file));
        await appendFile(file, `${separator}${JSON.stringify(entry)}\n`);
      } catch (error) {
        throw new SonicError(`cannot write to result store '${file}': ${pathReason(error)}`, {
          cause: error,
        });
      }
      separator = '';
    },
  };
}
