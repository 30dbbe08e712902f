#!/usr/bin/env node
/**
 * Makes checkpoints/mnist-sparse/*.safetensors again: SONIC's MNIST network at other sparsities than the bundled 50 %, for
 * the experiment `sparsity`. Each is the bundled network trained on for two epochs while it is pruned to the target (or,
 * for 0 %, while the pruned weights grow back), then clustered to 64 weights a layer. `npm run install-tensorflow` first:
 * with the backend `tensorflow` it takes about four minutes a network.
 *
 *     node scripts/train-sparse-mnist.mjs [FOLDER]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments } from './arguments.mjs';

const { positionals } = readArguments({ most: 1 });

const scripts = dirname(fileURLToPath(import.meta.url));
const built = spawnSync(process.execPath, [join(scripts, 'build.mjs')], { stdio: 'inherit' });
if (built.status !== 0) process.exit(built.status ?? 1);

const { clusterNetwork } = await import('../dist/networks/compression/cluster.js');
const { SonicError } = await import('../dist/base/errors.js');
const { saveCheckpoint } = await import('../dist/networks/formats/checkpoint.js');
const { loadNetworkFile } = await import('../dist/networks/formats/index.js');
const { loadTf, tfVersions } = await import('../dist/base/tensorflow/tf.js');
const { versions } = await import('../dist/base/versions.js');
const { digitalAccuracy } = await import('../dist/training/evaluate.js');
const { describeEntry } = await import('../dist/training/log.js');
const { manifestPath, trainingManifest, writeManifest } = await import('../dist/training/trainingManifest.js');
const { chooseBackend, loadWhole } = await import('../dist/training/recipes.js');
const { trainNetwork } = await import('../dist/training/trainNetwork.js');

const SPARSITIES = [0, 0.7, 0.8, 0.9, 0.95];
const CLUSTERS = 64;

const bundled = join(dirname(scripts), 'checkpoints', 'mnist.safetensors');
const folder = positionals[0] ?? join(dirname(scripts), 'checkpoints', 'mnist-sparse');

function hyperparametersOf(sparsity) {
  return {
    epochs: 2,
    batchSize: 128,
    seed: 3,
    optimizer: { kind: 'nesterov', momentum: 0.9 },
    learningRate: { kind: 'oneCycle', rate: 0.02 },
    l2: 5e-4,
    labelSmoothing: 0,
    augmentation: { shift: 2 },
    // Without a schedule the weights that were pruned grow back.
    pruning: sparsity === 0 ? null : { kind: 'gradual', sparsity },
  };
}

async function make(tf, backend, data, sparsity) {
  const out = join(folder, `${Math.round(100 * sparsity)}.safetensors`);
  if (existsSync(manifestPath(out))) return;
  const { network } = await loadNetworkFile(bundled, {});
  const hyperparameters = hyperparametersOf(sparsity);
  const trained = await trainNetwork({
    ...hyperparameters,
    tf,
    network,
    train: data.train,
    stateFile: `${out}.state`,
    onLog: (entry) => console.error(`${sparsity}: ${describeEntry(entry)}`),
  });
  const clustered = clusterNetwork(trained.network, CLUSTERS);
  const accuracyOf = (of) => digitalAccuracy(tf, of, data.test);
  const accuracy = {
    dense: await accuracyOf(network),
    pruned: await accuracyOf(trained.network),
    clustered: await accuracyOf(clustered.network),
  };
  await saveCheckpoint(out, clustered.network, {
    clusters: clustered.compressed,
    metadata: { dataset: data.train.name },
  });
  const manifest = await trainingManifest({
    checkpoint: out,
    log: null,
    network: clustered.network,
    clusters: clustered.report,
    ...data,
    accuracy,
    command: 'node scripts/train-sparse-mnist.mjs',
    seed: hyperparameters.seed,
    backend,
    hyperparameters: { pruned: hyperparameters },
    elapsed_s: { pruned: trained.elapsed_s },
    versions: { ...versions(), ...tfVersions(tf) },
  });
  await writeManifest(out, manifest);
  console.log(`${sparsity}: ${JSON.stringify(accuracy)}`);
}

try {
  mkdirSync(folder, { recursive: true });
  const backend = await chooseBackend('auto');
  const tf = await loadTf(backend);
  const data = {
    train: await loadWhole('mnist', {}, 'train'),
    test: await loadWhole('mnist', {}, 'test'),
  };
  for (const sparsity of SPARSITIES) await make(tf, backend, data, sparsity);
} catch (error) {
  if (!(error instanceof SonicError)) throw error;
  console.error(`train-sparse-mnist: ${error.message}`);
  process.exit(error.exitCode);
}
