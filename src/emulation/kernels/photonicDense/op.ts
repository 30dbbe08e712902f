/** The operation behind kernel `PhotonicDense`. */
import { NetworkError } from '../../../base/errors.js';
import type { Tensor } from '../../../base/tensorflow/tf.js';
import type { DenseProgram } from '../../program/types.js';
import type { BatchOptions, LayerOutput, PhotonicLayer } from '../batchLayer.js';

/**
 * A dense layer on FC units in fidelity `exact`, on a batch.
 * @param x [batch, inputs], float32, unscaled.
 * @param layer from `PhotonicBackend.load`.
 * @returns output [batch, filters] before any activation function, and what each image did.
 * @throws NetworkError for another shape, NaN, or a negative element where the program runs one pass.
 */
export async function photonicDense(
  x: Tensor,
  layer: PhotonicLayer<DenseProgram>,
  options: BatchOptions,
): Promise<LayerOutput> {
  const { name, inputs } = layer.program;
  const wanted = [options.images.length, inputs];
  if (x.shape.join() !== wanted.join()) {
    throw new NetworkError(`photonicDense: layer '${name}' takes [batch, inputs] = [${wanted}], not [${x.shape}]`);
  }
  return layer.run(x, options);
}
