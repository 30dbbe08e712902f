/** Fresh parameters for a network's structure. */
import { philoxNormals } from '../base/random/philox.js';
import { checkSeed } from '../base/random/seeds.js';
import type { BatchNormLayer, Layer, MacLayer, Network } from './types.js';
import { isMacLayer } from './types.js';

/** Second seed of the streams of initial weights: this plus the MAC layer's number. Training uses others. */
const WEIGHT_STREAM = 1 << 24;

/** Inputs and outputs that one weight's neighbours connect. */
function fans(layer: MacLayer): { fanIn: number; fanOut: number } {
  if (layer.kind === 'dense') return { fanIn: layer.weightShape[0], fanOut: layer.weightShape[1] };
  const [rows, columns, channels, filters] = layer.weightShape;
  return { fanIn: rows * columns * channels, fanOut: (rows * columns * filters) / layer.groups };
}

/** Standard deviation: He et al. 2015 before a rectifier, Glorot and Bengio 2010 for the layer of the logits. */
function deviation(layer: MacLayer, isOutput: boolean): number {
  const { fanIn, fanOut } = fans(layer);
  return isOutput ? Math.sqrt(2 / (fanIn + fanOut)) : Math.sqrt(2 / fanIn);
}

function freshMac(layer: MacLayer, seed: number, index: number, isOutput: boolean): MacLayer {
  const scale = deviation(layer, isOutput);
  const weight = Float32Array.from(
    philoxNormals([seed, WEIGHT_STREAM + index], 0, layer.weight.length),
    (z) => z * scale,
  );
  return { ...layer, weight, bias: layer.bias && new Float32Array(layer.bias.length) };
}

function freshBatchNorm(layer: BatchNormLayer): BatchNormLayer {
  const channels = layer.gamma.length;
  return {
    ...layer,
    gamma: new Float32Array(channels).fill(1),
    beta: new Float32Array(channels),
    mean: new Float32Array(channels),
    variance: new Float32Array(channels).fill(1),
  };
}

/**
 * The network with fresh parameters: normal weights, biases 0, batch-norms that do nothing yet.
 * @throws SonicError if `seed` is not an integer from 0 to 2^30 - 1
 */
export function initialise(network: Network, seed: number): Network {
  checkSeed(seed, 'seed');
  let macs = 0;
  const layers = network.layers.map((layer): Layer => {
    if (isMacLayer(layer)) return freshMac(layer, seed, macs++, layer.name === network.output);
    return layer.kind === 'batchNorm' ? freshBatchNorm(layer) : layer;
  });
  return { ...network, layers };
}
