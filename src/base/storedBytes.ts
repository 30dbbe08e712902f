/**
 * Bytes in memory or in a file of ours, for what may be larger than memory; `storedBytes.browser.ts` stands for this file in a
 * web page. Plain data, so that threads, which share a process's open files, get it as it is.
 */
import { readSync } from 'node:fs';
import { SonicError } from './errors.js';
import { pathReason } from './pathReason.js';

export interface StoredBytes {
  /** Descriptor of a file that stays open. */
  readonly file: number;
  readonly begin: number;
  readonly length: number;
}

export type Bytes = Uint8Array | StoredBytes;

/**
 * Bytes `begin` to `end` - 1: a view where they are in memory, else a copy.
 * @throws SonicError where the file cannot be read
 */
export function readBytes(bytes: Bytes, begin = 0, end = bytes.length): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes.subarray(begin, end);
  const copy = new Uint8Array(end - begin);
  for (let filled = 0; filled < copy.length; ) {
    try {
      const count = readSync(bytes.file, copy, filled, copy.length - filled, bytes.begin + begin + filled);
      if (count === 0) throw Object.assign(new Error('it ends too early'), { code: 'EIO' });
      filled += count;
    } catch (error) {
      throw new SonicError(`decoded images cannot be read back: ${pathReason(error)}; run the command again`, {
        cause: error,
      });
    }
  }
  return copy;
}

/** As `subarray`: nothing is read. */
export function partOfBytes(bytes: Bytes, begin: number, end: number): Bytes {
  if (bytes instanceof Uint8Array) return bytes.subarray(begin, end);
  return { ...bytes, begin: bytes.begin + begin, length: end - begin };
}
