/** A trial in blocks of images whose bounds never change: what is stored while it runs, and what it is put together from. */
import type { TrialBlock } from '../sweep/types.js';

/** Images of a block. A killed process loses at most the blocks it was running. */
export const BLOCK_IMAGES = 64;

export interface BlockBounds {
  readonly first: number;
  readonly count: number;
}

/** Bounds of the blocks of a trial. */
export function blockBounds(images: number): BlockBounds[] {
  return Array.from({ length: Math.ceil(images / BLOCK_IMAGES) }, (_, i) => ({
    first: i * BLOCK_IMAGES,
    count: Math.min(BLOCK_IMAGES, images - i * BLOCK_IMAGES),
  }));
}

/** Blocks of a store by their first image; what is not of these bounds or fidelity counts as absent. */
export function usableBlocks(
  stored: readonly TrialBlock[],
  bounds: readonly BlockBounds[],
  isEmulated: boolean,
): Map<number, TrialBlock> {
  const wanted = new Map(bounds.map(({ first, count }) => [first, count]));
  const fits = ({ first, count, digitalClasses, emulatedClasses, activity }: TrialBlock) =>
    wanted.get(first) === count &&
    digitalClasses.length === count &&
    (isEmulated ? emulatedClasses?.length === count && activity?.images === count : emulatedClasses === null);
  return new Map(stored.filter(fits).map((block) => [block.first, block]));
}
