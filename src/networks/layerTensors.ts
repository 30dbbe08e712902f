/** A layer's constants as tensors on the current backend, in the form the forward pass wants them. */

import type { Tensor, Tf } from '../base/tensorflow/tf.js';
import { NO_PADDING, positions } from './geometry.js';
import type { BatchNormLayer, Conv2dLayer, DenseLayer, Layer, Pair, Pool2dLayer } from './types.js';

/** By name: weight, bias, scale, shift, divisor. */
export type LayerTensors = Readonly<Record<string, Tensor>>;

/** gamma (x - mean) / sqrt(variance + epsilon) + beta as x * scale + shift; float32 of a float64 computation. */
export function batchNormAsAffine(layer: BatchNormLayer): { scale: Float32Array; shift: Float32Array } {
  const scale = Float64Array.from(layer.gamma, (gamma, i) => gamma / Math.sqrt(layer.variance[i]! + layer.epsilon));
  const shift = scale.map((s, i) => layer.beta[i]! - layer.mean[i]! * s);
  return { scale: Float32Array.from(scale), shift: Float32Array.from(shift) };
}

/** Whether the convolution has one filter bank per input channel and can run as a depthwise one. */
export function isDepthwise(layer: Conv2dLayer): boolean {
  const [, , channels, filters] = layer.weightShape;
  // TensorFlow's depthwise kernel wants one stride for both axes.
  return channels === 1 && layer.groups > 1 && filters % layer.groups === 0 && layer.strides[0] === layer.strides[1];
}

/** Whether the taps are spread by explicit zeros: no backend combines dilation with strides, nor with depthwise. */
export function spreadsTaps(layer: Conv2dLayer): boolean {
  const dilated = layer.dilation.some((d) => d > 1);
  return dilated && (layer.strides.some((s) => s > 1) || isDepthwise(layer));
}

/** The kernel with dilation - 1 zeros between its taps: [rows', columns', channels, filters]. */
function spread(layer: Conv2dLayer): { weight: Float32Array; shape: [number, number, number, number] } {
  const [rows, columns, channels, filters] = layer.weightShape;
  const [down, across] = layer.dilation;
  const shape: [number, number, number, number] = [
    (rows - 1) * down + 1,
    (columns - 1) * across + 1,
    channels,
    filters,
  ];
  const weight = new Float32Array(shape[0] * shape[1] * channels * filters);
  const tap = channels * filters;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const from = (row * columns + column) * tap;
      weight.set(layer.weight.subarray(from, from + tap), (row * down * shape[1] + column * across) * tap);
    }
  }
  return { weight, shape };
}

/** Weights from which on a dense layer's are brought to the backend in parts as it runs, and their parts. */
const [CUT_BYTES, PART_BYTES] = [2 ** 25, 2 ** 24];

/**
 * Whether a dense layer's weights are too large to stay on the backend: wasm holds them twice, once in an order of its own, in every
 * thread. A hundred million weights are brought there in tenths of a second.
 */
export function isCut(tf: Tf, { weight }: DenseLayer): boolean {
  return weight.byteLength >= CUT_BYTES && tf.getBackend() === 'wasm';
}

/** Columns of a cut dense layer at a time: whole groups of 16, which the backend sums alike wherever they stand. */
export function cutColumns({ weightShape: [inputs] }: DenseLayer, bytes = PART_BYTES): number {
  return 16 * Math.max(1, Math.floor(bytes / (4 * 16 * inputs)));
}

/** Columns first .. end - 1 of a dense layer's weights, [inputs, end - first]. */
export function columnsOf(
  tf: Tf,
  { weight, weightShape: [inputs, filters] }: DenseLayer,
  first: number,
  end: number,
): Tensor {
  const part = new Float32Array(inputs * (end - first));
  for (let k = 0; k < inputs; k++) part.set(weight.subarray(k * filters + first, k * filters + end), k * (end - first));
  return tf.tensor2d(part, [inputs, end - first]);
}

function conv2dTensors(tf: Tf, layer: Conv2dLayer): LayerTensors {
  const { weight, shape } = spreadsTaps(layer) ? spread(layer) : { weight: layer.weight, shape: layer.weightShape };
  const [rows, columns, channels, filters] = shape;
  // Filter g * multiplier + i of a depthwise convolution reads channel g: the same bytes under another shape.
  const kernel: [number, number, number, number] = isDepthwise(layer)
    ? [rows, columns, layer.groups, filters / layer.groups]
    : [rows, columns, channels, filters];
  return { weight: tf.tensor4d(weight, kernel), ...(layer.bias ? { bias: tf.tensor1d(layer.bias) } : {}) };
}

/** How many elements of the input, not of the padding, a window sees at each position of one axis. */
function windowCounts(length: number, size: number, stride: number, padding: Pair): number[] {
  return Array.from({ length: positions(length, size, stride, padding) }, (_, i) => {
    const begin = i * stride - padding[0];
    return Math.min(begin + size, length) - Math.max(begin, 0);
  });
}

/** size / elements seen, [1, rows, columns, 1]: turns a mean over a zero-padded window into one over the input alone. */
export function averagePoolCorrection(tf: Tf, layer: Pool2dLayer, rows: number, columns: number): Tensor {
  const down = windowCounts(rows, layer.size[0], layer.strides[0], layer.padding[0]);
  const across = windowCounts(columns, layer.size[1], layer.strides[1], layer.padding[1]);
  const area = layer.size[0] * layer.size[1];
  const values = down.flatMap((r) => across.map((c) => area / (r * c)));
  return tf.tensor4d(values, [1, down.length, across.length, 1]);
}

/** Whether any side is padded. */
export function isPadded(padding: Pool2dLayer['padding'] = NO_PADDING): boolean {
  return padding.some(([before, after]) => before > 0 || after > 0);
}

/** The layer's constants on the current backend, weights that are cut left out; the caller disposes of them. */
export function tensorsOf(tf: Tf, layer: Layer): LayerTensors {
  switch (layer.kind) {
    case 'conv2d':
      return conv2dTensors(tf, layer);
    case 'dense':
      if (isCut(tf, layer)) return layer.bias ? { bias: tf.tensor1d(layer.bias) } : {};
      return {
        weight: tf.tensor2d(layer.weight, [layer.weightShape[0], layer.weightShape[1]]),
        ...(layer.bias ? { bias: tf.tensor1d(layer.bias) } : {}),
      };
    case 'batchNorm': {
      const { scale, shift } = batchNormAsAffine(layer);
      return { scale: tf.tensor1d(scale), shift: tf.tensor1d(shift) };
    }
    case 'affine':
      return { scale: tf.tensor1d(layer.scale), shift: tf.tensor1d(layer.shift) };
    default:
      return {};
  }
}
