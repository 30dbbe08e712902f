/** When a training run prunes which layer how far. */
import type { GradualSchedule } from '../networks/compression/prune.js';
import { sparsityOf, sparsityTargets } from '../networks/compression/prune.js';
import type { LayerTargets } from '../networks/compression/targets.js';
import { isMacLayer, type Network } from '../networks/types.js';

export type PruningOptions =
  /** Weights that are zero at the start stay zero: fine-tuning of a pruned network. */
  | { readonly kind: 'keep' }
  /** From the sparsity at the start to `sparsity`, rising between two points in time given as shares of all steps. */
  | {
      readonly kind: 'gradual';
      readonly sparsity: LayerTargets;
      /** Default 0. */
      readonly begin?: number;
      /** Default 0.5: the rest of the training recovers what pruning cost. */
      readonly end?: number;
      /** How often weights are pruned after the first time; default 20. */
      readonly prunings?: number;
    };

/**
 * The schedule of each layer that is pruned.
 * @throws NetworkError if a layer is named that cannot be pruned, or a share is not in [0, 1)
 */
export function pruningSchedules(
  network: Network,
  options: PruningOptions | null,
  steps: number,
): Map<string, GradualSchedule> {
  if (options === null) return new Map();
  const initial = new Map(network.layers.filter(isMacLayer).map(({ name, weight }) => [name, sparsityOf(weight)]));
  if (options.kind === 'keep') {
    const never = { begin: Number.POSITIVE_INFINITY, interval: 1, count: 1 };
    return new Map([...initial].map(([name, sparsity]) => [name, { initial: sparsity, final: sparsity, ...never }]));
  }
  const { sparsity, begin = 0, end = 0.5, prunings = 20 } = options;
  const first = Math.floor(begin * steps);
  const span = Math.max(1, Math.floor(end * steps) - first);
  const count = Math.min(prunings, span);
  const interval = Math.floor(span / count);
  return new Map(
    [...sparsityTargets(network, sparsity)].map(([name, final]) => [
      name,
      { initial: initial.get(name)!, final, begin: first, interval, count },
    ]),
  );
}
