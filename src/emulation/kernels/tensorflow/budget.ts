/** Bounds on what the composed kernels hold at a time. */

/**
 * Elements of the largest tensor of a block. About eight of its size live at once: 8 MiB on a CPU, where blocks should
 * stay in its caches, and 512 MiB on a GPU, where one block should fill it. Beside the block there is the noise of one
 * layer's image (chunk rows x samples), and for a convolution the patches of one image (taps x channels x positions).
 */
export interface Budget {
  readonly elements: number;
}

export const CPU_BUDGET: Budget = { elements: 2 ** 18 };
export const GPU_BUDGET: Budget = { elements: 2 ** 24 };

/** Bounds [begin, end] of consecutive blocks of at most `size` of `count` things. */
export function blocksOf(count: number, size: number): [number, number][] {
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => [i * size, Math.min((i + 1) * size, count)]);
}

/** How many things of `elements` elements each a block takes; at least one. */
export function perBlock({ elements }: Budget, each: number): number {
  return Math.max(1, Math.floor(elements / Math.max(1, each)));
}
