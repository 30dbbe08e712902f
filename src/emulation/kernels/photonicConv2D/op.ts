/** The operation behind kernel `PhotonicConv2D`. */
import { NetworkError } from '../../../base/errors.js';
import type { Tensor } from '../../../base/tensorflow/tf.js';
import type { Conv2dProgram } from '../../program/types.js';
import type { BatchOptions, LayerOutput, PhotonicLayer } from '../batchLayer.js';

/**
 * Convolves a batch on CONV units in fidelity `exact`: zero padding, strides, dilation and groups as the program says.
 * @param x [batch, rows, columns, channels], float32, unscaled.
 * @param layer from `PhotonicBackend.load`.
 * @returns output [batch, output rows, output columns, filters] before any activation function, and what each image did.
 * @throws NetworkError for another shape, NaN, or a negative element where the program runs one pass.
 */
export async function photonicConv2d(
  x: Tensor,
  layer: PhotonicLayer<Conv2dProgram>,
  options: BatchOptions,
): Promise<LayerOutput> {
  const { name, geometry } = layer.program;
  const wanted = [options.images.length, ...geometry.input];
  if (x.shape.join() !== wanted.join()) {
    throw new NetworkError(
      `photonicConv2d: layer '${name}' takes [batch, rows, columns, channels] = [${wanted}], not [${x.shape}]`,
    );
  }
  return layer.run(x, options);
}
