/** Batches of a data set: shuffled, shifted, flipped, all from one seed. */

import { sizeOf } from '../base/batch.js';
import { philoxUniforms } from '../base/random/philox.js';
import { imageBytes } from '../datasets/content.js';
import { type Dataset, type Labels, labelsOf } from '../datasets/types.js';
import { preprocess } from '../networks/preprocess.js';
import type { Network } from '../networks/types.js';

/** Second seeds of the streams; the epoch is added. Initial weights use others (networks/initialise.ts). */
const SHUFFLE_STREAM = 1 << 25;
const AUGMENTATION_STREAM = 1 << 26;
/** Random numbers per image and epoch: rows, columns, flip, one spare. */
const DRAWS = 4;

export interface Augmentation {
  /** Largest shift in pixels along rows and columns, either way; what comes in is 0. */
  readonly shift: number;
  /** Whether half of the images are mirrored left to right. */
  readonly flip?: boolean;
}

/** The order of an epoch's images: Fisher and Yates's shuffle. */
export function shuffledOrder(count: number, seed: number, epoch: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const draws = philoxUniforms([seed, SHUFFLE_STREAM + epoch], 0, count);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(draws[i]! * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** One image [rows, columns, channels] moved by (down, right) pixels, mirrored first if `flip`. */
export function shiftImage(
  image: Uint8Array,
  [rows, columns, channels]: readonly [number, number, number],
  down: number,
  right: number,
  flip: boolean,
): Uint8Array {
  const out = new Uint8Array(image.length);
  for (let row = Math.max(0, down); row < rows + Math.min(0, down); row++) {
    for (let column = Math.max(0, right); column < columns + Math.min(0, right); column++) {
      const from = flip ? columns - 1 - (column - right) : column - right;
      const source = ((row - down) * columns + from) * channels;
      out.set(image.subarray(source, source + channels), (row * columns + column) * channels);
    }
  }
  return out;
}

export interface Batch {
  /** [images, rows, columns, channels], preprocessed. */
  readonly inputs: Float32Array;
  /** [images]. */
  readonly labels: Labels;
}

export interface BatchSource {
  readonly network: Network;
  readonly data: Dataset;
  readonly batchSize: number;
  readonly seed: number;
  readonly augmentation: Augmentation | null;
}

/** Whole batches in an epoch; the images left over come round in another, under another order. */
export function batchesPerEpoch({ data, batchSize }: Pick<BatchSource, 'data' | 'batchSize'>): number {
  return Math.max(1, Math.floor(data.count / batchSize));
}

/** Batch `index` of `epoch` with the epoch's `order`. */
export function makeBatch(source: BatchSource, order: Uint32Array, epoch: number, index: number): Batch {
  const { network, data, batchSize, seed, augmentation } = source;
  const chosen = order.subarray(index * batchSize, (index + 1) * batchSize);
  const draws = augmentation
    ? philoxUniforms([seed, AUGMENTATION_STREAM + epoch], index * batchSize * DRAWS, chosen.length * DRAWS)
    : null;
  const bytes = new Uint8Array(chosen.length * sizeOf(data.shape));
  for (const [i, image] of chosen.entries()) {
    let pixels = imageBytes(data, image);
    if (augmentation && draws) {
      const range = 2 * augmentation.shift + 1;
      const down = Math.floor(draws[i * DRAWS]! * range) - augmentation.shift;
      const right = Math.floor(draws[i * DRAWS + 1]! * range) - augmentation.shift;
      pixels = shiftImage(pixels, data.shape, down, right, (augmentation.flip ?? false) && draws[i * DRAWS + 2]! < 0.5);
    }
    bytes.set(pixels, i * pixels.length);
  }
  return {
    inputs: preprocess(network, bytes),
    labels: labelsOf(
      Array.from(chosen, (image) => data.labels[image]!),
      data.classes,
    ),
  };
}
