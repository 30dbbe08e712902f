/** Which images a network classifies correctly: digitally, or on emulated chips. */

import type { Dataset } from '../../datasets/types.js';
import type { BackendName } from '../../emulation/backends/types.js';
import { compileForChip } from '../../emulation/calibration/calibrate.js';
import { chipThreads } from '../../emulation/calibration/chipThreads.js';
import { defaultThreads, emulate } from '../../emulation/emulator/emulate.js';
import type { HardwareDescription } from '../../hardware/description.js';
import type { MeasuredChip } from '../../hardware/optics/measuredChip.js';
import type { ChangedWeights } from '../../networks/forward.js';
import { isMacLayer, type Network } from '../../networks/types.js';
import { predictedClasses } from '../result/accuracy.js';
import { calibrateOn } from '../run/runExperiment.js';
import { digitalScan, type EvaluatorOptions } from './digitalScan.js';

/** 1 where an image is right, else 0: one row a chip, [images]; a single row where nothing is emulated. */
export type Hits = readonly Uint8Array[];

export interface Evaluator {
  /** Seed of each row's chip. */
  readonly chipSeeds: readonly number[];
  /**
   * The scanned network with other weights in some layers, one set after the other; an empty set is the network itself.
   * @param data the scanned images, or those of the confirmation
   */
  hits(sets: readonly ChangedWeights[], data: Dataset): Promise<readonly Hits[]>;
  close(): Promise<void>;
}

const hitsOf = (classes: ArrayLike<number>, labels: ArrayLike<number>) =>
  Uint8Array.from(classes, (predicted, i) => Number(predicted === labels[i]));

/**
 * float32 without hardware, what `sonic run --fidelity digital` computes.
 * @param datasets all that will be asked for
 */
export function digitalEvaluator(
  network: Network,
  datasets: readonly Dataset[],
  options: EvaluatorOptions = {},
): Evaluator {
  const scan = digitalScan(network, datasets, options);
  return {
    chipSeeds: [0],
    hits: async (sets, data) => (await scan.classes(sets, data)).map((classes) => [hitsOf(classes, data.labels)]),
    close: scan.close,
  };
}

/** The machine that a scan is emulated on. */
export interface ScanHardware {
  readonly hardware: HardwareDescription;
  readonly measured: MeasuredChip | null;
  readonly calibrationSet: Dataset;
  readonly chipSeeds: readonly number[];
  readonly runSeed: number;
  readonly backend: BackendName;
}

/** A network with other weights in some layers. */
export function withWeights(network: Network, weights: ChangedWeights): Network {
  const layers = network.layers.map((layer) => {
    const weight = weights.get(layer.name);
    return weight && isMacLayer(layer) ? { ...layer, weight } : layer;
  });
  return { ...network, layers };
}

/** What `sonic run` computes: every network is calibrated anew and compiled for every chip. */
export function emulatedEvaluator(
  scanned: Network,
  machine: ScanHardware,
  { threads, batch, onImages }: EvaluatorOptions = {},
): Evaluator {
  const { hardware, measured, calibrationSet, chipSeeds, runSeed, backend } = machine;
  const run = async (network: Network, { images, indices, count, labels }: Dataset): Promise<Hits> => {
    const calibration = await calibrateOn(network, hardware, calibrationSet);
    const hits: Uint8Array[] = [];
    for (const seed of chipSeeds) {
      const program = await compileForChip(network, hardware, seed, calibration, {
        measured,
        threads: chipThreads(threads ?? defaultThreads()),
        withSnr: false,
      });
      let done = 0;
      const { emulatedLogits } = await emulate({
        ...{ network, program, digital: false, backend, runSeed, images, indices, count, threads, batch },
        onProgress: (ran) => {
          onImages?.(ran - done);
          done = ran;
        },
      });
      hits.push(hitsOf(predictedClasses(emulatedLogits!, count), labels));
    }
    return hits;
  };
  return {
    chipSeeds,
    hits: async (sets, data) => {
      const all: Hits[] = [];
      for (const weights of sets) all.push(await run(withWeights(scanned, weights), data));
      return all;
    },
    close: async () => undefined,
  };
}
