/**
 * SONIC's STL-10 network, as near as arithmetic comes to it. Its layer widths are not published, and no natural network
 * of six convolutions has the published 77,787,738 parameters (Sunny, Nikdast, Pasricha, ASP-DAC 2022, table 1). This one
 * is the CIFAR-10 network's plan with the nearest widths that are powers of two: 77,749,898 parameters, 0.05 % fewer.
 */
import { initialise } from '../initialise.js';
import type { Network } from '../types.js';
import { pairsOfConvolutions } from './networkBlocks.js';

/** What table 1 prints. */
export const STL10_PUBLISHED_PARAMETERS = 77_787_738;

/**
 * The network's structure for 96 x 96 colour images x = byte / 255, with all weights 0: 311 MB of address space, of which
 * the system provides only the pages that are written to.
 */
export function sonicStl10Structure(): Network {
  return pairsOfConvolutions('sonic-stl10', 96, [128, 256, 256], 2048);
}

/** SONIC's STL-10 network, untrained: random weights from `seed`, 311 MB. */
export function sonicStl10(seed = 1): Network {
  return initialise(sonicStl10Structure(), seed);
}
