/** The masks of a network that is pruned while it trains. */

import type { Tensor, Tf, Variable } from '../base/tensorflow/tf.js';
import {
  type GradualSchedule,
  gradualSparsity,
  magnitudeMask,
  prunesAt,
  sparsityOf,
} from '../networks/compression/prune.js';

export interface PrunedWeight {
  readonly name: string;
  readonly weight: Variable;
  /** The optimizer's state of this weight: dropped with it, or it would move on. */
  readonly slots: readonly Variable[];
  readonly schedule: GradualSchedule;
}

export interface Masks {
  /** By layer name; a layer without is not pruned yet. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Prunes whatever is due at `step`. */
  update(step: number): Promise<void>;
  /** Masks what is zero already: on resuming, or to keep the sparsity of a pruned network. */
  adoptZeros(): Promise<void>;
  /** Share of zeros by layer. */
  sparsity(): Record<string, number>;
  dispose(): void;
}

/** Masks of `pruned`, none at first. */
export function createMasks(tf: Tf, pruned: readonly PrunedWeight[]): Masks {
  const tensors = new Map<string, Tensor>();
  const shares: Record<string, number> = Object.fromEntries(pruned.map(({ name }) => [name, 0]));
  const set = ({ name, weight, slots }: PrunedWeight, mask: Uint8Array) => {
    tensors.get(name)?.dispose();
    const tensor = tf.keep(tf.tensor(Float32Array.from(mask), weight.shape));
    tensors.set(name, tensor);
    shares[name] = sparsityOf(mask);
    tf.tidy(() => {
      for (const variable of [weight, ...slots]) variable.assign(tf.mul(variable, tensor));
    });
  };
  return {
    tensors,
    sparsity: () => ({ ...shares }),
    update: async (step) => {
      for (const entry of pruned) {
        if (!prunesAt(entry.schedule, step)) continue;
        const values = (await entry.weight.data()) as Float32Array;
        set(entry, magnitudeMask(values, gradualSparsity(entry.schedule, step)));
      }
    },
    adoptZeros: async () => {
      for (const entry of pruned) {
        const values = (await entry.weight.data()) as Float32Array;
        set(
          entry,
          Uint8Array.from(values, (value) => (value === 0 ? 0 : 1)),
        );
      }
    },
    dispose: () => {
      for (const tensor of tensors.values()) tensor.dispose();
    },
  };
}
