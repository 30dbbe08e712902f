/** What a VCSEL's chirp makes of held rails, for the kernels that multiply elsewhere (section 6 of the contract). */
import type { DenseProgram } from '../../program/types.js';
import { heldPlanes } from '../contract.js';

/** Of one rail pair each, [rails of all passes and images][inputs]. */
export interface ChirpedRails {
  /** H, for the noise. */
  readonly H: Float32Array;
  /** Of v: H - chirp v0 D. */
  readonly linear: Float32Array;
  /** Of v^2: chirp D. */
  readonly square: Float32Array;
}

/**
 * Splits what `hold` wrote where VCSELs chirp.
 * @param held [any][4][inputs].
 */
export function chirpedRails(program: DenseProgram, held: Float32Array): ChirpedRails {
  const { inputs, chirp_nm } = program;
  const lightPoint = program.lightPoint ?? [0, 0];
  const planes = heldPlanes(program);
  const size = (2 * held.length) / planes;
  const [H, linear, square] = [new Float32Array(size), new Float32Array(size), new Float32Array(size)];
  for (let at = 0; at < size; at++) {
    const [run, rail, k] = [Math.floor(at / (2 * inputs)), Math.floor(at / inputs) % 2, at % inputs];
    const from = (run * planes + rail) * inputs + k;
    const slope = planes === 4 ? chirp_nm * held[from + 2 * inputs]! : 0;
    H[at] = held[from]!;
    linear[at] = held[from]! - lightPoint[rail]! * slope;
    square[at] = slope;
  }
  return { H, linear, square };
}
