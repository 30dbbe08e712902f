/**
 * The one seam to TensorFlow.js, whose packages are frozen at 4.22 and were not made for ES modules: everything else
 * takes the `Tf` it returns as an argument and imports types only, so that nothing heavy loads before it is needed.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as tfjs from '@tensorflow/tfjs';
import { BackendUnavailableError } from '../errors.js';

export type Tf = typeof tfjs;
export type Tensor = tfjs.Tensor;
export type Tensor2D = tfjs.Tensor2D;
export type Tensor4D = tfjs.Tensor4D;
export type Variable = tfjs.Variable;

/** Where TensorFlow.js computes: `cpu` is plain JavaScript (slow), `tensorflow` needs `npm run install-tensorflow`. */
export const DIGITAL_BACKENDS = ['cpu', 'wasm', 'tensorflow'] as const;
export type DigitalBackend = (typeof DIGITAL_BACKENDS)[number];

/** A module's exports, which Node hands an ES module as the default export of a CommonJS one. */
async function importCommonJs(name: string): Promise<unknown> {
  const module = (await import(name)) as { default?: unknown };
  return module.default ?? module;
}

async function setUpCpu(tf: Tf): Promise<void> {
  // Its first operation prints a large advertisement for tfjs-node.
  (tf.findBackend('cpu') as unknown as { firstUse: boolean }).firstUse = false;
}

async function setUpWasm(): Promise<void> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => process.listeners(event as 'uncaughtException'));
  const wasm = (await importCommonJs(
    '@tensorflow/tfjs-backend-wasm',
  )) as typeof import('@tensorflow/tfjs-backend-wasm');
  const manifest = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
  wasm.setWasmPaths(`${join(dirname(manifest), 'dist')}/`);
  wasm.setThreadsCount(1);
  const tf = (await importCommonJs('@tensorflow/tfjs')) as Tf;
  await tf.setBackend('wasm');
  // Emscripten's start-up code takes over the process's handling of errors, which is the program's to decide.
  for (const [i, event] of events.entries()) {
    for (const listener of process.listeners(event as 'uncaughtException')) {
      if (!before[i]!.includes(listener)) process.removeListener(event, listener);
    }
  }
}

async function setUpTensorflow(): Promise<void> {
  // Node 23 dropped these from `util`; the package still calls them.
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  util['isArray'] ??= Array.isArray;
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  try {
    await importCommonJs('@tensorflow/tfjs-node');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    const why = missing ? 'is not installed' : `does not load (${(error as Error).message.split('\n')[0]})`;
    throw new BackendUnavailableError(
      `backend 'tensorflow' ${why}: run 'npm run install-tensorflow', or use the backend wasm`,
      { cause: error },
    );
  }
}

/**
 * TensorFlow.js with `backend` made the current one of this process; the last call wins.
 * @throws BackendUnavailableError if the backend cannot be had here
 */
export async function loadTf(backend: DigitalBackend): Promise<Tf> {
  const tf = (await importCommonJs('@tensorflow/tfjs')) as Tf;
  if (backend === 'cpu') await setUpCpu(tf);
  else if (backend === 'wasm') await setUpWasm();
  else await setUpTensorflow();
  if (!(await tf.setBackend(backend))) {
    throw new BackendUnavailableError(`backend '${backend}' did not start on this machine; use another`);
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
