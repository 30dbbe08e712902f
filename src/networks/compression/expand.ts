/** Clustered weights back as the weights themselves. */
import type { CompressedWeights } from './types.js';

/** Index 0 means pruned, so a byte tells this many clusters apart. */
export const MAXIMUM_CLUSTERS = 255;

/** The weights that a table and its indices stand for. */
export function expandWeights({ centroids, index }: CompressedWeights): Float32Array {
  const values = new Float32Array(centroids.length + 1);
  values.set(centroids, 1);
  const weights = new Float32Array(index.length);
  for (let i = 0; i < index.length; i++) weights[i] = values[index[i]!]!;
  return weights;
}
