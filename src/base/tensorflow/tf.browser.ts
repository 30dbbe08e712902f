/**
 * What `tf.ts` is in a web page: TensorFlow.js as the page's bundler packs it, on the backends that a browser can have. The
 * page says where the backend's WebAssembly lies (`setWasmPaths` of `@tensorflow/tfjs-backend-wasm`).
 */

import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import * as tfjs from '@tensorflow/tfjs-core';
import { BackendUnavailableError } from '../errors.js';
import type { TensorBackend } from './tf.js';
import type { Tf } from './types.js';
import type { Gpu } from './webgpuAdapter.js';

export type { TensorBackend } from './tf.js';
export type { Scalar, Tensor, Tensor2D, Tensor4D, Tf, Variable } from './types.js';

/** The name under which TensorFlow.js knows a backend. */
export function registeredName(backend: TensorBackend): string {
  return backend;
}

/** Registers the backend, which pages without it need not load. */
async function setUpWebgpu(): Promise<void> {
  const gpu = (navigator as { gpu?: Gpu }).gpu;
  if (!gpu)
    throw new BackendUnavailableError(
      'webgpu',
      'is not in this browser',
      'use wasm, or a browser with WebGPU, over https or localhost',
    );
  if (!(await gpu.requestAdapter()))
    throw new BackendUnavailableError(
      'webgpu',
      'has no adapter in this browser',
      "use wasm, or see the browser's page on its GPU",
    );
  await import('@tensorflow/tfjs-backend-webgpu');
}

/**
 * TensorFlow.js with `backend` made the current one of this worker.
 * @throws BackendUnavailableError if the backend cannot be had here.
 */
export async function loadTf(backend: TensorBackend): Promise<Tf> {
  const tf: Tf = tfjs;
  // As on the command line: sums then come in the same order.
  if (backend === 'wasm') {
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    setThreadsCount(1);
  }
  if (backend === 'webgpu') await setUpWebgpu();
  if (!(await tf.setBackend(backend).catch(() => false)))
    throw new BackendUnavailableError(backend, 'did not start in this browser', 'use wasm');
  await tf.ready();
  // Small tensors would else be computed on the processor, in other roundings than their neighbours.
  if (backend === 'webgpu') tf.env().set('WEBGPU_CPU_FORWARD', false);
  return tf;
}
