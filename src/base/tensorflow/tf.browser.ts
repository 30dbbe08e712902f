/**
 * What `tf.ts` is in a web page: TensorFlow.js as the page's bundler packs it, on the backends that a browser can have. The
 * page says where the backend's WebAssembly lies (`setWasmPaths` of `@tensorflow/tfjs-backend-wasm`).
 */

import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import * as tfjs from '@tensorflow/tfjs-core';
import { BackendUnavailableError } from '../errors.js';
import type { TensorBackend } from './tf.js';
import type { Tf } from './types.js';

export type { TensorBackend } from './tf.js';
export type { Scalar, Tensor, Tensor2D, Tensor4D, Tf, Variable } from './types.js';

/** The name under which TensorFlow.js knows a backend. */
export function registeredName(backend: TensorBackend): string {
  return backend;
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
  if (!(await tf.setBackend(backend).catch(() => false)))
    throw new BackendUnavailableError(backend, 'did not start in this browser', 'use wasm');
  await tf.ready();
  return tf;
}
