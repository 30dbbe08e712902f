/** All that a training run moves: parameters, the optimizer's state, masks. */
import { registerGradients, type Scalar, type Tensor, type Tf, type Variable } from '../base/tensorflow/tf.js';
import type { Batch } from './batches.js';
import { softmaxCrossEntropy, targetDistributions } from './loss.js';
import { createMasks, type Masks } from './masks.js';
import { createOptimizer, type Optimizer } from './optimizer.js';
import { pruningSchedules } from './pruning.js';
import type { TrainingState } from './state.js';
import { makeTrainable, type TrainableNetwork } from './trainable.js';
import type { TrainOptions } from './trainOptions.js';

export interface Session {
  readonly model: TrainableNetwork;
  readonly optimizer: Optimizer;
  readonly masks: Masks;
  /** What a saved state holds, in order. */
  readonly stored: readonly Variable[];
  /** The last step at which weights are pruned; 0 without pruning. */
  readonly settled: number;
  /** Notes the parameters as the best so far, and takes the best back; for early stopping. */
  keepBest(): void;
  restoreBest(): void;
  /** Takes over a saved state; null begins with the network as it was given. */
  begin(state: TrainingState | null): Promise<void>;
  dispose(): void;
}

/** @throws UnsupportedLayerError, NetworkError for a network or pruning that cannot be trained */
export function createSession(options: TrainOptions, steps: number): Session {
  registerGradients();
  const { tf, network, pruning } = options;
  const schedules = pruningSchedules(network, pruning, steps);
  const model = makeTrainable(tf, network);
  const optimizer = createOptimizer(tf, options.optimizer, model.trained);
  const masks = createMasks(
    tf,
    [...schedules].map(([name, schedule]) => {
      const weight = model.weights.get(name)!;
      return { name, weight, schedule, slots: optimizer.slots[model.trained.indexOf(weight)]! };
    }),
  );
  const copy = (variable: Variable) => tf.tidy(() => tf.variable(tf.clone(variable), false));
  const best = options.earlyStop ? model.parameters.map(copy) : [];
  const stored = [...model.parameters, ...optimizer.slots.flat(), ...best];
  const ends = [...schedules.values()].map(({ begin, interval, count }) => begin + interval * count);
  return {
    model,
    optimizer,
    masks,
    stored,
    settled: Math.max(0, ...ends.filter(Number.isFinite)),
    keepBest: () =>
      tf.tidy(() => {
        for (const [i, variable] of best.entries()) variable.assign(tf.clone(model.parameters[i]!));
      }),
    restoreBest: () =>
      tf.tidy(() => {
        for (const [i, variable] of best.entries()) model.parameters[i]!.assign(tf.clone(variable));
      }),
    begin: async (state) => {
      for (const [i, variable] of state ? stored.entries() : []) {
        tf.tidy(() => variable.assign(tf.tensor(state!.values[i]!, variable.shape)));
      }
      const wasPruned = state !== null && [...schedules.values()].some(({ begin }) => begin < state.step);
      if (pruning?.kind === 'keep' || wasPruned) await masks.adoptZeros();
    },
    dispose: () => {
      for (const variable of best) variable.dispose();
      masks.dispose();
      optimizer.dispose();
      model.dispose();
    },
  };
}

export interface StepOutcome {
  readonly loss: number;
  /** Images of the batch whose largest logit was that of their label. */
  readonly correct: number;
}

function inputsOf(
  tf: Tf,
  batch: Batch,
  { network, train, labelSmoothing }: TrainOptions,
): { input: Tensor; targets: Tensor } {
  const count = batch.labels.length;
  const distributions = targetDistributions(batch.labels, train.classes, labelSmoothing);
  return {
    input: tf.tensor(batch.inputs, [count, ...network.inputShape]),
    targets: tf.tensor2d(distributions, [count, train.classes]),
  };
}

/** One step down the gradient of one batch. */
export function trainStep(
  session: Session,
  options: TrainOptions,
  batch: Batch,
  step: number,
  learningRate: number,
): StepOutcome {
  const { tf, l2 } = options;
  const { model, optimizer, masks } = session;
  const decaying = new Set<Variable>(model.weights.values());
  return tf.tidy(() => {
    const { input, targets } = inputsOf(tf, batch, options);
    let logits: Tensor | undefined;
    const { value, grads } = tf.variableGrads(() => {
      logits = tf.keep(model.forward(input, masks.tensors, options.emulation));
      return tf.reshape(softmaxCrossEntropy(tf, logits, targets), []) as Scalar;
    }, [...model.trained]);
    const gradients = model.trained.map((variable) => {
      const gradient = grads[variable.name]!;
      return l2 > 0 && decaying.has(variable) ? tf.add(gradient, tf.mul(variable, l2)) : gradient;
    });
    optimizer.apply(gradients, learningRate, step);
    model.updateStatistics();
    const predicted = tf.argMax(logits!, 1).dataSync();
    logits!.dispose();
    const correct = Array.from(batch.labels).filter((label, i) => predicted[i] === label).length;
    return { loss: value.dataSync()[0]!, correct };
  });
}
