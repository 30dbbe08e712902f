/**
 * Bytes in memory or in a file of ours, for what may be larger than memory; `storedBytes.browser.ts` stands for this file in a
 * web page. Plain data, so that threads, which share a process's open files, get it as it is.
 */
import { closeSync, readSync } from 'node:fs';
import { SonicError } from './errors.js';
import { pathReason } from './pathReason.js';

export interface StoredBytes {
  /** Descriptor, open as long as anything of the process that stored them holds `state`. */
  readonly file: number;
  /** [1]: OPEN or 0, in memory that threads share. */
  readonly state: Int32Array;
  readonly begin: number;
  readonly length: number;
}

export type Bytes = Uint8Array | StoredBytes;

const OPEN = 1;

const forgotten = new FinalizationRegistry<{ file: number; memory: SharedArrayBuffer }>(({ file, memory }) => {
  // Threads may still have the descriptor's number, which the next file may get.
  Atomics.store(new Int32Array(memory), 0, 0);
  closeSync(file);
});

/** A file's bytes; it is closed, which frees a file without a name, once nothing holds them or a part of them. */
export function storedBytes(file: number, length: number): StoredBytes {
  const memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const state = new Int32Array(memory).fill(OPEN);
  forgotten.register(state, { file, memory });
  return { file, state, begin: 0, length };
}

const inUse = new Set<object>();

/** What `run` gives; until then the bytes stay open, although only threads may hold them. */
export async function whileOpen<T>(bytes: Bytes, run: () => Promise<T>): Promise<T> {
  const use = { bytes };
  inUse.add(use);
  try {
    return await run();
  } finally {
    inUse.delete(use);
  }
}

/**
 * Bytes `begin` to `end` - 1: a view where they are in memory, else a copy.
 * @throws SonicError where the file cannot be read
 */
export function readBytes(bytes: Bytes, begin = 0, end = bytes.length): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes.subarray(begin, end);
  if (Atomics.load(bytes.state, 0) !== OPEN) throw new SonicError('decoded images were given up before they were read');
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
