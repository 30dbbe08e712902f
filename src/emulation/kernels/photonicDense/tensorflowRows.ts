/** The chunk rows of a batch: which inputs are active, cut into chunks, with what their rings transmit. */
import { imagesOf } from '../../../base/batch.js';
import { type DenseProgram, hasOptics } from '../../program/types.js';
import { type DenseCounts, heldPlanes, type LoadedDense } from '../contract.js';
import { chirpedRails } from './chirp.js';

export interface HeldRows {
  /** What each image did; `clippedConversions` is still to come. */
  readonly counts: readonly DenseCounts[];
  /** Rows of each image and pass, [images * passes]. */
  readonly rows: readonly number[];
  /** Image of each row, ascending, and 1 or -1 by its pass: [R]. */
  readonly image: Int32Array;
  readonly sign: Float32Array;
  /** Input of each slot, [R][size]; `inputs` where the slot is empty. */
  readonly k: Int32Array;
  /** Transmission of rail + and minus that of rail - of each slot, [R][size][2]; 0 where it is empty. */
  readonly H: Float32Array;
  /** Where VCSELs chirp: likewise H - chirp v0 D, and chirp D; null: they do not. */
  readonly linear: Float32Array | null;
  readonly square: Float32Array | null;
}

/** Inputs whose code in the pass is not 0, ascending. */
function activeInputs({ activationDac, activationScale }: DenseProgram, x: Float32Array, pass: number): number[] {
  const sign = pass === 0 ? 1 : -1;
  const active: number[] = [];
  for (let k = 0; k < x.length; k++) {
    const magnitude = sign * x[k]!;
    // Half a code rounds to 0, the even one.
    const isActive = activationDac.quantise
      ? Math.fround(magnitude * activationDac.codeScale) > 0.5
      : magnitude / activationScale > 0;
    if (isActive) active.push(k);
  }
  return active;
}

/**
 * Holds a batch on the host.
 * @param x [images][inputs].
 * @throws NetworkError where x holds NaN, or a negative value and the program has one pass.
 */
export function holdBatch(host: LoadedDense, x: Float32Array, images: number): HeldRows {
  const { program } = host;
  const { inputs, passes, bank } = program;
  const held = new Float32Array(heldPlanes(program) * passes * inputs);
  const chirps = program.chirp_nm !== 0;
  const [counts, rows]: [DenseCounts[], number[]] = [[], []];
  const [image, sign, k]: [number[], number[], number[]] = [[], [], []];
  const [H, linear, square]: [number[], number[], number[]] = [[], [], []];
  for (let i = 0; i < images; i++) {
    const own = imagesOf(x, images, i);
    counts.push(host.hold(own, held));
    if (!hasOptics(program)) continue;
    const rails = chirps ? chirpedRails(program, held) : null;
    for (let pass = 0; pass < passes; pass++) {
      const active = activeInputs(program, own, pass);
      const count = Math.ceil(active.length / bank.size);
      const [plus, minus] = [2 * pass * inputs, (2 * pass + 1) * inputs];
      rows.push(count);
      for (let slot = 0; slot < count * bank.size; slot++) {
        const input = active[slot];
        k.push(input ?? inputs);
        const pushPair = (to: number[], values: Float32Array) =>
          to.push(input === undefined ? 0 : values[plus + input]!, input === undefined ? 0 : -values[minus + input]!);
        pushPair(H, rails?.H ?? held);
        if (!rails) continue;
        pushPair(linear, rails.linear);
        pushPair(square, rails.square);
      }
      for (let row = 0; row < count; row++) {
        image.push(i);
        sign.push(pass === 0 ? 1 : -1);
      }
    }
  }
  return {
    counts,
    rows,
    image: Int32Array.from(image),
    sign: Float32Array.from(sign),
    k: Int32Array.from(k),
    H: Float32Array.from(H),
    linear: chirps ? Float32Array.from(linear) : null,
    square: chirps ? Float32Array.from(square) : null,
  };
}
