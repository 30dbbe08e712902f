/** What clustering makes of a layer's weights. */

/** Weights that share few values; weight i is centroids[index[i] - 1], or exactly 0 where index[i] is 0 (pruned). */
export interface CompressedWeights {
  /** Signed cluster values, at most 255. */
  readonly centroids: Float32Array;
  /** One entry per weight, in the order of the layer's `weight`. */
  readonly index: Uint8Array;
}
