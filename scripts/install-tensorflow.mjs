#!/usr/bin/env node
/**
 * Installs the optional backend `tensorflow` (@tensorflow/tfjs-node), or with --gpu `tensorflow-gpu`
 * (@tensorflow/tfjs-node-gpu), into this checkout: `npm run install-tensorflow [-- --gpu]`.
 *
 * The packages' own install scripts fetch their library from a host that many networks do not reach; the GPU's asks for
 * CUDA 11.2 besides. Where npm has run one there is nothing to do. Otherwise this script takes the library out
 * of TensorFlow's Python wheel, compiles the addon against it, and keeps both in a per-user cache keyed by version, so that
 * a second run (after `npm ci` has wiped node_modules) is a copy of a few files. package.json and package-lock.json are
 * left alone, and the package shares this checkout's @tensorflow/tfjs-core: two copies would mean two engines that do not
 * know each other's tensors.
 *
 * Needs, the first time only: Linux on x86-64 with AVX, Python 3 with pip, g++ and make, 2 GB of disk (8 GB with --gpu).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fillCache } from './tensorflow/build.mjs';
import { cachedPackage, damageOf, place } from './tensorflow/cache.mjs';
import { checkMachine, StepError } from './tensorflow/steps.mjs';
import { TFJS_NODE, VARIANTS } from './tensorflow/variants.mjs';

const HELP = `Installs TensorFlow as a backend: npm run install-tensorflow [-- --gpu]

  --gpu    the backend tensorflow-gpu, for NVIDIA GPUs with a driver for CUDA 12 (2.4 GB to fetch)
  --help   this text
`;

const require = createRequire(import.meta.url);

/** The folder that holds the @tensorflow/tfjs-core which our code imports: its sibling will find the same one. */
function scopeFolder() {
  let manifest;
  try {
    manifest = require.resolve('@tensorflow/tfjs-core/package.json');
  } catch {
    throw new StepError("@tensorflow/tfjs-core is not installed: run 'npm ci' first");
  }
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
  if (version !== TFJS_NODE) {
    throw new StepError(`@tensorflow/tfjs-core is ${version}, but the backend's package needs exactly ${TFJS_NODE}`);
  }
  return dirname(dirname(manifest));
}

/** Loads the backend in a process of its own: whether it shares our engine and multiplies, and on what it runs. */
function tryBackend(scope, name) {
  const code = `
    const node = require(${JSON.stringify(join(scope, name))});
    const tf = require(${JSON.stringify(join(scope, 'tfjs-core'))});
    if (tf.engine() !== node.engine()) throw new Error('it has a TensorFlow.js of its own');
    if (tf.getBackend() !== 'tensorflow') throw new Error('its backend did not register');
    const x = tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync()[0];
    if (x !== 11) throw new Error('1*3 + 2*4 came out as ' + x);
    console.log(JSON.stringify({ gpu: tf.backend().isUsingGpuDevice }));`;
  const shim = `const u = require('util'); u.isNullOrUndefined ??= (x) => x == null; u.isArray ??= Array.isArray;`;
  const result = spawnSync(process.execPath, ['-e', shim + code], {
    encoding: 'utf8',
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  if (result.status === 0) return { reason: null, ...JSON.parse(result.stdout.trim().split('\n').at(-1)) };
  const said = /Error: .*/.exec(result.stderr)?.[0] ?? result.stderr.trim().split('\n').at(-1);
  return { reason: said || `signal ${result.signal}`, gpu: false };
}

function report(variant, gpu, what) {
  console.log(`backend '${variant.backend}' ${what}`);
  if (variant.backend !== 'tensorflow-gpu') return;
  console.log(
    gpu
      ? 'it runs on a GPU'
      : 'it found no GPU and runs on the CPU: a GPU needs an NVIDIA driver for CUDA 12 (525 or later; nvidia-smi shows it)',
  );
}

async function main() {
  const [unknown] = process.argv.slice(2).filter((argument) => !['--gpu', '--help'].includes(argument));
  if (unknown !== undefined) throw new StepError(`unknown option ${unknown}\n${HELP.trimEnd()}`);
  if (process.argv.includes('--help')) return process.stdout.write(HELP);
  const variant = VARIANTS[process.argv.includes('--gpu') ? 'gpu' : 'cpu'];
  const { package: name } = variant;
  checkMachine();
  const scope = scopeFolder();
  if (existsSync(join(scope, name))) {
    const { reason, gpu } = tryBackend(scope, name);
    if (reason === null) return report(variant, gpu, 'is installed and works');
  }
  const cached = cachedPackage(variant);
  if (existsSync(cached)) {
    console.log(`checking the copy in ${cached}`);
    const damage = await damageOf(cached);
    if (damage === null) {
      place(cached, scope, name);
      const { reason, gpu } = tryBackend(scope, name);
      if (reason === null) return report(variant, gpu, `installed from ${cached}`);
      console.log(`the cached copy does not load (${reason}): making it anew`);
    } else {
      console.log(`the cached copy is no good (${damage}): making it anew`);
    }
  }
  await fillCache(cached, variant);
  place(cached, scope, name);
  const { reason, gpu } = tryBackend(scope, name);
  if (reason !== null)
    throw new StepError(`installed, but it does not load: ${reason}; '--backend wasm' works without it`);
  report(variant, gpu, `installed; kept in ${cached}`);
}

main().catch((error) => {
  if (!(error instanceof StepError) && !('syscall' in error)) throw error;
  console.error(`install-tensorflow: ${error.message}`);
  process.exitCode = 1;
});
