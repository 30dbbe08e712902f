/**
 * Fidelity `lumped` (section 10 of the contract): a layer's sums and their variance from TensorFlow.js's own conv2d and
 * matMul, and one normal an output. Single precision; the float64 definition is beside the reference kernels.
 */

import type { SeedPair } from '../../base/random/philox.js';
import { readNoiseSeed } from '../../base/random/seeds.js';
import type { Tensor } from '../../base/tensorflow/tf.js';
import { hasNoise, type MacProgram } from '../program/types.js';
import type { LayerRun } from './batchLayer.js';

/** Of a batch: [image][sample][filter], in units of u before scale and shift. */
export interface LumpedSums {
  readonly value: Float32Array;
  readonly variance: Float32Array;
  /** What each image did. `clippedConversions` is 0: nothing is converted one by one. */
  readonly counts: LayerRun[];
}

export interface LumpedLayer {
  readonly program: MacProgram;
  /** Shape of one image's output. */
  readonly outputShape: readonly number[];
  /** @param x inputs of a batch, [image][elements]. */
  sum(x: Float32Array, images: number): Promise<LumpedSums>;
  /** Place of an output, [sample][filter], in the stream of the noise, and how long that stream is. */
  readonly sampleOf: (output: number) => number;
  readonly samples: number;
  dispose(): void;
}

/** Variance of one conversion's rounding and of what does not depend on light, in units of u squared. */
export function constantVariance({ noise, adc }: MacProgram): number {
  return noise.constant + (adc.quantise ? (adc.step * adc.step) / 12 : 0);
}

/** Standard normal samples 0 .. count - 1 of the stream of `seed`: `PhotonicBackend.normals`. */
export type DrawNormals = (seed: SeedPair, count: number) => Promise<Float32Array>;

/** y = S_x S_w g_max (value + sqrt(variance) z) + shift of one image; `sums` are its part. */
export async function drawOutputs(
  layer: LumpedLayer,
  draw: DrawNormals,
  value: Float32Array,
  variance: Float32Array,
  options: { readonly runSeed: number; readonly image: number },
  y: Float32Array,
): Promise<void> {
  const { program, sampleOf, samples } = layer;
  const { activationScale, weightScale, gainScale, shift, filters } = program;
  const scale = activationScale * weightScale * gainScale;
  const isNoisy = hasNoise(program) || program.adc.quantise;
  const seed = readNoiseSeed(options.runSeed, program.layerIndex, options.image, 0);
  const normals = isNoisy ? await draw(seed, samples) : null;
  for (let at = 0; at < y.length; at++) {
    const noise = normals ? Math.sqrt(variance[at]!) * normals[sampleOf(at)]! : 0;
    y[at] = scale * (value[at]! + noise) + shift[at % filters]!;
  }
}

/** The values of a tensor; the tensor is gone afterwards. */
export async function take(tensor: Tensor): Promise<Float32Array> {
  const values = (await tensor.data()) as Float32Array;
  tensor.dispose();
  return values;
}

/** A layer that does no optics: all sums 0. */
export function noSums(outputs: number, counts: LumpedSums['counts']): LumpedSums {
  return { value: new Float32Array(outputs), variance: new Float32Array(outputs), counts };
}
