#!/usr/bin/env node
/**
 * Makes checkpoints/mnist.safetensors again, with its manifest and log: SONIC's MNIST network trained dense, trained on
 * while it is pruned to 50 %, clustered to 64 weights a layer. `npm run install-tensorflow` first: with the backend
 * `tensorflow` and the versions in the manifest the result is the same to the last bit; with wasm it takes ten times
 * as long and agrees in accuracy. A run that was killed goes on where it was.
 *
 *     node scripts/train-mnist.mjs [OUT.safetensors]
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments } from './arguments.mjs';

const { positionals } = readArguments({ most: 1 });

const scripts = dirname(fileURLToPath(import.meta.url));
const built = spawnSync(process.execPath, [join(scripts, 'build.mjs')], { stdio: 'inherit' });
if (built.status !== 0) process.exit(built.status ?? 1);

const { describeEntry } = await import('../dist/training/log.js');
const { trainMnist } = await import('../dist/training/recipes.js');
const { versions } = await import('../dist/base/versions.js');
const { SonicError } = await import('../dist/base/errors.js');

const out = positionals[0] ?? join(dirname(scripts), 'checkpoints', 'mnist.safetensors');
try {
  const manifest = await trainMnist({
    out,
    seed: 1,
    command: 'node scripts/train-mnist.mjs',
    log: `${out.replace(/\.safetensors$/, '')}.training.jsonl`,
    versions: versions(),
    onProgress: (stage, entry) => console.error(`${stage}: ${describeEntry(entry)}`),
  });
  console.log(JSON.stringify({ accuracy: manifest.accuracy, layers: manifest.layers }, null, 2));
} catch (error) {
  if (!(error instanceof SonicError)) throw error;
  console.error(`train-mnist: ${error.message}`);
  process.exit(error.exitCode);
}
