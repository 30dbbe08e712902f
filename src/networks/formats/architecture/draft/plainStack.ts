/** Where pools may stand in a plain row of convolutions, so that what is left of the image is what the dense layer takes. */

import type { Guesses } from './drafter.js';
import type { Group } from './groups.js';
import { type Padded, paddingOf, windowed } from './lines.js';

/** Rows of square images of common data sets, by channels. */
const SIDES: Readonly<Record<number, readonly number[]>> = { 1: [28, 32], 3: [32, 224, 64, 96, 28] };
const OTHER_SIDES = [32, 28, 64, 96, 224];
/** Subsets of more convolutions than this are not tried. */
const MOST_CONVOLUTIONS = 14;

export const sidesFor = (channels: number): readonly number[] => SIDES[channels] ?? OTHER_SIDES;

/** In the order in which they are tried. */
const PADDED: readonly Padded[] = ['all', 'none', 'first'];

interface Convolution {
  readonly filters: number;
  readonly size: number;
}

/** The convolutions before the first dense layer, if they stand in a row; and the features of that layer. */
function plainStack(groups: readonly Group[]): { convolutions: Convolution[]; features: number } | null {
  const convolutions: Convolution[] = [];
  for (const { tensors } of groups) {
    const weight = tensors.get('weight');
    if (weight?.length === 2) return { convolutions, features: weight[1]! };
    if (weight?.length !== 4) continue;
    const [filters, channels, rows, columns] = weight as [number, number, number, number];
    const previous = convolutions.at(-1)?.filters;
    if (rows !== columns || (previous !== undefined && previous !== channels)) return null;
    convolutions.push({ filters, size: rows });
  }
  return null;
}

/** Bits by how they would be chosen by hand: pools where channels grow next or the row ends, then few of them. */
function masks(convolutions: readonly Convolution[]): readonly number[] {
  const count = convolutions.length;
  const isEnd = convolutions.map(({ filters }, i) => i === count - 1 || convolutions[i + 1]!.filters > filters);
  const cost = (mask: number) =>
    convolutions.reduce((sum, _, i) => sum + ((mask >> i) & 1 ? (isEnd[i] ? 1 : 1.75) : 0), 0);
  return Array.from({ length: 2 ** count }, (_, mask) => mask).sort((a, b) => cost(a) - cost(b));
}

/** Image and pools for which everything fits; null where there are none. */
export function fittingGuesses(groups: readonly Group[], channels: number): Guesses | null {
  const stack = plainStack(groups);
  if (!stack || stack.convolutions.length === 0 || stack.convolutions.length > MOST_CONVOLUTIONS) return null;
  const { convolutions, features } = stack;
  const cells = features / convolutions.at(-1)!.filters;
  const side = Math.sqrt(cells);
  if (cells === 1 || !Number.isInteger(side)) return null;
  const ordered = masks(convolutions);
  const endOf = (begin: number, mask: number, padded: Padded) =>
    convolutions.reduce((length, { size }, i) => {
      const behind = windowed(length, size, 1, paddingOf(padded, i, size));
      return (mask >> i) & 1 ? Math.floor(behind / 2) : behind;
    }, begin);
  // Windows of 3 x 3 are padded as a rule; of larger ones nothing is known.
  const together = convolutions.every(({ size }) => size <= 3) ? PADDED.map((rule) => [rule]) : [PADDED];
  for (const rules of together)
    for (const begin of sidesFor(channels))
      for (const mask of ordered) {
        const padded = rules.find((rule) => endOf(begin, mask, rule) === side);
        if (padded === undefined) continue;
        const pools = new Set(convolutions.flatMap((_, i) => ((mask >> i) & 1 ? [i] : [])));
        return { input: [begin, begin, channels], padded, pools };
      }
  return null;
}
