/** What a scan does to one layer: prune it to a sparsity, or cluster its weights, and nothing else. */
import { clusterWeights } from '../../networks/compression/cluster.js';
import { expandWeights } from '../../networks/compression/expand.js';
import { applyMask, magnitudeMask } from '../../networks/compression/prune.js';
import type { ChangedWeights } from '../../networks/forward.js';
import { isMacLayer, type MacLayer, type Network } from '../../networks/types.js';

/** Share of zeros, or largest number of distinct non-zero weights. */
export interface Variant {
  readonly kind: 'sparsity' | 'clusters';
  readonly value: number;
}

/** The layer's weights after that, as `sonic prune` and `sonic cluster` make them. */
export function variantWeights({ weight }: Pick<MacLayer, 'weight'>, { kind, value }: Variant): Float32Array {
  return kind === 'sparsity'
    ? applyMask(weight, magnitudeMask(weight, value))
    : expandWeights(clusterWeights(weight, value));
}

/** Targets of one layer, in the order in which they are applied; null leaves it as it is. */
export interface Targets {
  readonly sparsity: number | null;
  readonly clusters: number | null;
}

/** Weights of the layers that targets change: pruned, and then clustered, each to its own. */
export function targetWeights(network: Network, targets: ReadonlyMap<string, Targets>): ChangedWeights {
  const weights = new Map<string, Float32Array>();
  for (const layer of network.layers) {
    const own = targets.get(layer.name);
    if (!own || !isMacLayer(layer)) continue;
    let { weight } = layer;
    for (const [kind, value] of Object.entries(own) as [Variant['kind'], number | null][]) {
      if (value !== null) weight = variantWeights({ weight }, { kind, value });
    }
    if (weight !== layer.weight) weights.set(layer.name, weight);
  }
  return weights;
}
