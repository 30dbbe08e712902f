/** Whole trainings, from images to a compressed network: what `sonic train` and scripts/train-mnist.mjs run. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { DatasetError } from '../base/errors.js';
import { type DigitalBackend, isBackendAvailable, loadTf, type Tf, tfVersions } from '../base/tensorflow/tf.js';
import { howToGet } from '../datasets/catalogue.js';
import { loadDataset } from '../datasets/index.js';
import type { Dataset, LoadOptions, Split } from '../datasets/types.js';
import { type ClusteredNetwork, clusterNetwork, clusterTargets } from '../networks/compression/cluster.js';
import { sparsityTargets } from '../networks/compression/prune.js';
import { checkFits } from '../networks/fits.js';
import { saveCheckpoint } from '../networks/formats/checkpoint.js';
import type { Network } from '../networks/types.js';
import { digitalAccuracy } from './evaluate.js';
import { startLogFile, type TrainingLogEntry } from './log.js';
import {
  compressionOf,
  RECIPES,
  type Recipe,
  type RecipeChanges,
  type RecipeName,
  type Stage,
  stagesOf,
} from './recipeTable.js';
import { type TrainingManifest, trainingManifest, writeManifest } from './trainingManifest.js';
import { trainNetwork } from './trainNetwork.js';

export interface TrainRecipeOptions extends RecipeChanges {
  /** Checkpoint to write, `*.safetensors`; the manifest goes beside it as `*.manifest.json`. */
  readonly out: string;
  /** Folder or archive with the data; what is installed or bundled unless given. */
  readonly dataDir?: string | undefined;
  /** Initial weights, order of the images, augmentation; default 1. */
  readonly seed?: number | undefined;
  /** Epochs of the dense baseline; default the recipe's. */
  readonly epochs?: number | undefined;
  /** Epochs of the sparsity-aware training that follows; default the recipe's. */
  readonly pruningEpochs?: number | undefined;
  /** `auto` (default): tensorflow where it is installed, wasm otherwise. */
  readonly backend?: DigitalBackend | 'auto';
  /** File of JSON lines, one per 100 steps. */
  readonly log?: string;
  /** The command that the user gave, for the manifest. */
  readonly command?: string;
  /** Versions to name in the manifest beside those of Node.js and TensorFlow.js. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Keep the files from which a killed run goes on (`*.dense.state`, `*.pruned.state`) at the end; default false. */
  readonly keepState?: boolean;
  readonly onProgress?: (stage: Stage, entry: TrainingLogEntry) => void;
}

/** `auto` is tensorflow where it is installed. */
export async function chooseBackend(wanted: DigitalBackend | 'auto'): Promise<DigitalBackend> {
  if (wanted !== 'auto') return wanted;
  return (await isBackendAvailable('tensorflow')) ? 'tensorflow' : 'wasm';
}

interface Stages {
  readonly dense: Network;
  readonly pruned: Network;
  readonly clustered: ClusteredNetwork;
  readonly elapsed_s: Readonly<Record<Stage, number>>;
}

async function runStages(
  tf: Tf,
  recipe: Recipe,
  train: Dataset,
  test: Dataset,
  options: TrainRecipeOptions,
): Promise<Stages> {
  const { out, seed = 1, log, onProgress } = options;
  const hyperparameters = stagesOf(recipe, options);
  const writeLog = log ? await startLogFile(log, existsSync(`${out}.dense.state`)) : null;
  const runStage = (stage: Stage, network: Network) =>
    trainNetwork({
      ...hyperparameters[stage],
      tf,
      network,
      train,
      test,
      stateFile: `${out}.${stage}.state`,
      onLog: async (entry) => {
        await writeLog?.({ stage, ...entry });
        onProgress?.(stage, entry);
      },
    });
  const dense = await runStage('dense', recipe.network(seed));
  const pruned = await runStage('pruned', dense.network);
  return {
    dense: dense.network,
    pruned: pruned.network,
    clustered: clusterNetwork(pruned.network, compressionOf(recipe, options).clusters),
    elapsed_s: { dense: dense.elapsed_s, pruned: pruned.elapsed_s },
  };
}

/** A whole split to train or test on. @throws DatasetError where only a part of it is bundled */
export async function loadWhole(name: string, source: Omit<LoadOptions, 'split'>, split: Split): Promise<Dataset> {
  const dataset = await loadDataset(name, { ...source, split });
  if (dataset.partOf === undefined) return dataset;
  throw new DatasetError(
    `training needs the whole ${name}; bundled are ${dataset.count} of ${dataset.partOf} ${split} images. ${howToGet(name)}`,
  );
}

/**
 * Trains a network of the zoo, prunes and clusters it, and writes checkpoint and manifest. A run that was killed goes on
 * where it was when called again with the same options.
 * @returns the manifest: accuracies, sparsities, hashes
 * @throws DatasetError for missing images, NetworkError for wrong targets, BackendUnavailableError, SonicError where a file cannot be written
 */
export async function trainRecipe(name: RecipeName, options: TrainRecipeOptions): Promise<TrainingManifest> {
  const { out, dataDir, backend: wanted = 'auto', keepState = false } = options;
  const recipe = RECIPES[name];
  // What is wrong with the options must not come out after the training.
  const stages = stagesOf(recipe, options);
  const structure = recipe.structure();
  const { sparsity, clusters } = compressionOf(recipe, options);
  sparsityTargets(structure, sparsity);
  clusterTargets(structure, clusters);
  const train = await loadWhole(recipe.dataset, { directory: dataDir }, 'train');
  const test = await loadWhole(recipe.dataset, { directory: dataDir }, 'test');
  for (const data of [train, test]) checkFits(structure, data);
  const backend = await chooseBackend(wanted);
  const tf = await loadTf(backend);
  const { dense, pruned, clustered, elapsed_s } = await runStages(tf, recipe, train, test, options);
  const accuracy = {
    dense: await digitalAccuracy(tf, dense, test),
    pruned: await digitalAccuracy(tf, pruned, test),
    clustered: await digitalAccuracy(tf, clustered.network, test),
  };
  await saveCheckpoint(out, clustered.network, { clusters: clustered.compressed, metadata: { dataset: train.name } });
  const manifest = await trainingManifest({
    checkpoint: out,
    log: options.log ?? null,
    network: clustered.network,
    clusters: clustered.report,
    train,
    test,
    accuracy,
    command: options.command ?? null,
    seed: options.seed ?? 1,
    backend,
    hyperparameters: stages,
    elapsed_s,
    versions: { ...options.versions, node: process.versions.node, ...tfVersions(tf) },
  });
  await writeManifest(out, manifest);
  if (!keepState) for (const stage of ['dense', 'pruned']) await rm(`${out}.${stage}.state`, { force: true });
  return manifest;
}

/** `trainRecipe` for MNIST. */
export function trainMnist(options: TrainRecipeOptions): Promise<TrainingManifest> {
  return trainRecipe('mnist', options);
}
