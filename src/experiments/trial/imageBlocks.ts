/** A trial in blocks of images whose bounds never change: what is stored while it runs, and what it is put together from. */
import { BACKEND_TRAITS, type BackendName } from '../../emulation/backends/types.js';
import type { TrialBlock } from '../sweep/types.js';

const BLOCK_BATCHES = 4;

/** Images of a block, whole batches of the backend. A killed process loses at most the blocks it was running. */
export const blockImages = (backend: BackendName): number => BLOCK_BATCHES * BACKEND_TRAITS[backend].batch;

export interface BlockBounds {
  readonly first: number;
  readonly count: number;
}

/** Bounds of the blocks of a trial. */
export function blockBounds(images: number, backend: BackendName): BlockBounds[] {
  const size = blockImages(backend);
  return Array.from({ length: Math.ceil(images / size) }, (_, i) => ({
    first: i * size,
    count: Math.min(size, images - i * size),
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
