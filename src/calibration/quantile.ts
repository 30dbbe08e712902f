/**
 * Exact quantiles of more magnitudes than fit in memory: a histogram over the upper half of their float32 bits, which
 * sorts as the values do, then an exact selection within the one bin.
 */
const BINS = 1 << 15;

/** Calls `sink` with all values, float32 and >= 0, in pieces; called twice, the same values each time. */
export type MagnitudeSource = (sink: (values: Float32Array) => void) => void;

/** The smallest value that at least a share `quantile` of all values does not exceed; 0 where there are none. */
export function streamedQuantile(source: MagnitudeSource, quantile: number): number {
  const histogram = new Float64Array(BINS);
  let total = 0;
  source((values) => {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (const word of bits) histogram[word >>> 16]!++;
    total += values.length;
  });
  if (total === 0) return 0;
  const rank = Math.max(Math.ceil(quantile * total), 1);
  let below = 0;
  let bin = 0;
  while (below + histogram[bin]! < rank) below += histogram[bin++]!;
  const inBin = new Float32Array(histogram[bin]!);
  let filled = 0;
  source((values) => {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (let i = 0; i < values.length; i++) if (bits[i]! >>> 16 === bin) inBin[filled++] = values[i]!;
  });
  return inBin.sort()[rank - below - 1]!;
}
