/** What a training run is given. */

import { NetworkError } from '../base/errors.js';
import { sha256Hex } from '../base/files.js';
import { checkSeed } from '../base/random/seeds.js';
import type { Tf } from '../base/tensorflow/tf.js';
import type { Dataset } from '../datasets/types.js';
import { checkFits } from '../networks/fits.js';
import { inferShapes } from '../networks/shapes.js';
import { isMacLayer, type Network } from '../networks/types.js';
import type { Augmentation } from './batches.js';
import type { EarlyStop } from './earlyStop.js';
import type { ForwardEmulation } from './emulation.js';
import type { LearningRate } from './learningRate.js';
import type { TrainingLogEntry } from './log.js';
import type { OptimizerOptions } from './optimizer.js';
import type { PruningOptions } from './pruning.js';
import { checkTrainable } from './trainable.js';

/** What a run's outcome depends on, beside the network and the data. */
export interface Hyperparameters {
  readonly epochs: number;
  readonly batchSize: number;
  /** 0 .. 2^30 - 1: order of the images and augmentation. */
  readonly seed: number;
  readonly optimizer: OptimizerOptions;
  readonly learningRate: LearningRate;
  /** Weight w of convolutions and dense layers adds l2 / 2 w^2 to the loss. */
  readonly l2: number;
  /** Share of each label that is spread over all classes. */
  readonly labelSmoothing: number;
  readonly augmentation: Augmentation | null;
  readonly pruning: PruningOptions | null;
  /** Ends the training early; default never. */
  readonly earlyStop?: EarlyStop;
  /** Steps in all, in place of whole `epochs`: for fine-tuning. */
  readonly steps?: number;
}

export interface TrainOptions extends Hyperparameters {
  readonly tf: Tf;
  readonly network: Network;
  readonly train: Dataset;
  /** Evaluated after every epoch, for the log only: nothing is chosen by it. */
  readonly test?: Dataset;
  /** Hardware whose values replace those of the layers; batch-norms then keep their moving statistics. */
  readonly emulation?: ForwardEmulation;
  /** Where the run's state is kept, so that it goes on after a kill. */
  readonly stateFile?: string;
  /** Steps between lines of the log; default 100. */
  readonly logEvery?: number;
  /** Seconds between savings of the state; default 30. */
  readonly saveEvery_s?: number;
  /** Called with every line of the log. */
  readonly onLog?: (entry: TrainingLogEntry) => void | Promise<void>;
}

/** @throws SonicError naming the option, or the shapes of images and network that do not fit */
export function checkOptions(options: TrainOptions): void {
  const { network, train, epochs, batchSize, seed } = options;
  checkSeed(seed, 'seed');
  const { earlyStop, steps = 1 } = options;
  for (const [name, value] of Object.entries({ epochs, batchSize, steps, ...earlyStop })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new NetworkError(`${name} is ${value}: a whole number from 1 on is needed`);
    }
  }
  if (earlyStop && earlyStop.validationImages >= train.count) {
    throw new NetworkError(
      `validationImages is ${earlyStop.validationImages}: '${train.name}' has ${train.count} training images, and some must be left to train on`,
    );
  }
  for (const layer of network.layers) checkTrainable(layer);
  checkFits(network, train);
  const output = inferShapes(network).get(network.output)!;
  if (output.length !== 1) {
    throw new NetworkError(
      `network '${network.name}': its output '${network.output}' is ${output.join(' x ')}; to be trained it ends in a flat layer`,
    );
  }
  if (options.test) checkFits(network, options.test);
}

/** Hash of everything the outcome depends on: a saved state with another one belongs to another run. */
export function fingerprintOf(options: TrainOptions): string {
  const { epochs, batchSize, seed, optimizer, learningRate, l2, labelSmoothing, augmentation, pruning } = options;
  const { earlyStop, steps, emulation } = options;
  const weights = options.network.layers
    .filter(isMacLayer)
    .map(({ weight }) => sha256Hex(new Uint8Array(weight.buffer, weight.byteOffset, weight.byteLength)));
  const plain = { epochs, batchSize, seed, optimizer, learningRate, l2, labelSmoothing, augmentation, pruning };
  const rare = { earlyStop, steps, emulation: emulation?.key };
  return sha256Hex(JSON.stringify({ ...plain, weights, data: options.train.sha256, ...rare }));
}
