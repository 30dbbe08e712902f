/** A checkpoint with every kind of layer, to be damaged, and what damage may lead to. */
import { expect } from 'vitest';
import { FormatError } from '../../../src/base/errors.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../../src/networks/formats/checkpoint.js';
import { split } from './container.js';
import { everyLayerClusters, everyLayerNetwork } from './networks.js';

export const file = encodeCheckpoint(everyLayerNetwork, { clusters: everyLayerClusters, metadata: { note: 'x' } });
export const { headerBytes } = split(file);

/** Whether it loads; anything but a FormatError of one line fails the test. */
export function loads(bytes: Uint8Array): boolean {
  try {
    const { network } = decodeCheckpoint(bytes, 'f');
    const arrays = network.layers
      .flatMap((layer) => Object.values(layer))
      .filter((value) => value instanceof Float32Array);
    if (arrays.some((array) => !array.every(Number.isFinite))) throw new Error('loaded a value that is not finite');
    return true;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    expect(error.message).toMatch(/^f: \P{Cc}+$/u);
    return false;
  }
}

/** The file with one bit turned. */
export function flipped(bit: number): Uint8Array {
  const bytes = new Uint8Array(file);
  bytes[bit >> 3]! ^= 1 << (bit & 7);
  return bytes;
}

/** How many of the header's flips of a single bit load, every `step`-th bit tried. */
export function headerFlipsThatLoad(step: number): number {
  let loaded = 0;
  for (let bit = 0; bit < 8 * (8 + headerBytes); bit += step) loaded += loads(flipped(bit)) ? 1 : 0;
  return loaded;
}
