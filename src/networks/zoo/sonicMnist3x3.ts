/**
 * The other exact fit of SONIC's MNIST network: 1,498,730 parameters (Sunny, Nikdast, Pasricha, ASP-DAC 2022, table 1) with
 * 3x3 kernels, moving statistics included. `sonicMnist.ts` has the fit with 5x5 kernels. Which of the two the paper used it
 * does not say; docs/replication.md weighs its sentences.
 */
import { batchNorm, conv2d, dense, flatten, maxPool, relu } from '../build.js';
import { initialise } from '../initialise.js';
import type { Network } from '../types.js';

/** The network's structure for 28 x 28 grey images x = byte / 255, with all weights 0. */
export function sonicMnist3x3Structure(): Network {
  return {
    name: 'sonic-mnist-3x3',
    inputShape: [28, 28, 1],
    inputRange: [0, 1],
    preprocessing: { scale: 1 / 255, mean: [0], std: [1] },
    layers: [
      conv2d('conv1', 'input', [3, 1, 64]),
      batchNorm('batchNorm1', 'conv1', 64),
      relu('relu1', 'batchNorm1'),
      conv2d('conv2', 'relu1', [3, 64, 32]),
      relu('relu2', 'conv2'),
      maxPool('pool2', 'relu2', 2),
      flatten('flatten', 'pool2'),
      dense('dense1', 'flatten', 12 * 12 * 32, 320),
      batchNorm('batchNorm3', 'dense1', 320),
      relu('relu3', 'batchNorm3'),
      dense('dense2', 'relu3', 320, 10),
    ],
    output: 'dense2',
  };
}

/** SONIC's MNIST network with 3x3 kernels, untrained: random weights from `seed`. */
export function sonicMnist3x3(seed = 1): Network {
  return initialise(sonicMnist3x3Structure(), seed);
}
