import type { BatchNormLayer, MacLayer, Network } from './types.js';

/** The batch-norm that belongs to a MAC layer: it directly follows it and is its only reader, so the two run as one. */
export function ownBatchNorm(network: Network, layer: MacLayer): BatchNormLayer | null {
  const [only, ...others] = network.layers.filter(({ inputs }) => inputs.includes(layer.name));
  return only?.kind === 'batchNorm' && others.length === 0 && network.output !== layer.name ? only : null;
}
