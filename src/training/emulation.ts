/** What a training run asks of emulated hardware: the values of its layers, while gradients stay the digital ones. */
import type { Tensor, Tf } from '../base/tensorflow/tf.js';
import type { Network } from '../networks/types.js';

export interface ForwardEmulation {
  /** Hash of the hardware and its seeds, for the run's fingerprint. */
  readonly key: string;
  /** Steps after which it takes nothing over from those before: where a run may be cut and gone on with, bit for bit. */
  readonly settles: number;
  /** Output of each convolution and dense layer, or of the batch-norm that the hardware runs with it, by that output's name. */
  readonly outputs: ReadonlyMap<string, string>;
  /** Takes over the network as it is before `step`. */
  update(network: Network, step: number): Promise<void>;
  /** What layer `name` (with its batch-norm) yields for the batch `input` [batch, ...], a tensor of its own. */
  run(name: string, input: Tensor): Tensor;
  dispose(): void;
}

/** `value` in the place of `y`, both of one shape; the gradient passes straight through to `y` (Bengio et al. 2013). */
export function straightThrough(tf: Tf, y: Tensor, value: Tensor): Tensor {
  return tf.customGrad(() => ({ value: tf.clone(value), gradFunc: (dy: Tensor) => tf.clone(dy) }))(y);
}
