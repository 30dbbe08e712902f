/**
 * SONIC's SVHN network. Its layer widths are not published; these fit the published count of 552,362 parameters exactly,
 * moving statistics included (Sunny, Nikdast, Pasricha, ASP-DAC 2022, table 1): four 3x3 convolutions, each with a
 * batch-norm and a pooling, and four dense layers, of which the paper seems not to count the output.
 */
import { dense, flatten, maxPool, relu } from '../build.js';
import { initialise } from '../initialise.js';
import type { Layer, Network } from '../types.js';
import { colourInput, convolutionBlock } from './networkBlocks.js';

/** Convolution, batch-norm, ReLU and pooling number `index` (from 1). */
function block(index: number, input: string, channels: number, filters: number): Layer[] {
  return [...convolutionBlock(index, input, channels, filters), maxPool(`pool${index}`, `relu${index}`, 2)];
}

/** The network's structure for 32 x 32 colour images x = byte / 255, with all weights 0. */
export function sonicSvhnStructure(): Network {
  return {
    name: 'sonic-svhn',
    ...colourInput(32),
    layers: [
      ...block(1, 'input', 3, 64),
      ...block(2, 'pool1', 64, 64),
      ...block(3, 'pool2', 64, 96),
      ...block(4, 'pool3', 96, 128),
      flatten('flatten', 'pool4'),
      dense('dense1', 'flatten', 2 * 2 * 128, 512),
      relu('relu5', 'dense1'),
      dense('dense2', 'relu5', 512, 128),
      relu('relu6', 'dense2'),
      dense('dense3', 'relu6', 128, 128),
      relu('relu7', 'dense3'),
      dense('dense4', 'relu7', 128, 10),
    ],
    output: 'dense4',
  };
}

/** SONIC's SVHN network, untrained: random weights from `seed`. */
export function sonicSvhn(seed = 1): Network {
  return initialise(sonicSvhnStructure(), seed);
}
