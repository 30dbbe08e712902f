/** How many numbers a network consists of. */
import { isMacLayer, type Layer, type Network } from './types.js';

/** Parameters of one layer: weights, biases, all four arrays of a batch-norm, scales and shifts. */
export function layerParameters(layer: Layer): number {
  switch (layer.kind) {
    case 'conv2d':
    case 'dense':
      return layer.weight.length + (layer.bias?.length ?? 0);
    case 'batchNorm':
      return layer.gamma.length + layer.beta.length + layer.mean.length + layer.variance.length;
    case 'affine':
      return layer.scale.length + layer.shift.length;
    default:
      return 0;
  }
}

/** All parameters of a network, moving statistics of batch-norms included, as the SONIC paper counts. */
export function countParameters(network: Network): number {
  return network.layers.reduce((sum, layer) => sum + layerParameters(layer), 0);
}

/** Parameters left after pruning: the weights that are not zero, and all others. */
export function countRemainingParameters(network: Network): number {
  const zeros = network.layers
    .filter(isMacLayer)
    .reduce((sum, { weight }) => sum + weight.reduce((count, w) => count + (w === 0 ? 1 : 0), 0), 0);
  return countParameters(network) - zeros;
}
