/** A convolution of any padding, dilation, stride and grouping, composed of what every backend has. */

import type { Tensor, Tensor4D, Tf } from '../base/tensorflow/tf.js';
import { samePadding } from './geometry.js';
import { isDepthwise, isPadded, type LayerTensors, spreadsTaps } from './layerTensors.js';
import type { Conv2dLayer, Padding2d, Pair } from './types.js';

const sameAs = (a: Pair, b: Pair) => a[0] === b[0] && a[1] === b[1];

/**
 * The input, padded where the backend's own two kinds of padding will not do. Only 'same' and 'valid' have gradients on
 * every backend.
 */
function padInput(tf: Tf, x: Tensor4D, layer: Conv2dLayer): { padded: Tensor4D; pad: 'same' | 'valid' } {
  if (!isPadded(layer.padding)) return { padded: x, pad: 'valid' };
  const [rows, columns] = layer.weightShape;
  const same: Padding2d = [
    samePadding(x.shape[1], rows, layer.strides[0], layer.dilation[0]),
    samePadding(x.shape[2], columns, layer.strides[1], layer.dilation[1]),
  ];
  // TensorFlow.js 4.22's wasm kernel yields zeros for 'same' where a stride steps over elements: (1, 2) taps at stride (2, 1).
  const stepsOver = layer.strides[0] > rows || layer.strides[1] > columns;
  const isSame = sameAs(same[0], layer.padding[0]) && sameAs(same[1], layer.padding[1]);
  if (isSame && !stepsOver) return { padded: x, pad: 'same' };
  const [[top, bottom], [left, right]] = layer.padding;
  return {
    padded: tf.pad4d(x, [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ]),
    pad: 'valid',
  };
}

/** [batch, rows, columns, channels] -> [batch, rows', columns', filters]. */
export function runConv2d(tf: Tf, layer: Conv2dLayer, x: Tensor, tensors: LayerTensors): Tensor {
  const { padded, pad } = padInput(tf, x as Tensor4D, layer);
  const weight = tensors['weight'] as Tensor4D;
  const strides: [number, number] = [layer.strides[0], layer.strides[1]];
  const dilation: [number, number] = spreadsTaps(layer) ? [1, 1] : [layer.dilation[0], layer.dilation[1]];
  const convolve = (input: Tensor4D, kernel: Tensor4D) => tf.conv2d(input, kernel, strides, pad, 'NHWC', dilation);
  let y: Tensor;
  if (isDepthwise(layer)) {
    y = tf.depthwiseConv2d(padded, weight, strides, pad);
  } else if (layer.groups === 1) {
    y = convolve(padded, weight);
  } else {
    const inputs = tf.split<Tensor4D>(padded, layer.groups, 3);
    const kernels = tf.split<Tensor4D>(weight, layer.groups, 3);
    y = tf.concat4d(
      inputs.map((input, group) => convolve(input, kernels[group]!)),
      3,
    );
  }
  return tensors['bias'] ? tf.add(y, tensors['bias']) : y;
}
