/** Read noise and the ADC, composed of TensorFlow operations. */
import type { Tensor, Tf } from '../../../base/tensorflow/tf.js';
import type { MacProgram } from '../../program/types.js';
import { type TableTensors, tableVariance } from './noiseTable.js';

/** Partial sums of a block before and after the converter, in steps, all of one shape. */
export type Converted = {
  /** u / step, noise included. */
  readonly u: Tensor;
  /** Codes after clipping; u itself where the converter is off. */
  readonly code: Tensor;
  /** 1 where the rounded code lies beyond the limit; undefined where the converter is off. */
  readonly clipped: Tensor | undefined;
};

/** @param isConverting whether to round and clip, if the program does. */
export function convert(tf: Tf, { adc }: MacProgram, u: Tensor, isConverting: boolean): Converted {
  if (!isConverting || !adc.quantise) return { u, code: u, clipped: undefined };
  const rounded = tf.round(u);
  const clipped = tf.cast(tf.greater(tf.abs(rounded), adc.limit), 'float32');
  return { u, code: tf.clipByValue(rounded, -adc.limit, adc.limit), clipped };
}

/** u + sqrt(variance, and what a noise table adds at u) z. */
export function addNoise(tf: Tf, u: Tensor, variance: Tensor, normals: Tensor, table: TableTensors | null): Tensor {
  const total = table ? tf.add(variance, tableVariance(tf, table, u)) : variance;
  return tf.add(u, tf.mul(tf.sqrt(total), normals));
}

/** Adds each image's clipped conversions, of [images, rows, samples], to `counts`: samples of a row are few enough for float32. */
export function addClipped(tf: Tf, { clipped }: Converted, counts: number[]): void {
  if (!clipped) return;
  const ofRows = tf.tidy(() => tf.sum(clipped, 2).arraySync() as number[][]);
  ofRows.forEach((rows, i) => {
    counts[i]! += rows.reduce((sum, n) => sum + n, 0);
  });
}
