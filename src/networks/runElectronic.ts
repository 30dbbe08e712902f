/** Electronic layers that are more than an operation of the backend: normalisation, resampling, products of two tensors. */
import { sizeOf } from '../base/batch.js';
import type { Tensor, Tf } from '../base/tensorflow/tf.js';
import type { Layer } from './types.js';

type Of<Kind extends Layer['kind']> = Extract<Layer, { kind: Kind }>;

/** (x - mean) / sqrt(variance + epsilon) over the last axis, with the biased variance. */
export function runNormalise(tf: Tf, { epsilon }: Of<'normalise'>, x: Tensor): Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  return tf.div(centred, tf.sqrt(tf.add(variance, epsilon)));
}

/** Over axes (batch excluded), which keep a length of 1. */
export function runReduce(tf: Tf, { mode, axes }: Of<'reduce'>, x: Tensor): Tensor {
  const own = axes.map((axis) => axis + 1);
  return { sum: tf.sum, mean: tf.mean, max: tf.max }[mode](x, own, true);
}

/** [..., n, k] and [..., k, m] become [..., n, m], all other axes alike; the backend sees one axis in front of two. */
export function runMatMul(tf: Tf, a: Tensor, b: Tensor): Tensor {
  const flat = (x: Tensor) => tf.reshape(x, [-1, x.shape.at(-2)!, x.shape.at(-1)!]);
  const shape = [...a.shape.slice(0, -1), b.shape.at(-1)!];
  return tf.reshape(tf.matMul(flat(a), flat(b)), shape);
}

/** [outputs][inputs]: each output lies between two inputs, whose weights add up to 1. */
export function interpolation(positions: readonly number[], length: number): Float32Array {
  const matrix = new Float32Array(positions.length * length);
  for (const [to, position] of positions.entries()) {
    const from = Math.min(Math.floor(position), length - 1);
    const share = position - from;
    matrix[to * length + from]! += 1 - share;
    if (share > 0) matrix[to * length + from + 1]! += share;
  }
  return matrix;
}

/** Rows and columns taken at `rows` and `columns` of the input, linear between neighbours. */
export function runResample(tf: Tf, { rows, columns }: Of<'resample'>, x: Tensor): Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const down = tf.tensor3d(interpolation(rows, height), [1, rows.length, height]);
  const tall = tf.matMul(down, tf.reshape(x, [batch, height, width * channels]));
  const across = tf.tensor3d(interpolation(columns, width), [1, columns.length, width]);
  const wide = tf.matMul(across, tf.reshape(tall, [batch * rows.length, width, channels]));
  return tf.reshape(wide, [batch, rows.length, columns.length, channels]);
}

/** Multiply-accumulates of a product of two tensors, for one image. */
export const matMulMacs = (a: readonly number[], b: readonly number[]): number => sizeOf(a) * b.at(-1)!;

const LEAST_RANGE = 1e-30;

/** On a grid that is given. */
export function runQuantise(tf: Tf, { scale, zeroPoint, low, high }: Of<'quantise'>, x: Tensor): Tensor {
  const codes = tf.round(tf.div(x, scale));
  return tf.mul(tf.clipByValue(codes, low - zeroPoint, high - zeroPoint), scale);
}

/** On 256 codes between the extremes of each image, as ONNX's DynamicQuantizeLinear has them. */
export function runDynamicQuantise(tf: Tf, x: Tensor): Tensor {
  const axes = x.shape.slice(1).map((_, axis) => axis + 1);
  const least = tf.minimum(tf.min(x, axes, true), 0);
  const most = tf.maximum(tf.max(x, axes, true), 0);
  // An image of zeros, or of less than float32 can divide, has no range: any scale gives zeros.
  const range = tf.sub(most, least);
  const scale = tf.div(tf.where(tf.greater(range, LEAST_RANGE), range, tf.onesLike(range)), 255);
  const zero = tf.round(tf.clipByValue(tf.neg(tf.div(least, scale)), 0, 255));
  const codes = tf.minimum(tf.maximum(tf.add(tf.round(tf.div(x, scale)), zero), 0), 255);
  return tf.mul(tf.sub(codes, zero), scale);
}
