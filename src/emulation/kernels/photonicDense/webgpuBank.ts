/**
 * What the FC banks of a batch hold where the device cannot (`holdsOnDevice`): rings are evaluated on the host in float64, and go
 * to the adapter as float32.
 */
import { imagesOf } from '../../../base/batch.js';
import { roundHalfEven } from '../../../base/roundHalfEven.js';
import type { DenseProgram } from '../../program/types.js';
import { type DenseCounts, heldPlanes, type LoadedDense } from '../contract.js';
import { chirpedRails } from './chirp.js';

export interface HeldBatch {
  /** Active inputs of all runs, [entries][entryWordsOf] as `Inputs` of webgpu.ts says. */
  readonly entries: Int32Array;
  /** First entry of each run and the one after its last, [passes][images][2]. */
  readonly ranges: Int32Array;
  readonly counts: DenseCounts[];
}

/** Words of an entry, and of one whose VCSELs chirp. */
const [ENTRY_WORDS, CHIRPED_ENTRY_WORDS] = [4, 8];

/** Words of an active input of the program. */
export function entryWordsOf({ chirp_nm }: DenseProgram): number {
  return chirp_nm === 0 ? ENTRY_WORDS : CHIRPED_ENTRY_WORDS;
}

/** Room for entries: a power of two, because TensorFlow.js keeps freed buffers to use them again, by their exact size. */
const roundedUp = (entries: number) => 2 ** Math.ceil(Math.log2(Math.max(256, entries)));

/** Whether the code of a magnitude is not 0: an input that takes a slot of a row. */
function isActive({ activationDac: { quantise, codeScale, maximumCode } }: DenseProgram, magnitude: number): boolean {
  if (!quantise) return magnitude > 0;
  return roundHalfEven(Math.min(Math.fround(magnitude * codeScale), maximumCode)) > 0;
}

/**
 * Holds the activations of a batch.
 * @param x [images][inputs].
 * @throws NetworkError where x holds NaN, or a negative value and the program has one pass.
 */
export function holdBatch({ program, hold }: LoadedDense, x: Float32Array, images: number): HeldBatch {
  const { inputs, passes } = program;
  const planes = heldPlanes(program);
  const held = new Float32Array(images * passes * planes * inputs);
  const counts = Array.from({ length: images }, (_, image) =>
    hold(imagesOf(x, images, image), imagesOf(held, images, image)),
  );
  const entryWords = entryWordsOf(program);
  const chirped = entryWords === CHIRPED_ENTRY_WORDS ? chirpedRails(program, held) : null;
  const H = chirped?.H ?? held;
  const entries = new Int32Array(entryWords * roundedUp(x.length));
  const bits = new Float32Array(entries.buffer);
  const ranges = new Int32Array(2 * passes * images);
  let entry = 0;
  for (let pass = 0; pass < passes; pass++) {
    for (let image = 0; image < images; image++) {
      const rails = (image * passes + pass) * 2 * inputs;
      ranges[2 * (pass * images + image)] = entry;
      for (let k = 0; k < inputs; k++) {
        const value = x[image * inputs + k]!;
        if (!isActive(program, pass === 0 ? value : -value)) continue;
        const at = entryWords * entry;
        entries[at] = k;
        bits[at + 1] = H[rails + k]!;
        bits[at + 2] = H[rails + inputs + k]!;
        if (chirped) {
          bits[at + 4] = chirped.linear[rails + k]!;
          bits[at + 5] = chirped.linear[rails + inputs + k]!;
          bits[at + 6] = chirped.square[rails + k]!;
          bits[at + 7] = chirped.square[rails + inputs + k]!;
        }
        entry++;
      }
      ranges[2 * (pass * images + image) + 1] = entry;
    }
  }
  return { entries: entries.subarray(0, entryWords * roundedUp(entry)), ranges, counts };
}
