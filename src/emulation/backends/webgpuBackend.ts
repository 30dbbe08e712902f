/** The WGSL kernels as a backend, in Node and in the browser: nothing here is of either. */

import type { Tf } from '../../base/tensorflow/tf.js';
import { webgpuAdapter } from '../../base/tensorflow/webgpuAdapter.js';
import { type Kernels, loadDenseOn } from '../kernels/contract.js';
import { electronicsOnBatch } from '../kernels/electronicsOnBatch.js';
import { hostOnBatch } from '../kernels/hostOnBatch.js';
import { drawNormals } from '../kernels/philoxNormal/op.js';
import { drawWords } from '../kernels/philoxNormal/webgpu.js';
import { loadConv2d } from '../kernels/photonicConv2D/webgpuLayer.js';
import { loadDense } from '../kernels/photonicDense/webgpuLayer.js';
import { checkDevice } from '../kernels/webgpu/faults.js';
import type { WebGpuBackend } from '../kernels/webgpu/webgpuProgram.js';
import type { PhotonicBackend } from './types.js';
import { registerWebgpuKernels } from './webgpuRegistration.js';

/** First sample of a stream whose group's number no longer is an exact double. */
const MAXIMUM_SAMPLES = 2 ** 53;

/**
 * @param tf whose current backend is `webgpu`.
 * @param host holds the activations of dense layers whose rings float32 cannot hold.
 */
export function webgpuBackend(tf: Tf, host: Kernels): PhotonicBackend {
  registerWebgpuKernels(tf);
  const checked = <T>(values: T): T => {
    checkDevice(tf.backend() as unknown as WebGpuBackend);
    return values;
  };
  return {
    name: 'webgpu',
    tf,
    about: { version: `TensorFlow.js ${tf.version_core}`, device: webgpuAdapter(tf) },
    host,
    lumps: 'kernels',
    load: (program) =>
      program.layers.map((layer) =>
        layer.light
          ? hostOnBatch(tf, host, program, layer)
          : electronicsOnBatch(tf, layer, (part) =>
              part.kind === 'conv2d'
                ? loadConv2d(tf, part)
                : loadDense(tf, part, () => loadDenseOn(host, program, part)),
            ),
      ),
    normals: async (seed, count, first) => checked(await drawNormals(tf, { seed, count, first })),
    words: async (seed, count, first) => checked(await drawWords(tf, { seed, count, first })),
    maximumSamples: MAXIMUM_SAMPLES,
    free: () => host.free(),
  };
}
