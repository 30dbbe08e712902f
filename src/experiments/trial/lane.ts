/**
 * What one thread does for the trials of a sweep: compiles a network for a chip, runs blocks of images, puts a trial together.
 * It keeps what the next trial may need: calibrations, networks on their backend, what the digital network feeds each layer.
 */

import { imageBytes } from '../../datasets/content.js';
import type { Calibration } from '../../emulation/calibration/calibrate.js';
import { plannedBatch } from '../../emulation/emulator/batchPlan.js';
import { type BatchRunner, createBatchRunner } from '../../emulation/emulator/batchRunner.js';
import { activityOf, mergeActivities } from '../../emulation/emulator/countActivity.js';
import { toShared } from '../../emulation/emulator/shared.js';
import { preprocess } from '../../networks/preprocess.js';
import { layerErrors, type Probes, probeDigital } from '../attribution/layerErrors.js';
import { accuracyOfClasses, predictedClasses } from '../result/accuracy.js';
import { assembleResult, type CompiledChip } from '../run/assemble.js';
import { calibrateOn, compileChip } from '../run/runExperiment.js';
import type { Trial, TrialBlock, TrialIdentity } from '../sweep/types.js';
import { packHits } from './hits.js';
import { Recent } from './recent.js';
import type { LoadedTrial } from './trialLoader.js';

/** Images on which the layers' own errors are measured. */
const PROBE_IMAGES = 20;

/** A trial as threads get it; typed arrays lie in shared memory. */
export interface LaneTrial extends Omit<LoadedTrial, 'remarks'> {
  /** Equal where network and compression are. */
  readonly networkKey: string;
  /** As the result shows it; the identity's has no paths. */
  readonly hardware: TrialIdentity['hardware'];
}

export type LaneTask =
  | { readonly kind: 'compile'; readonly trial: LaneTrial }
  | {
      readonly kind: 'block';
      readonly trial: LaneTrial;
      readonly compiled: CompiledChip | null;
      readonly first: number;
      readonly count: number;
      /** Classes of the digital network where they are known; else it runs too. */
      readonly digitalClasses: readonly number[] | null;
    }
  | {
      readonly kind: 'finish';
      readonly trial: LaneTrial;
      readonly compiled: CompiledChip | null;
      /** All blocks, in the order of their images. */
      readonly blocks: readonly TrialBlock[];
    };

export interface LaneResults {
  compile: CompiledChip;
  block: TrialBlock;
  finish: Omit<Trial, 'finishedAt'>;
}

/** A thread's memory and its work. */
export class Lane {
  readonly #calibrations = new Recent<Calibration>(4);
  readonly #runners = new Recent<BatchRunner>(2, (runner) => runner.dispose());
  readonly #probes = new Recent<Probes>(2);

  run<K extends LaneTask['kind']>(task: Extract<LaneTask, { kind: K }>): Promise<LaneResults[K]>;
  run(task: LaneTask): Promise<LaneResults[keyof LaneResults]> {
    switch (task.kind) {
      case 'compile':
        return this.#compile(task.trial);
      case 'block':
        return this.#runBlock(task);
      case 'finish':
        return this.#finish(task);
      default:
        return task satisfies never;
    }
  }

  async #compile({
    networkKey,
    network,
    identity,
    calibrationSet,
    measured,
    hardware,
  }: LaneTrial): Promise<CompiledChip> {
    // Activation scales depend on nothing else, so points of a sweep share them.
    const key = JSON.stringify([networkKey, identity.calibration, hardware.calibration]);
    const calibration = await this.#calibrations.get(key, () => calibrateOn(network, hardware, calibrationSet));
    const { chipSeed, fidelity } = identity;
    return toShared(await compileChip(network, hardware, chipSeed, calibration, fidelity, measured));
  }

  async #runBlock(task: Extract<LaneTask, { kind: 'block' }>): Promise<TrialBlock> {
    const { trial, compiled, first, count, digitalClasses } = task;
    const { network, dataset, identity } = trial;
    const digital = digitalClasses === null;
    const runner = await this.#runners.get(`${trial.key} ${digital}`, () =>
      createBatchRunner({
        network,
        program: compiled?.program ?? null,
        fidelities: compiled?.fidelities ?? [],
        digital,
        backend: identity.backend,
        runSeed: identity.runSeed,
        images: dataset.images,
        imageSize: dataset.images.length / dataset.count,
        indices: dataset.indices,
      }),
    );
    const started = performance.now();
    const classes = { digital: [] as number[], emulated: [] as number[] };
    const runs = [];
    const most = plannedBatch(network, count, 1, identity.backend);
    for (let at = first; at < first + count; at += most) {
      const size = Math.min(most, first + count - at);
      const batch = await runner(at, size);
      if (batch.digital) classes.digital.push(...predictedClasses(batch.digital, size));
      if (batch.emulated) classes.emulated.push(...predictedClasses(batch.emulated, size));
      runs.push(...batch.runs);
    }
    return {
      first,
      count,
      digitalClasses: digitalClasses ?? classes.digital,
      emulatedClasses: compiled ? classes.emulated : null,
      activity: compiled ? activityOf(compiled.program, runs) : null,
      wallTime_s: (performance.now() - started) / 1000,
    };
  }

  async #layerErrors({ networkKey, network, dataset, identity }: LaneTrial, { program }: CompiledChip) {
    const images = imageBytes(dataset, 0, Math.min(dataset.count, PROBE_IMAGES));
    const probes = await this.#probes.get(JSON.stringify([networkKey, identity.dataset]), () =>
      probeDigital(network, preprocess(network, images)),
    );
    return layerErrors(program, probes, identity.runSeed);
  }

  async #finish({
    trial,
    compiled,
    blocks,
  }: Extract<LaneTask, { kind: 'finish' }>): Promise<Omit<Trial, 'finishedAt'>> {
    const { key, identity, dataset } = trial;
    const { labels } = dataset;
    const digital = blocks.flatMap((block) => block.digitalClasses);
    const emulated = compiled ? blocks.flatMap((block) => block.emulatedClasses!) : null;
    const result = assembleResult({
      network: trial.network,
      networkHash: trial.networkHash,
      hardware: trial.hardware,
      dataset,
      calibrationSet: trial.calibrationSet,
      fidelity: identity.fidelity,
      backend: identity.backend,
      runSeed: identity.runSeed,
      chipSeed: identity.chipSeed,
      measured: trial.measured,
      threads: 1,
      batch: plannedBatch(trial.network, dataset.count, 1, identity.backend),
      table: trial.table,
      compiled,
      activity: compiled ? mergeActivities(blocks.map((block) => block.activity!)) : null,
      accuracy: accuracyOfClasses(digital, emulated, labels),
      chips: null,
      imagesRun: dataset.count,
      wallTime_s: blocks.reduce((sum, block) => sum + block.wallTime_s, 0),
    });
    return {
      key,
      identity,
      result,
      hits: { digital: packHits(digital, labels), emulated: emulated && packHits(emulated, labels) },
      layerErrors: compiled ? await this.#layerErrors(trial, compiled) : [],
    };
  }
}
