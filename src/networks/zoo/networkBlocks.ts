/** What SONIC's networks for colour images have in common. */
import { batchNorm, conv2d, dense, flatten, maxPool, relu } from '../build.js';
import type { Layer, Network, Padding2d } from '../types.js';

const SAME: Padding2d = [
  [1, 1],
  [1, 1],
];

/** 3x3 'same' convolution, batch-norm and ReLU number `index` (from 1). */
export function convolutionBlock(index: number, input: string, channels: number, filters: number): Layer[] {
  return [
    conv2d(`conv${index}`, input, [3, channels, filters], SAME),
    batchNorm(`batchNorm${index}`, `conv${index}`, filters),
    relu(`relu${index}`, `batchNorm${index}`),
  ];
}

/** Inputs for colour images x = byte / 255 of `size` x `size`. */
export function colourInput(size: number): Pick<Network, 'inputShape' | 'inputRange' | 'preprocessing'> {
  return {
    inputShape: [size, size, 3],
    inputRange: [0, 1],
    preprocessing: { scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
  };
}

/** Three pairs of convolutions of the given widths, a pooling after each pair, two dense layers; all weights 0. */
export function pairsOfConvolutions(
  name: string,
  size: number,
  [first, second, third]: readonly [number, number, number],
  hidden: number,
): Network {
  return {
    name,
    ...colourInput(size),
    layers: [
      ...convolutionBlock(1, 'input', 3, first),
      ...convolutionBlock(2, 'relu1', first, first),
      maxPool('pool1', 'relu2', 2),
      ...convolutionBlock(3, 'pool1', first, second),
      ...convolutionBlock(4, 'relu3', second, second),
      maxPool('pool2', 'relu4', 2),
      ...convolutionBlock(5, 'pool2', second, third),
      ...convolutionBlock(6, 'relu5', third, third),
      maxPool('pool3', 'relu6', 2),
      flatten('flatten', 'pool3'),
      dense('dense1', 'flatten', (size / 8) ** 2 * third, hidden),
      batchNorm('batchNorm7', 'dense1', hidden),
      relu('relu7', 'batchNorm7'),
      dense('dense2', 'relu7', hidden, 10),
    ],
    output: 'dense2',
  };
}
