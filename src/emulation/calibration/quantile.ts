/** Exact quantiles of more magnitudes than fit in memory: two passes over them, each counting into a fixed number of bins. */
import { emptyCounts } from '../kernels/magnitudes.js';

/** Bin of the value of this rank, counted from 1, and how many values lie in bins below it. */
function binOfRank(counts: Float64Array, rank: number): { bin: number; below: number } {
  let [bin, below] = [0, 0];
  while (below + counts[bin]! < rank) below += counts[bin++]!;
  return { bin, below };
}

/**
 * The smallest value that at least a share `quantile` of all magnitudes does not exceed. All of them are counted into
 * `counts`; after `refine` the same ones are counted into the new `counts`; then `value` is the answer.
 */
export class QuantileSearch {
  #rank = 0;
  counts = emptyCounts(null);

  constructor(readonly quantile: number) {}

  /** Between the two passes. */
  refine(): void {
    const { counts } = this.counts;
    const total = counts.reduce((sum, count) => sum + count, 0);
    const rank = Math.max(Math.ceil(this.quantile * total), 1);
    const { bin, below } = total === 0 ? { bin: 0, below: 0 } : binOfRank(counts, rank);
    this.#rank = total === 0 ? 0 : rank - below;
    this.counts = emptyCounts(bin);
  }

  /** After the second pass; 0 where there were no values. */
  get value(): number {
    const { upper, counts, unit } = this.counts;
    if (this.#rank === 0) return 0;
    const word = Uint32Array.of(((upper ?? 0) << 16) | binOfRank(counts, this.#rank).bin);
    return Math.fround(new Float32Array(word.buffer)[0]! * unit);
  }
}
