/**
 * SONIC's CIFAR-10 network. Its layer widths are not published; these fit the published count of 552,874 parameters
 * exactly, moving statistics included (Sunny, Nikdast, Pasricha, ASP-DAC 2022, table 1): six 3x3 convolutions in three
 * pairs, each with a batch-norm, and two dense layers, of which the paper seems not to count the output.
 */
import { batchNorm, conv2d, dense, flatten, maxPool, relu } from '../build.js';
import { initialise } from '../initialise.js';
import type { Layer, Network, Padding2d } from '../types.js';

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

/** The network's structure for 32 x 32 colour images x = byte / 255, with all weights 0. */
export function sonicCifar10Structure(): Network {
  return {
    name: 'sonic-cifar10',
    inputShape: [32, 32, 3],
    inputRange: [0, 1],
    preprocessing: { scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
    layers: [
      ...block(1, 'input', 3, 32),
      ...block(2, 'relu1', 32, 32),
      maxPool('pool1', 'relu2', 2),
      ...block(3, 'pool1', 32, 64),
      ...block(4, 'relu3', 64, 64),
      maxPool('pool2', 'relu4', 2),
      ...block(5, 'pool2', 64, 128),
      ...block(6, 'relu5', 128, 128),
      maxPool('pool3', 'relu6', 2),
      flatten('flatten', 'pool3'),
      dense('dense1', 'flatten', 4 * 4 * 128, 128),
      batchNorm('batchNorm7', 'dense1', 128),
      relu('relu7', 'batchNorm7'),
      dense('dense2', 'relu7', 128, 10),
    ],
    output: 'dense2',
  };
}

/** SONIC's CIFAR-10 network, untrained: random weights from `seed`. */
export function sonicCifar10(seed = 1): Network {
  return initialise(sonicCifar10Structure(), seed);
}
