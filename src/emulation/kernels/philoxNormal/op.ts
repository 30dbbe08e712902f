/** The operation behind kernel `PhiloxNormal`: the read noise's stream as a tensor. */
import type { KernelBackend } from '@tensorflow/tfjs-core';
import type { SeedPair } from '../../../base/random/philox.js';
import type { Tensor, Tf } from '../../../base/tensorflow/tf.js';
import type { Kernels } from '../contract.js';

export const PHILOX_NORMAL = 'PhiloxNormal';

export interface PhiloxNormalAttributes {
  readonly seed: SeedPair;
  readonly count: number;
  /** Default 0. */
  readonly first?: number | undefined;
  /** Who draws on backends that do so on the host. */
  readonly host?: Kernels;
}

/**
 * Standard normal samples first .. first + count - 1 of the stream of `seed` (section 9 of the contract), [count], float32, on
 * TensorFlow.js's current backend.
 */
function philoxNormal(tf: Tf, attributes: PhiloxNormalAttributes): Tensor {
  return tf.engine().runKernel(PHILOX_NORMAL, {}, attributes as never) as Tensor;
}

/** The samples on the host. */
export async function drawNormals(tf: Tf, attributes: PhiloxNormalAttributes): Promise<Float32Array> {
  const normals = philoxNormal(tf, attributes);
  const values = (await normals.data()) as Float32Array;
  normals.dispose();
  return values;
}

/** Makes the kernel known to TensorFlow.js's current backend, for backends that draw on the host. */
export function registerHostNormals(tf: Tf): void {
  const backendName = tf.getBackend();
  if (tf.getKernel(PHILOX_NORMAL, backendName)) return;
  tf.registerKernel({
    kernelName: PHILOX_NORMAL,
    backendName,
    kernelFunc: ({ backend, attrs }) => {
      const { seed, count, first, host } = attrs as unknown as PhiloxNormalAttributes & { readonly host: Kernels };
      const samples = host.normals(seed, count, first);
      const dataId = (backend as KernelBackend).write(samples, [count], 'float32');
      return { dataId, shape: [count], dtype: 'float32' };
    },
  });
}
