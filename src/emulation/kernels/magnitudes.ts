/**
 * Counts of magnitudes by the bits of their float32, which sort as the values do: in two passes, first by the upper half of
 * the bits, then by the lower half where the upper is a given one, they are counts of every single value around a quantile.
 */

/** Upper halves of float32 that are >= 0, and lower halves. */
export const UPPER_BINS = 2 ** 15;
export const LOWER_BINS = 2 ** 16;

export interface MagnitudeCounts {
  /** Null: counted by the upper 16 bits. Else only values with these upper bits are, by their lower 16. */
  readonly upper: number | null;
  /** [UPPER_BINS] or [LOWER_BINS], raised. */
  readonly counts: Float64Array;
  /** What a counted float32 of 1 stands for; whoever counts writes it. */
  unit: number;
}

/** Nothing counted yet. */
export function emptyCounts(upper: MagnitudeCounts['upper']): MagnitudeCounts {
  return { upper, counts: new Float64Array(upper === null ? UPPER_BINS : LOWER_BINS), unit: 1 };
}

/** Counts of parts together. @param parts at least one, counted by the same bits and in the same unit, if at all. */
export function mergeCounts(parts: readonly MagnitudeCounts[]): MagnitudeCounts {
  const merged = emptyCounts(parts[0]!.upper);
  for (const { counts, unit } of parts) {
    // A part without images has no unit of its own.
    if (unit !== 1) merged.unit = unit;
    for (let bin = 0; bin < counts.length; bin++) merged.counts[bin]! += counts[bin]!;
  }
  return merged;
}

/** Counts the magnitudes of float32 values. */
export function countMagnitudes(values: Float32Array, { upper, counts }: MagnitudeCounts): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  if (upper === null) {
    for (let at = 0; at < words.length; at++) counts[(words[at]! >>> 16) & 0x7fff]!++;
    return;
  }
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (((word >>> 16) & 0x7fff) === upper) counts[word & 0xffff]!++;
  }
}
