/** Whole trainings, from images to a compressed network: what `sonic train` and scripts/train-mnist.mjs run. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { type ClusteredNetwork, clusterNetwork, clusterTargets } from '../compression/cluster.js';
import { sparsityTargets } from '../compression/prune.js';
import type { LayerTargets } from '../compression/targets.js';
import { loadMnist } from '../datasets/mnist.js';
import type { Dataset } from '../datasets/types.js';
import { saveCheckpoint } from '../formats/checkpoint.js';
import { type DigitalBackend, isBackendAvailable, loadTf, type Tf, tfVersions } from '../network/tf.js';
import type { Network } from '../network/types.js';
import { sonicMnist, sonicMnistStructure } from '../network/zoo/mnist.js';
import { digitalAccuracy } from './evaluate.js';
import { startLogFile, type TrainingLogEntry } from './log.js';
import { type TrainingManifest, trainingManifest, writeManifest } from './manifest.js';
import type { Hyperparameters } from './options.js';
import { trainNetwork } from './trainNetwork.js';

export type Stage = 'dense' | 'pruned';

export interface TrainMnistOptions {
  /** Checkpoint to write, `*.safetensors`; the manifest goes beside it as `*.manifest.json`. */
  readonly out: string;
  /** Folder with the four idx files; the bundled one unless given. */
  readonly dataDir?: string;
  /** Initial weights, order of the images, augmentation; default 1. */
  readonly seed?: number;
  /** Epochs of the dense baseline; default 6. */
  readonly epochs?: number;
  /** Epochs of the sparsity-aware training that follows; default 4. */
  readonly pruningEpochs?: number;
  /** Share of zeros, for all four layers or by name; default 0.5. */
  readonly sparsity?: LayerTargets;
  /** Distinct non-zero weights of a layer; default 64. */
  readonly clusters?: LayerTargets;
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

/** SONIC's pipeline (section 3 of the paper): a dense network, trained on while it is pruned, then clustered. */
const COMMON = {
  batchSize: 128,
  optimizer: { kind: 'nesterov', momentum: 0.9 },
  l2: 5e-4,
  labelSmoothing: 0,
  augmentation: { shift: 2 },
} as const;

function recipe({
  seed = 1,
  epochs = 6,
  pruningEpochs = 4,
  sparsity = 0.5,
}: TrainMnistOptions): Record<Stage, Hyperparameters> {
  return {
    dense: { ...COMMON, seed, epochs, learningRate: { kind: 'oneCycle', rate: 0.05 }, pruning: null },
    pruned: {
      ...COMMON,
      // Another order of the images than the dense network saw.
      seed: seed + 1,
      epochs: pruningEpochs,
      learningRate: { kind: 'oneCycle', rate: 0.02 },
      pruning: { kind: 'gradual', sparsity },
    },
  };
}

async function chooseBackend(wanted: DigitalBackend | 'auto'): Promise<DigitalBackend> {
  if (wanted !== 'auto') return wanted;
  return (await isBackendAvailable('tensorflow')) ? 'tensorflow' : 'wasm';
}

interface Stages {
  readonly dense: Network;
  readonly pruned: Network;
  readonly clustered: ClusteredNetwork;
  readonly elapsed_s: Readonly<Record<Stage, number>>;
}

async function runStages(tf: Tf, train: Dataset, test: Dataset, options: TrainMnistOptions): Promise<Stages> {
  const { out, seed = 1, clusters = 64, log, onProgress } = options;
  const hyperparameters = recipe(options);
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
  const dense = await runStage('dense', sonicMnist(seed));
  const pruned = await runStage('pruned', dense.network);
  return {
    dense: dense.network,
    pruned: pruned.network,
    clustered: clusterNetwork(pruned.network, clusters),
    elapsed_s: { dense: dense.elapsed_s, pruned: pruned.elapsed_s },
  };
}

/**
 * Trains SONIC's MNIST network, prunes and clusters it, and writes checkpoint and manifest. A run that was killed goes on
 * where it was when called again with the same options.
 * @returns the manifest: accuracies, sparsities, hashes
 * @throws DatasetError for missing images, NetworkError for wrong targets, BackendUnavailableError, SonicError where a file cannot be written
 */
export async function trainMnist(options: TrainMnistOptions): Promise<TrainingManifest> {
  const { out, dataDir: directory, backend: wanted = 'auto', keepState = false } = options;
  // What is wrong with the options must not come out after the training.
  sparsityTargets(sonicMnistStructure(), options.sparsity ?? 0.5);
  clusterTargets(sonicMnistStructure(), options.clusters ?? 64);
  const train = await loadMnist(directory === undefined ? { split: 'train' } : { directory, split: 'train' });
  const test = await loadMnist(directory === undefined ? { split: 'test' } : { directory, split: 'test' });
  const backend = await chooseBackend(wanted);
  const tf = await loadTf(backend);
  const { dense, pruned, clustered, elapsed_s } = await runStages(tf, train, test, options);
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
    hyperparameters: recipe(options),
    elapsed_s,
    versions: { ...options.versions, node: process.versions.node, ...tfVersions(tf) },
  });
  await writeManifest(out, manifest);
  if (!keepState) for (const stage of ['dense', 'pruned']) await rm(`${out}.${stage}.state`, { force: true });
  return manifest;
}
