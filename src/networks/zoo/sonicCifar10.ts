/**
 * SONIC's CIFAR-10 network. Its layer widths are not published; these fit the published count of 552,874 parameters
 * exactly, moving statistics included (Sunny, Nikdast, Pasricha, ASP-DAC 2022, table 1): six 3x3 convolutions in three
 * pairs, each with a batch-norm, and two dense layers, of which the paper seems not to count the output.
 */
import { initialise } from '../initialise.js';
import type { Network } from '../types.js';
import { pairsOfConvolutions } from './networkBlocks.js';

/** The network's structure for 32 x 32 colour images x = byte / 255, with all weights 0. */
export function sonicCifar10Structure(): Network {
  return pairsOfConvolutions('sonic-cifar10', 32, [32, 64, 128], 128);
}

/** SONIC's CIFAR-10 network, untrained: random weights from `seed`. */
export function sonicCifar10(seed = 1): Network {
  return initialise(sonicCifar10Structure(), seed);
}
