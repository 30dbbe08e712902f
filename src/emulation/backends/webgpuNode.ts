/** The WGSL kernels as a backend in Node, on Dawn. */
import { createRequire } from 'node:module';
import { loadTf } from '../../base/tensorflow/tf.js';
import type { PhotonicBackend } from './types.js';
import { WasmKernels } from './wasmKernels.js';
import { webgpuBackend } from './webgpuBackend.js';

/** @throws BackendUnavailableError where a package, Vulkan's loader or an adapter is missing. */
export async function createWebgpuBackend(): Promise<PhotonicBackend> {
  const tf = await loadTf('webgpu');
  const backend = webgpuBackend(tf, await WasmKernels.create());
  const { version } = createRequire(import.meta.url)('webgpu/package.json') as { version: string };
  return {
    ...backend,
    about: { ...backend.about, version: `${backend.about.version}, Dawn of npm webgpu ${version}` },
  };
}
