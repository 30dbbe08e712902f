/** Max and average pooling with any padding. */

import type { Tensor, Tensor4D, Tf } from '../base/tensorflow/tf.js';
import { averagePoolCorrection, isPadded } from './layerTensors.js';
import type { Pool2dLayer } from './types.js';

/** Never the largest of a window that also sees an element of the input. */
export const LOWEST_FLOAT32 = -3.4028234663852886e38;

/** [batch, rows, columns, channels] -> [batch, rows', columns', channels]. */
export function runPool2d(tf: Tf, layer: Pool2dLayer, x: Tensor): Tensor {
  const input = x as Tensor4D;
  const size: [number, number] = [layer.size[0], layer.size[1]];
  const strides: [number, number] = [layer.strides[0], layer.strides[1]];
  const padsInput = isPadded(layer.padding);
  const [[top, bottom], [left, right]] = layer.padding;
  const filler = layer.mode === 'max' ? LOWEST_FLOAT32 : 0;
  const padded = padsInput
    ? tf.pad4d(
        input,
        [
          [0, 0],
          [top, bottom],
          [left, right],
          [0, 0],
        ],
        filler,
      )
    : input;
  if (layer.mode === 'max') return tf.maxPool(padded, size, strides, 'valid');
  const mean = tf.avgPool(padded, size, strides, 'valid');
  if (!padsInput || layer.countIncludePad) return mean;
  return tf.mul(mean, averagePoolCorrection(tf, layer, input.shape[1], input.shape[2]));
}
