/** The float64 definition as a backend: slow, for checking the others. Electronic layers run on TensorFlow.js's wasm. */

import { loadTf } from '../../base/tensorflow/tf.js';
import { kernelLayer, registerPerImageKernels } from '../kernels/perImage.js';
import { drawNormals, registerHostNormals } from '../kernels/philoxNormal/op.js';
import { createReferenceKernels } from './referenceKernels.js';
import type { PhotonicBackend } from './types.js';

/** The reference backend. */
export async function createReferenceBackend(): Promise<PhotonicBackend> {
  const tf = await loadTf('wasm');
  registerPerImageKernels(tf);
  registerHostNormals(tf);
  const host = createReferenceKernels();
  return {
    name: 'reference',
    tf,
    about: { version: 'float64', device: 'CPU, plain JavaScript' },
    host,
    lumps: 'host',
    load: (program) => host.load(program).map((layer) => kernelLayer(tf, layer)),
    normals: (seed, count, first) => drawNormals(tf, { seed, count, first, host }),
    maximumSamples: Number.MAX_SAFE_INTEGER,
    free: () => host.free(),
  };
}
