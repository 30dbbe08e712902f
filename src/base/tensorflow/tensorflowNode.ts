/** Sets up the TensorFlow library, CPU or CUDA: both packages register as `tensorflow`, so a process holds one of them. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { BackendUnavailableError } from '../errors.js';
import { importCommonJs } from './importCommonJs.js';
import { quietTensorflow } from './nativeLibraries.js';

export type TensorflowBackend = 'tensorflow' | 'tensorflow-gpu';

const PACKAGES = {
  tensorflow: { name: '@tensorflow/tfjs-node', install: "run 'npm run install-tensorflow', or use the backend wasm" },
  'tensorflow-gpu': {
    name: '@tensorflow/tfjs-node-gpu',
    install: "run 'npm run install-tensorflow -- --gpu', or use the backend wasm",
  },
} as const;

let loaded: TensorflowBackend | null = null;

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(`${name}/package.json`);
    return true;
  } catch {
    return false;
  }
}

/** Without AVX the library ends the process as it loads. */
function checkProcessor(backend: TensorflowBackend): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') return;
  if (/\bavx\b/.test(readFileSync('/proc/cpuinfo', 'utf8'))) return;
  throw new BackendUnavailableError(backend, 'needs AVX, which this processor lacks', 'use the backend wasm');
}

function setEnvironment(backend: TensorflowBackend): void {
  // Node 23 dropped these from `util`; the package still calls them.
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  util['isArray'] ??= Array.isArray;
  quietTensorflow(backend);
  if (backend !== 'tensorflow-gpu') return;
  // Products of 10-bit mantissas (TF32) would be off by many steps of a 16-bit converter.
  process.env['NVIDIA_TF32_OVERRIDE'] = '0';
  // The library otherwise takes the whole memory of the device at once.
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
}

/** @throws BackendUnavailableError where the package is missing or does not load, or the other one has been loaded. */
export async function setUpTensorflow(backend: TensorflowBackend): Promise<void> {
  if (loaded === backend) return;
  const { name, install } = PACKAGES[backend];
  if (!isInstalled(name)) throw new BackendUnavailableError(backend, 'is not installed', install);
  if (loaded) {
    throw new BackendUnavailableError(
      backend,
      `cannot be had beside '${loaded}', which this process has loaded`,
      'use one of the two, or one process for each',
    );
  }
  checkProcessor(backend);
  setEnvironment(backend);
  try {
    importCommonJs(name);
  } catch (error) {
    const why = `does not load (${(error as Error).message.split('\n')[0]})`;
    throw new BackendUnavailableError(backend, why, install, { cause: error });
  }
  loaded = backend;
}
