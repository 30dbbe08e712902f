/** Decoded images of a folder: in memory while they are few, else in a file without a name, which is gone with the process. */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatasetError } from '../base/errors.js';
import { pathReason } from '../base/files.js';
import { type Bytes, type StoredBytes, storedBytes } from '../base/storedBytes.js';
import { quoted } from '../base/text/printable.js';

const DEFAULT_MEMORY_MiB = 512;
/** Longer arrays are not to be had everywhere, whatever the memory. */
const LONGEST_ARRAY = 2 ** 31 - 1;

/**
 * Bytes of decoded images that a data set holds in memory: $SONIC_IMAGE_MEMORY_MiB.
 * @throws DatasetError where that is no number
 */
export function imageMemory_bytes(environment: NodeJS.ProcessEnv = process.env): number {
  const text = environment['SONIC_IMAGE_MEMORY_MiB']?.trim() ?? '';
  const given = text === '' ? DEFAULT_MEMORY_MiB : Number(text);
  if (given >= 0 && Number.isFinite(given)) return 2 ** 20 * given;
  throw new DatasetError(
    `SONIC_IMAGE_MEMORY_MiB is ${quoted(text)}; give MiB of memory for decoded images, a number from 0 on, or unset it`,
  );
}

export interface ImageStore {
  /** Puts image number `at` in its place. */
  put(at: number, image: Uint8Array): void;
  /** All images, one after the other. */
  readonly images: Bytes;
}

/** Descriptor of a new file that is gone once it is closed, however the process ends. */
function openWithoutName(folder: string): number {
  const path = join(folder, `.sonic-images-${randomUUID()}`);
  const file = openSync(path, 'wx+', 0o600);
  try {
    unlinkSync(path);
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return file;
}

/** @throws DatasetError where there is no room */
export function createImageStore(count: number, size: number, memory_bytes = imageMemory_bytes()): ImageStore {
  const length = count * size;
  if (length <= Math.min(memory_bytes, LONGEST_ARRAY)) {
    const images = new Uint8Array(length);
    return { images, put: (at, image) => images.set(image, at * size) };
  }
  const folder = tmpdir();
  const refuse = (error: unknown) =>
    new DatasetError(
      `decoded images of ${length} bytes go to '${folder}': ${pathReason(error)}; set TMPDIR to a folder with room, SONIC_IMAGE_MEMORY_MiB to keep more in memory, or run fewer with --images`,
      { cause: error },
    );
  let images: StoredBytes;
  try {
    images = storedBytes(openWithoutName(folder), length);
  } catch (error) {
    throw refuse(error);
  }
  const { file } = images;
  return {
    images,
    put: (at, image) => {
      try {
        for (let done = 0; done < size; ) done += writeSync(file, image, done, size - done, at * size + done);
      } catch (error) {
        throw refuse(error);
      }
    },
  };
}
