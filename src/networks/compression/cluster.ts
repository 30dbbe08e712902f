/**
 * Weight sharing: the non-zero weights of a layer take one of at most C values, so that log2(C) bits address them.
 * Start: density-based, the weights' cumulative distribution cut into C equal parts, as SONIC has it; then k-means
 * (Lloyd 1982), in one dimension on the sorted weights. Zeros stay zero and use no centroid. Nothing is random.
 */
import { firstIndex } from '../../base/bisection.js';
import { NetworkError } from '../../base/errors.js';
import { isMacLayer, type Network } from '../types.js';
import { expandWeights, MAXIMUM_CLUSTERS } from './expand.js';
import { type LayerTargets, targetsOf } from './targets.js';
import type { CompressedWeights } from './types.js';

/** Rounds of k-means; in one dimension it settles far earlier. */
const MAXIMUM_ROUNDS = 1000;

function ascendingDistinct(values: Iterable<number>): Float32Array {
  const sorted = Float32Array.from(values).sort();
  return sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
}

/** Number of the centroid nearest to `value`, of two equally near the lower. */
export function nearestCentroid(centroids: Float32Array, value: number): number {
  return firstIndex(centroids.length - 1, (at) => value <= (centroids[at]! + centroids[at + 1]!) / 2);
}

/** The median of each of `clusters` parts of equal size of the sorted weights, without repetitions. */
function densityCentroids(sorted: Float32Array, clusters: number): Float32Array {
  const parts = Math.min(clusters, sorted.length);
  const medians = Array.from(
    { length: parts },
    (_, part) => sorted[Math.floor(((part + 0.5) * sorted.length) / parts)]!,
  );
  return ascendingDistinct(medians);
}

/** First sorted weight that is nearer to centroid `i + 1` than to `i`, for each i; then the number of weights. */
function boundaries(sorted: Float32Array, centroids: Float64Array): Int32Array {
  return Int32Array.from(centroids, (centroid, i) => {
    if (i + 1 === centroids.length) return sorted.length;
    const middle = (centroid + centroids[i + 1]!) / 2;
    return firstIndex(sorted.length, (at) => sorted[at]! > middle);
  });
}

/** Centroids after k-means from `start`: each the mean of the weights nearest to it. */
function refine(sorted: Float32Array, start: Float32Array): Float64Array {
  const sums = new Float64Array(sorted.length + 1);
  for (let i = 0; i < sorted.length; i++) sums[i + 1] = sums[i]! + sorted[i]!;
  let centroids = Float64Array.from(start);
  let ends: Int32Array = new Int32Array(0);
  for (let round = 0; round < MAXIMUM_ROUNDS; round++) {
    const next = boundaries(sorted, centroids);
    if (next.every((end, i) => end === ends[i])) break;
    ends = next;
    centroids = centroids.map((centroid, i) => {
      const begin = i === 0 ? 0 : ends[i - 1]!;
      return ends[i]! > begin ? (sums[ends[i]!]! - sums[begin]!) / (ends[i]! - begin) : centroid;
    });
  }
  return centroids;
}

/**
 * Clusters the non-zero weights of a layer.
 * @param clusters largest number of distinct non-zero values, 1 .. 255; fewer where the weights have fewer
 */
export function clusterWeights(weight: Float32Array, clusters: number): CompressedWeights {
  const sorted = weight.filter((w) => w !== 0).sort();
  const distinct = ascendingDistinct(sorted);
  if (distinct.length <= clusters) return compressWeights(weight)!;
  const centroids = ascendingDistinct(refine(sorted, densityCentroids(sorted, clusters)));
  // A centroid of weights around zero can be zero itself: those weights are then pruned.
  return compressWeights(weight.map((w) => (w === 0 ? 0 : centroids[nearestCentroid(centroids, w)]!)))!;
}

/** The compressed form of weights that already have at most 255 distinct non-zero values; null if they have more. */
export function compressWeights(weight: Float32Array): CompressedWeights | null {
  const values = new Set<number>();
  for (const w of weight) {
    if (w !== 0) values.add(w);
    if (values.size > MAXIMUM_CLUSTERS) return null;
  }
  const centroids = Float32Array.from(values).sort();
  const place = new Map(Array.from(centroids, (centroid, i) => [centroid, i + 1]));
  return { centroids, index: Uint8Array.from(weight, (w) => (w === 0 ? 0 : place.get(w)!)) };
}

export interface LayerClusters {
  readonly name: string;
  /** Distinct non-zero values. */
  readonly clusters: number;
  /** Root mean square of the change of the non-zero weights. */
  readonly rmsError: number;
}

export interface ClusteredNetwork {
  readonly network: Network;
  /** By layer name, for the checkpoint. */
  readonly compressed: Record<string, CompressedWeights>;
  readonly report: LayerClusters[];
}

function rmsChange(before: Float32Array, after: Float32Array): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < before.length; i++) {
    if (before[i] === 0) continue;
    sum += (before[i]! - after[i]!) ** 2;
    count++;
  }
  return count === 0 ? 0 : Math.sqrt(sum / count);
}

/**
 * The largest number of non-zero values of each layer that is to be clustered.
 * @throws NetworkError if a name is not that of a convolution or dense layer, or a number is not 1 .. 255
 */
export function clusterTargets(network: Network, clusters: LayerTargets): Map<string, number> {
  const targets = targetsOf(network, clusters, 'clusters');
  for (const [name, count] of targets) {
    if (!Number.isInteger(count) || count < 1 || count > MAXIMUM_CLUSTERS) {
      throw new NetworkError(`layer '${name}': ${count} clusters; an integer from 1 to ${MAXIMUM_CLUSTERS} is needed`);
    }
  }
  return targets;
}

/**
 * The network with the weights of its convolutions and dense layers clustered.
 * @param clusters largest number of non-zero values, one for all layers or by layer name
 * @throws NetworkError if a name is not that of a convolution or dense layer, or a number is not 1 .. 255
 */
export function clusterNetwork(network: Network, clusters: LayerTargets): ClusteredNetwork {
  const targets = clusterTargets(network, clusters);
  const compressed: Record<string, CompressedWeights> = {};
  const report: LayerClusters[] = [];
  const layers = network.layers.map((layer) => {
    const count = targets.get(layer.name);
    if (count === undefined || !isMacLayer(layer)) return layer;
    const form = clusterWeights(layer.weight, count);
    const weight = expandWeights(form);
    compressed[layer.name] = form;
    report.push({ name: layer.name, clusters: form.centroids.length, rmsError: rmsChange(layer.weight, weight) });
    return { ...layer, weight };
  });
  return { network: { ...network, layers }, compressed, report };
}
