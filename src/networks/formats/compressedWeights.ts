/** Pruned and clustered weights as three tensors: which are not zero, their cluster each, the clusters' values. */
import { expandWeights, MAXIMUM_CLUSTERS } from '../compression/expand.js';
import type { CompressedWeights } from '../compression/types.js';
import { bitsFor, packBits, packedBytes, paddingIsZero, unpackBits } from './bits.js';

export interface PackedWeights {
  /** One bit per weight, 1 where it is not pruned. */
  readonly mask: Uint8Array;
  /** Cluster (0-based) of each weight that is not pruned, ceil(log2 clusters) bits each. */
  readonly index: Uint8Array;
}

/** What is wrong with `compressed` as the form of `weight`; null if nothing is. */
export function compressionProblem({ centroids, index }: CompressedWeights, weight: Float32Array): string | null {
  if (centroids.length > MAXIMUM_CLUSTERS)
    return `${centroids.length} centroids, at most ${MAXIMUM_CLUSTERS} are possible`;
  if (index.length !== weight.length) return `index has ${index.length} entries for ${weight.length} weights`;
  const beyond = index.findIndex((cluster) => cluster > centroids.length);
  if (beyond >= 0) return `index[${beyond}] is ${index[beyond]}, but there are ${centroids.length} centroids`;
  const expanded = expandWeights({ centroids, index });
  // A pruned weight may be -0 in the network (a masked negative one); it reads back as +0.
  const different = weight.findIndex(
    (value, i) => value !== expanded[i] || (index[i] !== 0 && !Object.is(value, expanded[i])),
  );
  return different < 0
    ? null
    : `weight[${different}] is ${weight[different]}, its cluster's value is ${expanded[different]}`;
}

/** Packs valid compressed weights. */
export function packWeights({ centroids, index }: CompressedWeights): PackedWeights {
  const kept = index.filter((cluster) => cluster !== 0).map((cluster) => cluster - 1);
  return {
    mask: packBits(
      index.map((cluster) => (cluster === 0 ? 0 : 1)),
      1,
    ),
    index: packBits(kept, bitsFor(centroids.length)),
  };
}

/**
 * The index of `count` weights out of their packed form.
 * @throws what `refuse` makes of (which tensor, byte in it, problem)
 */
export function unpackWeights(
  { mask, index }: PackedWeights,
  count: number,
  clusters: number,
  refuse: (tensor: 'mask' | 'index', byte: number, problem: string) => Error,
): Uint8Array {
  const maskBytes = packedBytes(count, 1);
  if (mask.length !== maskBytes)
    throw refuse('mask', 0, `has ${mask.length} bytes, ${count} weights take ${maskBytes}`);
  if (!paddingIsZero(mask, count, 1)) throw refuse('mask', mask.length - 1, 'has bits set behind the last weight');
  const unpacked = unpackBits(mask, count, 1);
  let kept = 0;
  for (let i = 0; i < count; i++) kept += unpacked[i]!;
  if (kept > 0 && clusters === 0) throw refuse('mask', 0, `keeps ${kept} weights, but there are no centroids`);
  const width = bitsFor(clusters);
  const indexBytes = packedBytes(kept, width);
  if (index.length !== indexBytes) {
    throw refuse(
      'index',
      0,
      `has ${index.length} bytes; the mask keeps ${kept} weights of ${width} bits each, ${indexBytes} bytes`,
    );
  }
  if (!paddingIsZero(index, kept, width)) throw refuse('index', index.length - 1, 'has bits set behind the last entry');
  const cluster = unpackBits(index, kept, width);
  let beyond = 0;
  while (beyond < kept && cluster[beyond]! < clusters) beyond++;
  if (beyond < kept) {
    throw refuse(
      'index',
      Math.floor((beyond * width) / 8),
      `entry ${beyond} is cluster ${cluster[beyond]}, but there are ${clusters}`,
    );
  }
  for (let i = 0, next = 0; i < count; i++) {
    if (unpacked[i] === 1) unpacked[i] = cluster[next++]! + 1;
  }
  return unpacked;
}
