/**
 * What analog kernels that run on the host take and give: one image through one layer of a program, fidelity `exact`.
 * `batch.ts` is the contract of all backends.
 * Arrays are row-major; `position` is output row * output columns + output column.
 */

import type { SeedPair } from '../../base/random/philox.js';
import type { Schedule } from '../program/activity.js';
import type { Conv2dProgram, DenseProgram, Program } from '../program/types.js';
import type { MagnitudeCounts } from './magnitudes.js';

/** What happened in one run of a layer on one image, both passes together. */
export interface LayerCounts {
  /** Conversions whose rounded code lies beyond the ADC's limit. */
  clippedConversions: number;
  /** Input elements with |x| > S_x, each once. */
  clippedActivations: number;
  /** Input elements whose value is 0 after the DAC, before padding. */
  zeroActivations: number;
  /** Emitted values that were not 0, over all rows, samples and slots. */
  litSamples: number;
}

/** How one pass of a dense layer loaded its units; `images` is added by whoever merges passes. */
export type PassSchedule = Omit<Schedule, 'images'>;

export interface DenseCounts extends LayerCounts {
  /** One per pass. Empty where the layer does no optics (S_x, S_w or g_max is 0). */
  passes: PassSchedule[];
}

/** What one pass looked like inside. */
export interface Tap {
  /** Codes of the input's elements, shape of the input; null with activationQuantisation off. */
  activationCode: Int32Array | null;
  /** Before the ADC, noise included: [row][position] (conv2d) or [row][filter] (dense). */
  u: Float64Array;
  /** Like u, after clipping, signed; null where the ADC is off. */
  adcCode: Int32Array | null;
  clippedConversions: number;
  /** Dense only, per row: input index of each entry, and the transmissions of both rails on each. */
  k?: Int32Array[];
  hPlus?: Float64Array[];
  hMinus?: Float64Array[];
}

/** Running maxima and counts for the calibration of the ADC's range. */
export interface RunStatistics {
  /** Largest |u|. */
  maximumAbsoluteU: number;
  /** Largest noise variance of u. */
  maximumVariance: number;
  /** Counts of all |u|, both passes. */
  readonly magnitudes?: MagnitudeCounts | undefined;
}

/** Which noise is drawn. */
export interface LumpOptions {
  readonly runSeed: number;
  /** Index of the image in its split (section 9). */
  readonly image: number;
}

export interface RunOptions extends LumpOptions {
  /** Draw read noise, if the program has any. */
  readonly noise: boolean;
  /** Round and clip by the ADC, if the program does. */
  readonly adc: boolean;
  /** An empty array: one entry per pass is pushed. The arithmetic is the same with or without it. */
  readonly tap?: Tap[];
  /** Raised to the maxima of what runs. Takes `noise` and `adc` false: u with static effects only, its variance beside it. */
  readonly stats?: RunStatistics;
}

/** How several images run. */
export interface ImagesOptions extends Omit<RunOptions, 'image' | 'tap'> {
  /** Index of each image in its split, [images]. */
  readonly images: Int32Array;
  /** Fidelity `lumped`, in which noise is always drawn; `exact` unless true. */
  readonly lumped?: boolean;
  /** Of fidelity `lumped`: an empty array, one entry an image is pushed. */
  readonly lumpedTaps?: LumpedTap[] | undefined;
}

/** What one image's outputs are before the draw, [position][filter] or [filter], in units of u. */
export interface LumpedTap {
  value: Float64Array;
  variance: Float64Array;
}

/** Nothing tapped yet. */
export const emptyLumpedTap = (): LumpedTap => ({ value: new Float64Array(), variance: new Float64Array() });

/** How fidelity `lumped` runs. */
export interface LumpRunOptions extends LumpOptions {
  /** Its arrays are written. The arithmetic is the same with or without it. */
  readonly tap?: LumpedTap;
}

export interface LoadedConv2d {
  readonly program: Conv2dProgram;
  /**
   * @param x [rows][columns][channels], unscaled.
   * @param y [positions][filters], written: before any activation function.
   * @throws NetworkError where x holds NaN, or a negative value and the program has one pass.
   */
  run(x: Float32Array, y: Float32Array, options: RunOptions): LayerCounts;
  /** Likewise in fidelity `lumped`, where the kernels have it; noise is always drawn. */
  lump?(x: Float32Array, y: Float32Array, options: LumpRunOptions): LayerCounts;
}

export interface LoadedDense {
  readonly program: DenseProgram;
  /**
   * @param x [inputs], unscaled.
   * @param y [filters], written: before any activation function.
   * @throws NetworkError where x holds NaN, or a negative value and the program has one pass.
   */
  run(x: Float32Array, y: Float32Array, options: RunOptions): DenseCounts;
  /** Likewise in fidelity `lumped`, where the kernels have it; noise is always drawn. */
  lump?(x: Float32Array, y: Float32Array, options: LumpRunOptions): DenseCounts;
  /**
   * Several images, where that is faster than one after the other: the same numbers as `run` and `lump`.
   * @param x [images][inputs].
   * @param y [images][filters], written.
   * @throws NetworkError like `run`.
   */
  runMany?(x: Float32Array, y: Float32Array, options: ImagesOptions): DenseCounts[];
  /**
   * Only holds the activations, for fidelity `lumped`.
   * @param held [passes][heldPlanes][inputs], written: transmission of rail + and - on each active input, and where VCSELs
   * chirp dH/dlambda of rail + and -; 0 on the others.
   */
  hold(x: Float32Array, held: Float32Array): DenseCounts;
}

/** Planes of what `LoadedDense.hold` writes in a pass: H+ and H-, and where VCSELs chirp their slopes. */
export function heldPlanes({ chirp_nm }: DenseProgram): 2 | 4 {
  return chirp_nm === 0 ? 2 : 4;
}

export type LoadedLayer = LoadedConv2d | LoadedDense;

/** The kernels of wasm or reference, one instance a thread. */
export interface Kernels {
  /**
   * Makes a program's layers ready to run, in its order.
   * @throws UnsupportedLayerError where a layer is beyond what the kernels can hold.
   */
  load(program: Program): LoadedLayer[];
  /** Standard normal samples first .. first + count - 1 of the stream of `seed` (section 9); `first` is 0 unless given. */
  normals(seed: SeedPair, count: number, first?: number): Float32Array;
  /** Releases everything that was loaded; layers from before must not be run any more. */
  free(): void;
}

/** One dense layer of a program on the host's kernels. */
export function loadDenseOn(host: Kernels, program: Program, layer: DenseProgram): LoadedDense {
  const [loaded] = host.load({ ...program, layers: [layer] });
  if (!loaded || !('hold' in loaded)) throw new Error(`layer '${layer.name}' was loaded as another kind`);
  return loaded;
}
