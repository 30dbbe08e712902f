/**
 * SONIC's MNIST network. Its layer widths are not published; these fit the published count of 1,498,730 parameters
 * exactly (Sunny, Nikdast, Pasricha, ASP-DAC 2022, table 1): two 5x5 convolutions and two dense layers.
 */
import { batchNorm, conv2d, dense, flatten, maxPool, relu } from '../build.js';
import { initialise } from '../initialise.js';
import type { Network } from '../types.js';

/** The network's structure for 28 x 28 grey images x = byte / 255, with all weights 0. */
export function sonicMnistStructure(): Network {
  return {
    name: 'sonic-mnist',
    inputShape: [28, 28, 1],
    inputRange: [0, 1],
    preprocessing: { scale: 1 / 255, mean: [0], std: [1] },
    layers: [
      conv2d(
        'conv1',
        'input',
        [5, 1, 40],
        [
          [2, 2],
          [2, 2],
        ],
      ),
      relu('relu1', 'conv1'),
      conv2d('conv2', 'relu1', [5, 40, 16]),
      batchNorm('batchNorm2', 'conv2', 16),
      relu('relu2', 'batchNorm2'),
      maxPool('pool2', 'relu2', 2),
      flatten('flatten', 'pool2'),
      dense('dense1', 'flatten', 12 * 12 * 16, 640),
      relu('relu3', 'dense1'),
      dense('dense2', 'relu3', 640, 10),
    ],
    output: 'dense2',
  };
}

/** SONIC's MNIST network, untrained: random weights from `seed`. */
export function sonicMnist(seed = 1): Network {
  return initialise(sonicMnistStructure(), seed);
}
