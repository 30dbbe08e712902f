/** `sonic train --hardware`: noise-aware training of a checkpoint, and what it wins back. */

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { mean } from '../base/statistics/moments.js';
import type { Dataset } from '../datasets/types.js';
import type { HardwareDescription } from '../hardware/description.js';
import type { LoadedNetwork } from '../networks/formats/index.js';
import type { Network } from '../networks/types.js';
import type { RecipeName } from '../training/recipeTable.js';
import { createProgress } from './progress.js';
import type { TrainFlags } from './trainFlags.js';

interface Comparison {
  readonly title: string;
  readonly digital: number;
  /** Chip by chip. */
  readonly emulated: readonly number[];
}

interface Bench {
  readonly test: Dataset;
  readonly calibrationSet: Dataset;
  readonly hardware: HardwareDescription;
  readonly chips: number;
}

/** Accuracy of a network without hardware and on each chip. */
async function measure(title: string, network: Network, { test, chips, ...bench }: Bench): Promise<Comparison> {
  const { runExperiment } = await import('../experiments/run/runExperiment.js');
  const progress = createProgress('images');
  try {
    progress.stage(`measuring the network ${title}`);
    const { accuracy, chips: distribution } = await runExperiment({
      ...bench,
      network,
      networkHash: '',
      dataset: test,
      chips,
      onProgress: progress.update,
    });
    const emulated = distribution?.emulated ?? [accuracy.emulated!];
    return { title, digital: accuracy.digital, emulated };
  } finally {
    progress.stop();
  }
}

/** The network to start from, and the whole of the data it is trained and compared on. */
async function loadStart(
  name: string,
  flags: TrainFlags,
): Promise<{ loaded: LoadedNetwork; train: Dataset; test: Dataset }> {
  const { from, data: directory, architecture, preprocessing, key } = flags;
  const { loadFlaggedNetwork, fitDataset } = await import('../experiments/run/loadExperiment.js');
  const { readClassMap } = await import('../datasets/classMap.js');
  const { loadDataset, sliceDataset } = await import('../datasets/index.js');
  const { RECIPES } = await import('../training/recipeTable.js');
  const { loadWhole } = await import('../training/recipes.js');
  const { pictureOptions } = await import('../networks/preprocess.js');
  const { checkTrainable } = await import('../training/trainable.js');
  const recipe = Object.hasOwn(RECIPES, name) ? RECIPES[name as RecipeName] : undefined;
  const network = from ?? name;
  const dataset = flags.dataset ?? recipe?.dataset;
  const found = await loadFlaggedNetwork({ network, architecture, preprocessing, key, dataset });
  for (const remark of found.remarks) process.stderr.write(`${network}: ${remark}\n`);
  for (const layer of found.loaded.network.layers) checkTrainable(layer);
  const classes = flags.classes === undefined ? null : await readClassMap(flags.classes);
  const fitted = (data: Dataset) => fitDataset(found.loaded.network, data, classes);
  const pictures = pictureOptions(found.loaded.network);
  const train = fitted(await loadWhole(found.dataset, { directory, ...pictures }, 'train'));
  const tests = fitted(
    await loadDataset(found.dataset, { directory, ...pictures, split: 'test', first: flags.images }),
  );
  const test = sliceDataset(tests, Math.min(flags.images, tests.count));
  return { loaded: found.loaded, train, test };
}

/**
 * Trains a network on for `flags.hardware`, writes it with its manifest, prints accuracies before and after.
 * @param name of a recipe, or a network or file.
 */
export async function trainForHardware(
  name: string,
  flags: TrainFlags & { hardware: string },
  command: string,
): Promise<void> {
  const { loadHardware, hardwareHash } = await import('../hardware/descriptionFiles.js');
  const { saveCheckpoint } = await import('../networks/formats/checkpoint.js');
  const { chooseBackend } = await import('../training/recipes.js');
  const { fineTune } = await import('../training/fineTune.js');
  const { describeEntry, startLogFile } = await import('../training/log.js');
  const { sourceFacts, writeManifest } = await import('../training/trainingManifest.js');
  const { loadTf } = await import('../base/tensorflow/tf.js');
  const { versions } = await import('../base/versions.js');
  const { checkOutputs, sha256Hex, readFileChecked } = await import('../base/files.js');
  const { SonicError } = await import('../base/errors.js');
  const { renderTable } = await import('../report/kit/table.js');
  const { formatShare } = await import('../base/text/units.js');

  await checkOutputs(flags.out, flags.log);
  const hardware = await loadHardware(flags.hardware, flags.set);
  const { loaded, train, test } = await loadStart(name, flags);
  const { network, metadata } = loaded;
  const bench: Bench = { test, calibrationSet: train, hardware, chips: flags.chips };
  const before = await measure('as it was', network, bench);

  const backend = await chooseBackend(flags.backend);
  const tf = await loadTf(backend);
  const stateFile = `${flags.out}.hardware.state`;
  const goesOn = existsSync(stateFile);
  const writeLog = flags.log ? await startLogFile(flags.log, goesOn) : null;
  if (goesOn) process.stderr.write(`${flags.out}: goes on from ${stateFile}\n`);
  const progress = createProgress('steps');
  const { seed, steps, rate } = flags;
  const tuned = await fineTune({
    tf,
    network,
    hardware,
    train,
    seed,
    steps,
    rate,
    stateFile,
    onLog: async (entry) => {
      await writeLog?.({ stage: 'hardware', ...entry });
      progress.show(describeEntry(entry));
    },
  }).finally(progress.stop);
  const about = { ...metadata, dataset: metadata['dataset'] ?? train.name };
  await saveCheckpoint(flags.out, tuned.network, { metadata: about, clusters: tuned.compressed });
  const after = await measure('trained for it', tuned.network, bench);

  const { file: checkpoint, ...hashes } = sourceFacts(loaded);
  const bytes = await readFileChecked(flags.out, SonicError, 'checkpoint');
  await writeManifest(flags.out, {
    schema: 'sonic-finetuned-manifest/1',
    name: network.name,
    checkpoint: { file: basename(flags.out), bytes: bytes.length, sha256: sha256Hex(bytes) },
    from: { checkpoint, ...hashes },
    hardware: { name: hardware.name, hash: hardwareHash(hardware), description: hardware },
    data: { name: train.name, trainSha256: train.sha256, testImages: test.count, testSha256: test.sha256 },
    training: { command, backend, hyperparameters: tuned.hyperparameters, elapsed_s: tuned.elapsed_s },
    accuracy: { chipSeeds: before.emulated.map((_, i) => 1 + i), before, after },
    versions: versions(),
  });
  if (!flags.keepState) await rm(stateFile, { force: true });
  const points = (share: number) => `${share >= 0 ? '+' : ''}${(100 * share).toFixed(2)}`;
  const table = renderTable([before, after], {
    columns: [
      { title: 'network', value: (row) => row.title },
      { title: 'digital', align: 'right', value: (row) => formatShare(row.digital) },
      { title: 'emulated, mean', align: 'right', value: (row) => formatShare(mean(row.emulated)) },
      { title: 'worst chip', align: 'right', value: (row) => formatShare(Math.min(...row.emulated)) },
      { title: 'best chip', align: 'right', value: (row) => formatShare(Math.max(...row.emulated)) },
    ],
  });
  const won = mean(after.emulated) - mean(before.emulated);
  process.stdout.write(
    `${table}\n${points(won)} points on ${hardware.name}, ${flags.chips === 1 ? '1 chip' : `${flags.chips} chips`}, ${test.count} test images each\nwritten ${flags.out} and its manifest\n`,
  );
}
