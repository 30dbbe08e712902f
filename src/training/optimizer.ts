/** Gradient steps. Their state is held in variables, so that it can be saved and restored. */
import type { Tensor, Tf, Variable } from '../base/tensorflow/tf.js';

export type OptimizerOptions =
  /** v = momentum v - rate g; w += momentum v - rate g (Nesterov's momentum as in Sutskever et al. 2013). */
  | { readonly kind: 'nesterov'; readonly momentum: number }
  /** Kingma and Ba 2015. */
  | { readonly kind: 'adam'; readonly beta1: number; readonly beta2: number; readonly epsilon: number };

export interface Optimizer {
  /** Moves every variable along its gradient, in the order both are given; `step` counts from 0. */
  apply(gradients: readonly Tensor[], learningRate: number, step: number): void;
  /** Per variable the slots of state, each of the variable's shape. */
  readonly slots: readonly (readonly Variable[])[];
  dispose(): void;
}

function nesterovStep(
  tf: Tf,
  variable: Variable,
  velocity: Variable,
  gradient: Tensor,
  momentum: number,
  rate: number,
): void {
  const push = tf.mul(gradient, rate);
  velocity.assign(tf.sub(tf.mul(velocity, momentum), push));
  variable.assign(tf.add(variable, tf.sub(tf.mul(velocity, momentum), push)));
}

type Adam = Extract<OptimizerOptions, { kind: 'adam' }>;

function adamStep(
  tf: Tf,
  variable: Variable,
  slots: readonly Variable[],
  gradient: Tensor,
  options: Adam,
  rate: number,
  step: number,
): void {
  const { beta1, beta2, epsilon } = options;
  const [mean, square] = slots as [Variable, Variable];
  mean.assign(tf.add(tf.mul(mean, beta1), tf.mul(gradient, 1 - beta1)));
  square.assign(tf.add(tf.mul(square, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
  const scale = (rate * Math.sqrt(1 - beta2 ** (step + 1))) / (1 - beta1 ** (step + 1));
  variable.assign(tf.sub(variable, tf.div(tf.mul(mean, scale), tf.add(tf.sqrt(square), epsilon))));
}

/** An optimizer of `variables` with all state 0. */
export function createOptimizer(tf: Tf, options: OptimizerOptions, variables: readonly Variable[]): Optimizer {
  const count = options.kind === 'adam' ? 2 : 1;
  const zero = (variable: Variable) => tf.tidy(() => tf.variable(tf.zeros(variable.shape), false));
  const slots = variables.map((variable) => Array.from({ length: count }, () => zero(variable)));
  return {
    slots,
    apply: (gradients, learningRate, step) =>
      tf.tidy(() => {
        for (const [i, variable] of variables.entries()) {
          if (options.kind === 'adam') adamStep(tf, variable, slots[i]!, gradients[i]!, options, learningRate, step);
          else nesterovStep(tf, variable, slots[i]![0]!, gradients[i]!, options.momentum, learningRate);
        }
      }),
    dispose: () => {
      for (const slot of slots.flat()) slot.dispose();
    },
  };
}
