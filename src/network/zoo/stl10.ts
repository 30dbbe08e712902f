/**
 * SONIC's STL-10 network, as near as arithmetic comes to it. Its layer widths are not published, and no natural network
 * of six convolutions has the published 77,787,738 parameters (Sunny, Nikdast, Pasricha, ASP-DAC 2022, table 1). This one
 * is the CIFAR-10 network's plan with the nearest widths that are powers of two: 77,749,898 parameters, 0.05 % fewer.
 */
import { batchNorm, conv2d, dense, flatten, maxPool, relu } from '../build.js';
import { initialise } from '../initialise.js';
import type { Layer, Network, Padding2d } from '../types.js';

/** What table 1 prints. */
export const STL10_PUBLISHED_PARAMETERS = 77_787_738;

const SAME: Padding2d = [
  [1, 1],
  [1, 1],
];

/** Convolution, batch-norm and ReLU number `index` (from 1). */
function block(index: number, input: string, channels: number, filters: number): Layer[] {
  return [
    conv2d(`conv${index}`, input, [3, channels, filters], SAME),
    batchNorm(`batchNorm${index}`, `conv${index}`, filters),
    relu(`relu${index}`, `batchNorm${index}`),
  ];
}

/**
 * The network's structure for 96 x 96 colour images x = byte / 255, with all weights 0: 311 MB of address space, of which
 * the system provides only the pages that are written to.
 */
export function sonicStl10Structure(): Network {
  return {
    name: 'sonic-stl10',
    inputShape: [96, 96, 3],
    inputRange: [0, 1],
    preprocessing: { scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
    layers: [
      ...block(1, 'input', 3, 128),
      ...block(2, 'relu1', 128, 128),
      maxPool('pool1', 'relu2', 2),
      ...block(3, 'pool1', 128, 256),
      ...block(4, 'relu3', 256, 256),
      maxPool('pool2', 'relu4', 2),
      ...block(5, 'pool2', 256, 256),
      ...block(6, 'relu5', 256, 256),
      maxPool('pool3', 'relu6', 2),
      flatten('flatten', 'pool3'),
      dense('dense1', 'flatten', 12 * 12 * 256, 2048),
      batchNorm('batchNorm7', 'dense1', 2048),
      relu('relu7', 'batchNorm7'),
      dense('dense2', 'relu7', 2048, 10),
    ],
    output: 'dense2',
  };
}

/** SONIC's STL-10 network, untrained: random weights from `seed`, 311 MB. */
export function sonicStl10(seed = 1): Network {
  return initialise(sonicStl10Structure(), seed);
}
