/** Who holds a batch's activations for the WebGPU kernel of dense layers: the device, or where it cannot, the host. */
import type { Tensor, Tf } from '../../../base/tensorflow/tf.js';
import type { DenseProgram } from '../../program/types.js';
import { checkInput } from '../checkInput.js';
import type { DenseCounts, LoadedDense, PassSchedule } from '../contract.js';
import { COUNTS, countsOf } from '../webgpu/countShader.js';
import { unitsPerRadian } from './holdConstants.js';
import { TUNING_SLOW_ROWS, TUNING_SUMS } from './tuningShader.js';
import { holdBatch } from './webgpuBank.js';
import { DENSE_HOLD, type HoldAttributes, tuningWords } from './webgpuHold.js';
import { uploadBank } from './webgpuHoldTables.js';

/** A batch that is held. Its tensors are the caller's to dispose of. */
export interface Held {
  /** As `Inputs` of webgpu.ts says. */
  readonly entries: Tensor;
  readonly ranges: Tensor;
  /** Words of the images, to which rows add theirs, then what else `counts` wants to be read. */
  readonly read: readonly [counts: Tensor, ...Tensor[]];
  /**
   * What each image did, from the values of `read`.
   * @throws NetworkError where x holds NaN, or a negative value and the program has one pass.
   */
  counts(values: readonly Int32Array[]): Promise<{ readonly counts: DenseCounts; readonly allFinite: boolean }[]>;
}

export interface Holder {
  hold(x: Tensor, images: number): Promise<Held>;
  dispose(): void;
}

/** By the host's kernels in float64, for which x comes back. */
export function hostHolder(tf: Tf, loaded: LoadedDense): Holder {
  return {
    async hold(x, images) {
      const { entries, ranges, counts } = holdBatch(loaded, (await x.data()) as Float32Array, images);
      return {
        entries: tf.tensor1d(entries, 'int32'),
        ranges: tf.tensor1d(ranges, 'int32'),
        read: [tf.tensor1d(new Int32Array(COUNTS * images), 'int32')],
        counts: async ([words]) =>
          counts.map((ofImage, image) => {
            const { counts: ofRows, allFinite } = countsOf(words!, image);
            return { counts: { ...ofImage, clippedConversions: ofRows.clippedConversions }, allFinite };
          }),
      };
    },
    dispose: () => {},
  };
}

/** Rows of each unit that are slow, from a bit a row between two words of what was tuned; none where none is. */
function slowRows(tuned: Int32Array, first: number, end: number, units: number): number[] {
  let slow: number[] = [];
  for (let word = first; word < end; word++) {
    // Bit by bit from the lowest, whatever lies between.
    for (let left = tuned[word]!; left !== 0; left &= left - 1) {
      if (slow.length === 0) slow = new Array<number>(units).fill(0);
      slow[(32 * (word - first) + 31 - Math.clz32(left & -left)) % units]!++;
    }
  }
  return slow;
}

/** How a pass loaded its units, from the words of its run, which begin at `at`. */
function scheduleOf(program: DenseProgram, tuned: Int32Array, at: number, words: number): PassSchedule {
  const { bank } = program;
  const unit_nm = bank.freeSpectralRange_nm / (Math.PI * unitsPerRadian(program));
  const shift_nm = (sum: number) => {
    const low = at + TUNING_SUMS + 2 * sum;
    return bank.rails * unit_nm * ((tuned[low]! >>> 0) + (tuned[low + 1]! >>> 0) * 2 ** 32);
  };
  return {
    rows: Math.ceil(tuned[at]! / bank.size),
    slowRowsByUnit: slowRows(tuned, at + TUNING_SLOW_ROWS, at + words, bank.units),
    eoShift_nm: [shift_nm(0), shift_nm(1)],
    toShift_nm: [0, shift_nm(2)],
  };
}

/** By the device in float32; x stays where it is. */
export function deviceHolder(tf: Tf, program: DenseProgram): Holder {
  const tables = uploadBank(tf, program);
  const words = tuningWords(program);
  return {
    async hold(x, images) {
      const attributes: HoldAttributes = { program };
      const held = tf.engine().runKernel(DENSE_HOLD, { x, ...tables }, attributes as never) as Tensor[];
      const [entries, ranges, tuning, counts] = held as [Tensor, Tensor, Tensor, Tensor];
      return {
        entries,
        ranges,
        read: [counts, tuning],
        async counts(values) {
          const [counted, tuned] = values as [Int32Array, Int32Array];
          const ofImages = Array.from({ length: images }, (_, image) => countsOf(counted, image));
          if (ofImages.some(({ isInvalid }) => isInvalid))
            checkInput(program, (await x.data()) as Float32Array, images);
          return ofImages.map(({ counts, allFinite }, image) => {
            const passes = Array.from({ length: program.passes }, (_, pass) => {
              return scheduleOf(program, tuned, (pass * images + image) * words, words);
            });
            return { counts: { ...counts, passes }, allFinite };
          });
        },
      };
    },
    dispose: () => tf.dispose(Object.values(tables)),
  };
}
