/**
 * The one seam to TensorFlow.js, whose packages are frozen at 4.22 and were not made for ES modules: everything else
 * takes the `Tf` it returns as an argument and imports types only, so that nothing heavy loads before it is needed.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BackendUnavailableError } from '../errors.js';
import { setUpWebgpu } from './dawn.js';
import { importCommonJs } from './importCommonJs.js';
import { setUpTensorflow } from './tensorflowNode.js';
import type { Tf } from './types.js';

export type { Scalar, Tensor, Tensor2D, Tensor4D, Tf, Variable } from './types.js';

/** Where networks are trained: `cpu` is plain JavaScript (slow), `tensorflow` needs `npm run install-tensorflow`. */
export const DIGITAL_BACKENDS = ['cpu', 'wasm', 'tensorflow'] as const;
export type DigitalBackend = (typeof DIGITAL_BACKENDS)[number];

/** Where tensors can lie, and the electronic layers of an emulated network run. */
export type TensorBackend = DigitalBackend | 'tensorflow-gpu' | 'webgpu';

/**
 * What the union package `@tensorflow/tfjs` would bring of use, without its 140 MB of bundles and the packages for WebGL,
 * data and saved models: see docs/decisions/installation-size.md. Methods on tensors (`x.add(y)`) are not registered.
 */
function importTf(): Tf {
  const tf = importCommonJs('@tensorflow/tfjs-core') as Tf;
  importCommonJs('@tensorflow/tfjs-backend-cpu');
  return tf;
}

/** The core has no gradients in what Node imports of it; a package registers all of them as it loads, which only training waits for. */
export function registerGradients(): void {
  importCommonJs('@tensorflow/tfjs-layers');
}

async function setUpCpu(tf: Tf): Promise<void> {
  // Its first operation prints a large advertisement for tfjs-node.
  (tf.findBackend('cpu') as unknown as { firstUse: boolean }).firstUse = false;
}

async function setUpWasm(): Promise<void> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => process.listeners(event as 'uncaughtException'));
  const wasm = importCommonJs('@tensorflow/tfjs-backend-wasm') as typeof import('@tensorflow/tfjs-backend-wasm');
  const manifest = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
  wasm.setWasmPaths(`${join(dirname(manifest), 'dist')}/`);
  wasm.setThreadsCount(1);
  const tf = importTf();
  await tf.setBackend('wasm');
  // Emscripten's start-up code takes over the process's handling of errors, which is the program's to decide.
  for (const [i, event] of events.entries()) {
    for (const listener of process.listeners(event as 'uncaughtException')) {
      if (!before[i]!.includes(listener)) process.removeListener(event, listener);
    }
  }
}

/** What a backend needs before TensorFlow.js can start it. */
const SET_UP: Readonly<Record<TensorBackend, (tf: Tf) => Promise<void>>> = {
  cpu: setUpCpu,
  wasm: setUpWasm,
  tensorflow: () => setUpTensorflow('tensorflow'),
  'tensorflow-gpu': () => setUpTensorflow('tensorflow-gpu'),
  webgpu: setUpWebgpu,
};

/** The name under which TensorFlow.js knows a backend: both packages of TensorFlow register as `tensorflow`. */
export function registeredName(backend: TensorBackend): string {
  return backend === 'tensorflow-gpu' ? 'tensorflow' : backend;
}

/**
 * TensorFlow.js with `backend` made the current one of this process; the last call wins.
 * @throws BackendUnavailableError if the backend cannot be had here
 */
export async function loadTf(backend: TensorBackend): Promise<Tf> {
  const tf = importTf();
  await SET_UP[backend](tf);
  if (!(await tf.setBackend(registeredName(backend)))) {
    throw new BackendUnavailableError(backend, 'did not start on this machine', 'use another');
  }
  await tf.ready();
  return tf;
}

/** Whether `backend` can be had in this installation, found by loading it; the current backend may change. */
export async function isBackendAvailable(backend: DigitalBackend): Promise<boolean> {
  try {
    await loadTf(backend);
    return true;
  } catch (error) {
    if (error instanceof BackendUnavailableError) return false;
    throw error;
  }
}

/** Versions of TensorFlow.js and, on the backend `tensorflow`, of the library behind it. */
export function tfVersions(tf: Tf): Record<string, string> {
  const { binding } = tf.backend() as { binding?: { TF_Version?: string } };
  return { tfjs: tf.version_core, ...(binding?.TF_Version ? { tensorflow: binding.TF_Version } : {}) };
}
