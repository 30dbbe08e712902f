/** What `webgpuNode.ts` is in a web page or a worker of it: the WGSL kernels on the browser's adapter. */
import { loadTf } from '../../base/tensorflow/tf.js';
import type { PhotonicBackend } from './types.js';
import { WasmKernels } from './wasmKernels.js';
import { webgpuBackend } from './webgpuBackend.js';

/** @throws BackendUnavailableError where the browser has no WebGPU, or no adapter. */
export async function createWebgpuBackend(): Promise<PhotonicBackend> {
  const tf = await loadTf('webgpu');
  return webgpuBackend(tf, await WasmKernels.create());
}
