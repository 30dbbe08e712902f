/**
 * What every backend's layers take and give: a batch of images through one layer of a program, on TensorFlow.js tensors,
 * which stay where the backend computes. Backends that run image by image do so under `contract.ts`, through `perImage.ts`.
 */
import type { Tensor } from '../../base/tensorflow/tf.js';
import type { MacProgram } from '../program/types.js';
import type { DenseCounts, LayerCounts, LumpedTap, PassSchedule, Tap } from './contract.js';

/** Names of the kernels in TensorFlow.js's registry, the same for every backend. */
export const PHOTONIC_KERNELS = { conv2d: 'PhotonicConv2D', dense: 'PhotonicDense' } as const;

/** What one layer did on one image: a convolution, or a dense layer with how its units were loaded. */
export type LayerRun = LayerCounts | DenseCounts;

/** How the passes of a dense layer loaded its units; null for a convolution, whose loads are in its program. */
export function passesOf(run: LayerRun): readonly PassSchedule[] | null {
  return 'passes' in run ? run.passes : null;
}

export interface BatchOptions {
  readonly runSeed: number;
  /** Index of each image of the batch in its split (section 9), [batch]. */
  readonly images: Int32Array;
  /** Draw read noise, if the program has any. */
  readonly noise: boolean;
  /** Round and clip by the ADC, if the program does. */
  readonly adc: boolean;
  /** An empty array: one entry per image is pushed, of one tap per pass. Only for layers that have a tap. */
  readonly tap?: Tap[][];
  /** Fidelity `lumped`, in which noise is always drawn. Only for layers that lump. */
  readonly lumped?: boolean;
  /** An empty array: one entry per image is pushed. Only with `lumped`. */
  readonly lumpedTap?: LumpedTap[];
  /** Put ReLU, max(y, 0), behind the outputs. Only for layers that rectify. */
  readonly relu?: boolean;
}

export interface LayerOutput {
  /** [batch, rows, columns, filters] or [batch, filters], before any activation function but `relu`; the caller disposes of it. */
  readonly output: Tensor;
  /**
   * What each image did. A backend whose tensors lie on a device may know it later than `output`, which can be worked with
   * at once. Rejects with the errors of `PhotonicLayer.run`.
   */
  readonly counts: Promise<LayerRun[]>;
  /** Whether all outputs of each image are finite, from kernels that look; it rejects as `counts` does. */
  readonly finite?: Promise<boolean[]>;
}

/** A layer of a program on a backend, ready to run. */
export interface PhotonicLayer<P extends MacProgram = MacProgram> {
  readonly program: P;
  /** Whether `run` fills a tap. */
  readonly hasTap: boolean;
  /** Whether `run` takes `lumped`; false unless given. */
  readonly lumps?: boolean;
  /** Whether `run` takes `relu`; false unless given. */
  readonly rectifies?: boolean;
  /**
   * @param input [batch, rows, columns, channels] or [batch, inputs], float32, unscaled; left as it is.
   * @throws NetworkError where it holds NaN, or a negative value and the program has one pass.
   */
  run(input: Tensor, options: BatchOptions): Promise<LayerOutput>;
  dispose(): void;
}
