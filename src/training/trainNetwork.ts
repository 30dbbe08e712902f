/**
 * Trains a network as a classifier: softmax cross-entropy, L2 on weights, momentum or Adam, pruning along the way. Where
 * it starts from, and whether that is pruned already, is the network's own affair: fine-tuning is the same function.
 * Everything random comes from the seed.
 */

import { NetworkError } from '../base/errors.js';
import type { Dataset } from '../datasets/types.js';
import type { Network } from '../networks/types.js';
import { type BatchSource, batchesPerEpoch, makeBatch, shuffledOrder } from './batches.js';
import { hasStalled, holdOut, isBest } from './earlyStop.js';
import { digitalAccuracy } from './evaluate.js';
import { learningRateAt } from './learningRate.js';
import type { TrainingLogEntry } from './log.js';
import { loadState, readVariables, saveState } from './state.js';
import { createSession, type Session, trainStep } from './trainingSession.js';
import { checkOptions, fingerprintOf, type TrainOptions } from './trainOptions.js';
import { registerWasmGradients } from './wasmGradients.js';

export interface TrainResult {
  readonly network: Network;
  readonly history: readonly TrainingLogEntry[];
  readonly elapsed_s: number;
}

/** Lets timers and signals in between two steps. */
const breathe = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Means over the steps since the last line of the log. */
class Tally {
  private loss = 0;
  private correct = 0;
  private seen = 0;

  add(loss: number, correct: number, images: number): void {
    this.loss += loss * images;
    this.correct += correct;
    this.seen += images;
  }

  take(): { loss: number; accuracy: number } {
    const means = { loss: this.loss / this.seen, accuracy: this.correct / this.seen };
    [this.loss, this.correct, this.seen] = [0, 0, 0];
    return means;
  }
}

/** A run's data: what it trains on, and what early stopping watches. */
interface RunData {
  readonly fitted: Dataset;
  readonly held: Dataset | null;
  readonly perEpoch: number;
  readonly steps: number;
}

function dataOf(options: TrainOptions): RunData {
  const { train, earlyStop, batchSize, epochs } = options;
  const { fitted, held } = earlyStop ? holdOut(train, earlyStop.validationImages) : { fitted: train, held: null };
  const perEpoch = batchesPerEpoch({ data: fitted, batchSize });
  return { fitted, held, perEpoch, steps: options.steps ?? epochs * perEpoch };
}

async function runSteps(session: Session, options: TrainOptions, data: RunData): Promise<TrainResult> {
  const { fitted, held, perEpoch, steps } = data;
  const { tf, network, test, seed, earlyStop, emulation, logEvery = 100, saveEvery_s = 30, stateFile, onLog } = options;
  const source: BatchSource = {
    network,
    data: fitted,
    batchSize: options.batchSize,
    seed,
    augmentation: options.augmentation,
  };
  const { model, masks, stored } = session;
  const fingerprint = fingerprintOf(options);
  const sizes = stored.map((variable) => variable.size);
  const resumed = stateFile === undefined ? null : await loadState(stateFile, fingerprint, sizes);
  await session.begin(resumed);

  const first = resumed?.step ?? 0;
  const history = [...(resumed?.history ?? [])];
  const started = performance.now() - 1000 * (resumed?.elapsed_s ?? 0);
  const elapsed_s = () => (performance.now() - started) / 1000;
  const tally = new Tally();
  let saved_s = elapsed_s();
  let order: Uint32Array = new Uint32Array(0);
  for (let step = first; step < steps; step++) {
    if (earlyStop && hasStalled(history, earlyStop.patience)) break;
    const [epoch, index] = [Math.floor(step / perEpoch), step % perEpoch];
    if (index === 0 || step === first) order = shuffledOrder(fitted.count, seed, epoch);
    await masks.update(step);
    await emulation?.update(await model.toNetwork(), step);
    const batch = makeBatch(source, order, epoch, index);
    const learningRate = learningRateAt(options.learningRate, step / steps);
    const { loss, correct } = trainStep(session, options, batch, step, learningRate);
    if (!Number.isFinite(loss)) {
      throw new NetworkError(
        `training of '${network.name}' diverged at step ${step} (loss ${loss}); lower the learning rate ${learningRate}`,
      );
    }
    tally.add(loss, correct, batch.labels.length);
    const done = step + 1;
    const endsEpoch = done % perEpoch === 0 || done === steps;
    if (endsEpoch || done % logEvery === 0) {
      const validates = endsEpoch && held !== null && done > session.settled;
      const now = endsEpoch && (test || validates) ? await model.toNetwork() : null;
      const entry: TrainingLogEntry = {
        epoch,
        step: done,
        steps,
        ...tally.take(),
        sparsity: masks.sparsity(),
        learningRate,
        elapsed_s: elapsed_s(),
        timeLeft_s: (elapsed_s() / done) * (steps - done),
        ...(now && validates ? { validationAccuracy: await digitalAccuracy(tf, now, held) } : {}),
        ...(now && test ? { testAccuracy: await digitalAccuracy(tf, now, test) } : {}),
      };
      history.push(entry);
      if (validates && isBest(history)) session.keepBest();
      await onLog?.(entry);
    }
    const isDue = emulation ? done % emulation.settles === 0 : endsEpoch || elapsed_s() - saved_s > saveEvery_s;
    if (stateFile !== undefined && isDue) {
      const values = await readVariables(stored);
      await saveState(stateFile, { fingerprint, step: done, elapsed_s: elapsed_s(), history, values });
      saved_s = elapsed_s();
    }
    await breathe();
  }
  if (history.some(({ validationAccuracy }) => validationAccuracy !== undefined)) session.restoreBest();
  return { network: await model.toNetwork(), history, elapsed_s: elapsed_s() };
}

/**
 * Trains `network` on `train` and returns it trained.
 * @throws DatasetError if the images do not fit the network, UnsupportedLayerError for a layer that cannot be trained,
 *   FormatError if the state file is another run's, NetworkError if the loss is no longer finite
 */
export async function trainNetwork(options: TrainOptions): Promise<TrainResult> {
  checkOptions(options);
  if (options.tf.getBackend() === 'wasm') registerWasmGradients(options.tf);
  const data = dataOf(options);
  const session = createSession(options, data.steps);
  try {
    return await runSteps(session, options, data);
  } finally {
    session.dispose();
  }
}
