/**
 * Noise-aware training: a trained network goes on training with the hardware's quantisation, device errors and noise in
 * the forward pass, while gradients pass straight through (the straight-through estimator of Bengio, Leonard, Courville
 * 2013). Every step has another chip and other noise, so what is learnt holds for chips that were never seen.
 */

import type { Tf } from '../base/tensorflow/tf.js';
import { imageBytes } from '../datasets/content.js';
import type { Dataset } from '../datasets/types.js';
import type { HardwareDescription } from '../hardware/description.js';
import type { CompressedWeights } from '../networks/compression/types.js';
import { preprocess } from '../networks/preprocess.js';
import type { Network } from '../networks/types.js';
import { createHardwareForward } from './hardwareForward.js';
import type { TrainingLogEntry } from './log.js';
import { trainNetwork } from './trainNetwork.js';
import type { Hyperparameters } from './trainOptions.js';

const FINE_TUNING = { steps: 200, batchSize: 32, rate: 0.002 } as const;

/** Images that scales and ADC ranges are calibrated on during training; a run calibrates on its own. */
const CALIBRATION_IMAGES = 20;

export interface FineTuneOptions {
  readonly tf: Tf;
  readonly network: Network;
  readonly hardware: HardwareDescription;
  readonly train: Dataset;
  readonly seed?: number | undefined;
  /** Default 200. */
  readonly steps?: number | undefined;
  /** Learning rate at the start, falling to 0 along half a cosine; default 0.002. */
  readonly rate?: number | undefined;
  /** Where the state is kept from which a killed run goes on. */
  readonly stateFile?: string | undefined;
  readonly onLog?: (entry: TrainingLogEntry) => void | Promise<void>;
}

export interface FineTuned {
  readonly network: Network;
  /** Weights that are shared, for the checkpoint. */
  readonly compressed: Record<string, CompressedWeights>;
  readonly hyperparameters: Hyperparameters;
  readonly history: readonly TrainingLogEntry[];
  readonly elapsed_s: number;
}

/**
 * Trains `network` for `hardware`. Zeros stay zero, and weights that fit the weight DAC's codebook still fit it.
 * @throws as `trainNetwork`, CompileError where network and hardware do not go together
 */
export async function fineTune(options: FineTuneOptions): Promise<FineTuned> {
  const { tf, network, hardware, train, seed = 1, stateFile, onLog } = options;
  const { steps = FINE_TUNING.steps, rate = FINE_TUNING.rate } = options;
  const hyperparameters: Hyperparameters = {
    epochs: 1,
    steps,
    batchSize: Math.min(FINE_TUNING.batchSize, train.count),
    seed,
    optimizer: { kind: 'nesterov', momentum: 0.9 },
    learningRate: { kind: 'cosine', rate },
    l2: 0,
    labelSmoothing: 0,
    augmentation: null,
    pruning: { kind: 'keep' },
  };
  const bytes = imageBytes(train, 0, Math.min(CALIBRATION_IMAGES, train.count));
  const forward = createHardwareForward({
    tf,
    hardware,
    network,
    calibrationInputs: preprocess(network, bytes),
    seed,
  });
  try {
    const trained = await trainNetwork({
      ...hyperparameters,
      tf,
      network,
      train,
      emulation: forward,
      logEvery: 10,
      ...(stateFile === undefined ? {} : { stateFile }),
      ...(onLog ? { onLog } : {}),
    });
    const projected = forward.project(trained.network);
    const { history, elapsed_s } = trained;
    return { network: projected, compressed: forward.compressed(projected), hyperparameters, history, elapsed_s };
  } finally {
    forward.dispose();
  }
}
