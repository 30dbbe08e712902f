/** The SIMD WebAssembly kernels as a backend: float32, the portable default. */

import { loadTf } from '../../base/tensorflow/tf.js';
import { kernelLayer, registerPerImageKernels } from '../kernels/perImage.js';
import { drawNormals, registerHostNormals } from '../kernels/philoxNormal/op.js';
import type { PhotonicBackend } from './types.js';
import { WasmKernels } from './wasmKernels.js';

/** A wasm instance of its own, for one thread. */
export async function createWasmBackend(): Promise<PhotonicBackend> {
  const tf = await loadTf('wasm');
  registerPerImageKernels(tf);
  registerHostNormals(tf);
  const host = await WasmKernels.create();
  return {
    name: 'wasm',
    tf,
    about: { version: `TensorFlow.js ${tf.version_core}`, device: 'CPU, 128-bit SIMD' },
    host,
    lumps: 'host',
    load: (program) => host.load(program).map((layer) => kernelLayer(tf, layer)),
    normals: (seed, count, first) => drawNormals(tf, { seed, count, first, host }),
    words: async (seed, count, first) => host.words(seed, count, first),
    maximumSamples: 2 ** 34,
    free: () => host.free(),
  };
}
