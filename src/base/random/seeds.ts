/** Which stream of random numbers belongs to what (section 9 of the contract). */
import { SonicError } from '../errors.js';
import type { SeedPair } from './philox.js';

/** Images of a split that can be told apart. */
export const MAXIMUM_IMAGES = 2 ** 20;
/** MAC layers of a network that can be told apart; the next number is that of the static maps. */
export const MAXIMUM_MAC_LAYERS = 2047;

/** The largest seed of a chip or of read noise. */
export const LAST_SEED = 2 ** 30 - 1;

/** Static maps of a chip. */
export const STATIC_MAP = {
  conv: { residual: 0, trim: 1, coupling: 4, gain: 6, drift: 8, railGain: 10, source: 12 },
  fc: { residual: 2, trim: 3, coupling: 5, gain: 7, drift: 9, railGain: 11, source: 13 },
} as const;

/** Seeds of the read noise of one pass of a layer on one image; `image` is its index in the split. */
export function readNoiseSeed(runSeed: number, layer: number, image: number, pass: number): SeedPair {
  return [runSeed + 0x40000000 * pass, ((layer << 20) | image) >>> 0];
}

/** Seeds of a static map of a chip. */
export function staticSeed(chipSeed: number, map: number): SeedPair {
  return [chipSeed, ((MAXIMUM_MAC_LAYERS << 20) | map) >>> 0];
}

/** Rounds up to a multiple of 4: rows of samples start on a Philox group. */
export function ceil4(n: number): number {
  return Math.ceil(n / 4) * 4;
}

/** @throws SonicError unless `value` is an integer in 0 .. LAST_SEED. */
export function checkSeed(value: number, name: string): number {
  if (!Number.isInteger(value) || value < 0 || value > LAST_SEED) {
    throw new SonicError(`${name} is ${value}: a seed is an integer from 0 to ${LAST_SEED}`);
  }
  return value;
}
