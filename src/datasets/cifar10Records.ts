/** CIFAR-10's records: a label and a 32 x 32 image, all reds, then all greens, then all blues; checked and unpacked. */
import { createHash } from 'node:crypto';
import { DatasetError } from '../base/errors.js';

export const [SIDE, CHANNELS, CLASSES] = [32, 3, 10] as const;
const PLANE = SIDE * SIDE;
const IMAGE_BYTES = PLANE * CHANNELS;
export const RECORD_BYTES = 1 + IMAGE_BYTES;
export const CIFAR10_SOURCE = 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz';

/** A file of a split: its name, how many records it holds, and the MD5 of the official one. */
export interface Cifar10Batch {
  readonly name: string;
  readonly records: number;
  readonly md5: string;
}

/** Checks a batch's size, checksum and labels; appends its images (channels last) and labels at record `first`. */
function unpackBatch(
  bytes: Uint8Array,
  { records, md5 }: Cifar10Batch,
  place: string,
  target: { images: Uint8Array; labels: Uint8Array; first: number },
): void {
  if (bytes.length !== records * RECORD_BYTES) {
    throw new DatasetError(
      `${place}: has ${bytes.length} bytes, ${records} records of ${RECORD_BYTES} bytes are ${records * RECORD_BYTES}; the file is truncated or another, fetch ${CIFAR10_SOURCE} again`,
    );
  }
  const wrong = Array.from({ length: records }, (_, i) => i).find((i) => bytes[i * RECORD_BYTES]! >= CLASSES);
  if (wrong !== undefined) {
    const offset = wrong * RECORD_BYTES;
    throw new DatasetError(
      `${place}: offset ${offset} holds label ${bytes[offset]} (image ${wrong}), expected 0 to ${CLASSES - 1}; fetch ${CIFAR10_SOURCE} again`,
    );
  }
  const actual = createHash('md5').update(bytes).digest('hex');
  if (actual !== md5) {
    throw new DatasetError(
      `${place}: MD5 is ${actual}, the official file's is ${md5}; the file is damaged or another, fetch ${CIFAR10_SOURCE} again`,
    );
  }
  for (let i = 0; i < records; i++) {
    const from = i * RECORD_BYTES + 1;
    const to = (target.first + i) * IMAGE_BYTES;
    target.labels[target.first + i] = bytes[from - 1]!;
    for (let pixel = 0; pixel < PLANE; pixel++) {
      for (let c = 0; c < CHANNELS; c++) target.images[to + pixel * CHANNELS + c] = bytes[from + c * PLANE + pixel]!;
    }
  }
}

/**
 * Images [count, 32, 32, 3] and labels of batches one after the other, each checked.
 * @param contentOf a batch's bytes; undefined where it is missing
 * @param place names where they come from
 * @throws DatasetError naming place, batch, offset and value
 */
export function unpackBatches(
  batches: readonly Cifar10Batch[],
  contentOf: (batch: Cifar10Batch) => Uint8Array | undefined,
  place: string,
): { images: Uint8Array; labels: Uint8Array } {
  const count = batches.reduce((sum, { records }) => sum + records, 0);
  const target = { images: new Uint8Array(count * IMAGE_BYTES), labels: new Uint8Array(count), first: 0 };
  for (const expected of batches) {
    const bytes = contentOf(expected);
    if (!bytes)
      throw new DatasetError(`${place}: the archive holds no ${expected.name}; fetch ${CIFAR10_SOURCE} again`);
    unpackBatch(bytes, expected, `${place}: ${expected.name}`, target);
    target.first += expected.records;
  }
  return target;
}
