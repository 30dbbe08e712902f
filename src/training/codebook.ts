/** Weights that keep sharing few values while training moves them. */
import { nearestCentroid } from '../networks/compression/cluster.js';

/**
 * One round of k-means: every non-zero weight takes the value nearest to it, and every value becomes the mean of the
 * weights that took it. Zeros stay zero. A function of the weights and the starting values alone.
 * @param values ascending
 */
export function shareValues(weight: Float32Array, values: Float32Array): Float32Array {
  const place = Uint16Array.from(weight, (w) => (w === 0 ? 0 : nearestCentroid(values, w) + 1));
  const sums = new Float64Array(values.length + 1);
  const counts = new Uint32Array(values.length + 1);
  for (let i = 0; i < weight.length; i++) {
    sums[place[i]!]! += weight[i]!;
    counts[place[i]!]!++;
  }
  const means = sums.map((sum, i) => (i === 0 || counts[i] === 0 ? 0 : sum / counts[i]!));
  return Float32Array.from(place, (p) => means[p]!);
}
