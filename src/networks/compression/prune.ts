/**
 * Magnitude pruning: the smallest weights of a layer are set to zero until its target sparsity is reached, at once or,
 * during training, along a gradual schedule (Zhu and Gupta 2017, arXiv 1710.01878).
 */
import { NetworkError } from '../../base/errors.js';
import { isMacLayer, type Network } from '../types.js';
import { type LayerTargets, targetsOf } from './targets.js';

/** Number of weights that a sparsity masks; half-way cases to even. */
function maskedCount(weights: number, sparsity: number): number {
  const exact = weights * sparsity;
  const below = Math.floor(exact);
  const rest = exact - below;
  return below + (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? 1 : 0);
}

/**
 * Which weights stay: 1, or 0 for the round(sparsity * n) of smallest magnitude; of equal ones the first go first.
 * @param sparsity share of zeros, in [0, 1)
 */
export function magnitudeMask(weight: Float32Array, sparsity: number): Uint8Array {
  const masked = maskedCount(weight.length, sparsity);
  const mask = new Uint8Array(weight.length).fill(1);
  if (masked === 0) return mask;
  const magnitudes = weight.map(Math.abs);
  const threshold = Float32Array.from(magnitudes).sort()[masked - 1]!;
  let ties = masked;
  for (const magnitude of magnitudes) if (magnitude < threshold) ties--;
  for (let i = 0; i < mask.length; i++) {
    if (magnitudes[i]! < threshold || (magnitudes[i] === threshold && ties-- > 0)) mask[i] = 0;
  }
  return mask;
}

/** The weights with those that the mask drops set to zero. */
export function applyMask(weight: Float32Array, mask: Uint8Array): Float32Array {
  return weight.map((w, i) => (mask[i] ? w : 0));
}

/** Share of zeros. */
export function sparsityOf(weight: ArrayLike<number>): number {
  let zeros = 0;
  for (let i = 0; i < weight.length; i++) if (weight[i] === 0) zeros++;
  return weight.length === 0 ? 0 : zeros / weight.length;
}

export interface LayerSparsity {
  readonly name: string;
  readonly weights: number;
  readonly zeros: number;
  /** zeros / weights. */
  readonly sparsity: number;
}

/** Zeros of every convolution and dense layer. */
export function sparsityReport(network: Network): LayerSparsity[] {
  return network.layers.filter(isMacLayer).map(({ name, weight }) => {
    const sparsity = sparsityOf(weight);
    return { name, weights: weight.length, zeros: Math.round(sparsity * weight.length), sparsity };
  });
}

/**
 * The sparsity wanted of each layer that is to be pruned.
 * @throws NetworkError if a name is not that of a convolution or dense layer, or a share is not in [0, 1)
 */
export function sparsityTargets(network: Network, sparsity: LayerTargets): Map<string, number> {
  const targets = targetsOf(network, sparsity, 'sparsity');
  for (const [name, target] of targets) {
    if (!(target >= 0 && target < 1)) {
      throw new NetworkError(
        `layer '${name}': a sparsity of ${target} is not in [0, 1); 0.5 prunes half of the weights`,
      );
    }
  }
  return targets;
}

/**
 * The network with the smallest weights of its convolutions and dense layers set to zero; biases and batch-norms stay.
 * @param sparsity share of zeros, one for all layers or by layer name (layers not named stay as they are)
 * @throws NetworkError if a name is not that of a convolution or dense layer, or a share is not in [0, 1)
 * @example pruneNetwork(network, { conv1: 0.5, dense1: 0.8 })
 */
export function pruneNetwork(network: Network, sparsity: LayerTargets): { network: Network; report: LayerSparsity[] } {
  const targets = sparsityTargets(network, sparsity);
  const layers = network.layers.map((layer) => {
    const target = targets.get(layer.name);
    if (target === undefined || !isMacLayer(layer)) return layer;
    return { ...layer, weight: applyMask(layer.weight, magnitudeMask(layer.weight, target)) };
  });
  const pruned = { ...network, layers };
  return { network: pruned, report: sparsityReport(pruned) };
}

export interface GradualSchedule {
  /** Sparsity before and after. */
  readonly initial: number;
  readonly final: number;
  /** First training step at which weights are pruned. */
  readonly begin: number;
  /** Steps between prunings, and how many follow the first. */
  readonly interval: number;
  readonly count: number;
}

/**
 * Sparsity in force at training step `step`: final + (initial - final) (1 - (t - begin) / (count * interval))^3 with t
 * the last pruning at or before `step` (Zhu and Gupta 2017, equation 1). Rises fast at first, while weights abound.
 */
export function gradualSparsity({ initial, final, begin, interval, count }: GradualSchedule, step: number): number {
  if (step < begin) return initial;
  const prunings = Math.min(count, Math.floor((step - begin) / interval));
  return final + (initial - final) * (1 - prunings / count) ** 3;
}

/** Whether the sparsity changes at `step`. */
export function prunesAt({ begin, interval, count }: GradualSchedule, step: number): boolean {
  return step >= begin && (step - begin) % interval === 0 && (step - begin) / interval <= count;
}
