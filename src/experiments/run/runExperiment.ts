/** Checkpoint + data set + hardware -> result: the pipeline as one function. */

import { checkSeed } from '../../base/random/seeds.js';
import { readBytes } from '../../base/storedBytes.js';
import { loadEnergyTable } from '../../cost/energyTable.js';
import { sliceDataset } from '../../datasets/slice.js';
import type { Dataset } from '../../datasets/types.js';
import { type Calibration, calibrate, compileForChip } from '../../emulation/calibration/calibrate.js';
import { chipThreads } from '../../emulation/calibration/chipThreads.js';
import { plannedBatch } from '../../emulation/emulator/batchPlan.js';
import { defaultThreads, type Emulation, emulate, emulatorThreads } from '../../emulation/emulator/emulate.js';
import { layerFidelities } from '../../emulation/emulator/fidelity.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { checkChips, type MeasuredChip } from '../../hardware/optics/measuredChip.js';
import { checkFits } from '../../networks/fits.js';
import { preprocess } from '../../networks/preprocess.js';
import { validateNetwork } from '../../networks/shapes.js';
import type { Network } from '../../networks/types.js';
import { accuracyOf, predictedClasses } from '../result/accuracy.js';
import { type ChipDistribution, chipDistribution } from '../result/chipDistribution.js';
import type { Fidelity, Result } from '../result/types.js';
import { assembleResult, type CompiledChip } from './assemble.js';
import type { RunOptions } from './runOptions.js';

export type { RunOptions } from './runOptions.js';

/** What all chips and hardware share: what the first calibration images say of the network. */
export async function calibrateOn(
  network: Network,
  hardware: HardwareDescription,
  calibrationSet: Dataset,
): Promise<Calibration> {
  const first = sliceDataset(calibrationSet, Math.min(hardware.calibration.images, calibrationSet.count));
  const { name: dataset, split, count, sha256: hash, fallback } = first;
  const calibration = await calibrate(network, hardware, preprocess(network, readBytes(first.images)));
  return {
    ...calibration,
    images: { dataset, split, images: count, hash, ...(fallback === undefined ? {} : { fallback }) },
  };
}

/** Compiles a network for one chip and says how its layers run. */
export async function compileChip(
  network: Network,
  hardware: HardwareDescription,
  chipSeed: number,
  calibration: Calibration,
  fidelity: Fidelity,
  measured: MeasuredChip | null = null,
  { threads = 1, withSnr = true }: { readonly threads?: number; readonly withSnr?: boolean } = {},
): Promise<CompiledChip> {
  const options = { measured, threads: chipThreads(threads), withSnr };
  const program = await compileForChip(network, hardware, chipSeed, calibration, options);
  return { program, fidelities: layerFidelities(program, fidelity === 'digital' ? 'exact' : fidelity) };
}

interface ChipRun extends CompiledChip {
  readonly emulation: Emulation;
}

/** One chip's images; progress counts on from those of the chips before. */
async function runChip(
  options: RunOptions,
  calibration: Calibration,
  chip: number,
  digital: boolean,
): Promise<ChipRun> {
  const { network, dataset, hardware, fidelity = 'exact', backend = 'wasm', chips = 1, onProgress } = options;
  const chipSeed = (options.chipSeed ?? 1) + chip;
  const { threads = defaultThreads(), measured } = options;
  // What is told layer by layer is told of the first chip.
  const how = { threads, withSnr: chip === 0 };
  const compiled = await compileChip(network, hardware, chipSeed, calibration, fidelity, measured, how);
  calibration.release();
  const emulation = await emulate({
    network,
    ...compiled,
    digital,
    backend,
    runSeed: options.runSeed ?? 1,
    images: dataset.images,
    indices: dataset.indices,
    count: dataset.count,
    threads: options.threads,
    batch: options.batch,
    onProgress: (done, total) => onProgress?.(chip * total + done, chips * total),
  });
  return { ...compiled, emulation };
}

/** The other chips' accuracies beside the first one's. */
async function runOtherChips(
  options: RunOptions,
  calibration: Calibration,
  first: Emulation,
): Promise<ChipDistribution | null> {
  const { dataset, chips = 1, chipSeed = 1 } = options;
  if (chips === 1) return null;
  const digitalLogits = first.digitalLogits!;
  const summaryOf = (chip: number, { emulatedLogits }: Emulation) => {
    const { emulated, changed } = accuracyOf(digitalLogits, emulatedLogits, dataset.labels);
    return { chipSeed: chipSeed + chip, emulated: emulated!, changed: changed! };
  };
  const summaries = [summaryOf(0, first)];
  for (let chip = 1; chip < chips; chip++) {
    const { emulation } = await runChip(options, calibration, chip, false);
    summaries.push(summaryOf(chip, emulation));
  }
  return chipDistribution(summaries);
}

/** The digital network alone. */
function runDigital({
  network,
  dataset,
  backend = 'wasm',
  threads,
  batch,
  onProgress,
}: RunOptions): Promise<Emulation> {
  const { images, count } = dataset;
  return emulate({
    network,
    program: null,
    digital: true,
    backend,
    runSeed: 0,
    images,
    count,
    threads,
    batch,
    onProgress,
  });
}

/**
 * Runs an experiment.
 * @throws NetworkError, DatasetError, CompileError with what to do.
 */
export async function runExperiment(options: RunOptions): Promise<Result> {
  const { network, dataset, calibrationSet, hardware, fidelity = 'exact', backend = 'wasm', onStage } = options;
  const { chips: chipCount = 1 } = options;
  const threads = emulatorThreads(backend, options.threads);
  const runSeed = checkSeed(options.runSeed ?? 1, 'the run seed');
  const chipSeed = checkSeed(options.chipSeed ?? 1, 'the chip seed');
  checkSeed(chipSeed + chipCount - 1, 'the last chip seed');
  checkChips(chipCount, options.measured ?? null);
  validateNetwork(network);
  checkFits(network, dataset);
  checkFits(network, calibrationSet);
  const { energyTable } = hardware.cost;
  const table = energyTable === null ? null : await loadEnergyTable(energyTable);
  const isEmulated = fidelity !== 'digital';
  if (isEmulated) onStage?.('compiling and calibrating');
  const calibration = isEmulated ? await calibrateOn(network, hardware, calibrationSet) : null;
  onStage?.('running');
  const started = performance.now();
  const first = calibration ? await runChip(options, calibration, 0, true) : null;
  const emulation = first?.emulation ?? (await runDigital(options));
  const chips = calibration ? await runOtherChips(options, calibration, emulation) : null;
  const classesOf = (logits: Float32Array) => predictedClasses(logits, dataset.count);
  options.onClasses?.({
    digital: classesOf(emulation.digitalLogits!),
    emulated: emulation.emulatedLogits && classesOf(emulation.emulatedLogits),
  });
  return assembleResult({
    ...options,
    fidelity,
    backend,
    runSeed,
    chipSeed,
    threads,
    batch: options.batch ?? plannedBatch(network, dataset.count, threads, backend),
    table,
    compiled: first,
    activity: emulation.activity,
    about: emulation.about,
    withStreams: true,
    accuracy: accuracyOf(emulation.digitalLogits!, emulation.emulatedLogits, dataset.labels),
    chips,
    imagesRun: chipCount * dataset.count,
    wallTime_s: (performance.now() - started) / 1000,
  });
}
