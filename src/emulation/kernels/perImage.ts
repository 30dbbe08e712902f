/**
 * Layers that run image by image on the host (wasm, reference) as layers of a batch: one kernel of TensorFlow.js's
 * registry that reads a batch, hands its images to the loaded layer, and writes what comes out.
 */

import type { KernelBackend, KernelConfig } from '@tensorflow/tfjs-core';
import { imagesOf, sizeOf } from '../../base/batch.js';
import type { Tensor, Tf } from '../../base/tensorflow/tf.js';
import { type MacProgram, outputShape } from '../program/types.js';
import { type BatchOptions, type LayerRun, PHOTONIC_KERNELS, type PhotonicLayer } from './batchLayer.js';
import type { LoadedLayer, Tap } from './contract.js';

/** What a photonic kernel of the registry is given beside the input `x`: `L` is the loaded layer. */
export interface KernelAttributes<L> {
  readonly layer: L;
  readonly options: BatchOptions;
  /** Filled, one entry an image. */
  readonly counts: LayerRun[];
}

/** Kernels `PhotonicConv2D` and `PhotonicDense` for a layer of `contract.ts`. */
export const runPerImage: KernelConfig['kernelFunc'] = ({ inputs, backend, attrs }) => {
  const storage = backend as KernelBackend;
  const { layer, options, counts } = attrs as unknown as KernelAttributes<LoadedLayer>;
  const { x } = inputs;
  const batch = x!.shape[0]!;
  const values = storage.readSync(x!.dataId) as Float32Array;
  const shape = [batch, ...outputShape(layer.program)];
  const y = new Float32Array(sizeOf(shape));
  const { runSeed, noise, adc } = options;
  for (let i = 0; i < batch; i++) {
    const tap: Tap[] = [];
    const given = { runSeed, image: options.images[i]!, noise, adc, ...(options.tap ? { tap } : {}) };
    counts.push(layer.run(imagesOf(values, batch, i), imagesOf(y, batch, i), given));
    options.tap?.push(tap);
  }
  return { dataId: storage.write(y, shape, 'float32'), shape, dtype: 'float32' };
};

/** Makes layers that run image by image known to TensorFlow.js's current backend. */
export function registerPerImageKernels(tf: Tf): void {
  const backendName = tf.getBackend();
  for (const kernelName of Object.values(PHOTONIC_KERNELS)) {
    if (!tf.getKernel(kernelName, backendName)) tf.registerKernel({ kernelName, backendName, kernelFunc: runPerImage });
  }
}

/** A layer whose kernel counts as it runs, under the contract of batches. */
export function kernelLayer<L extends { readonly program: MacProgram }>(
  tf: Tf,
  layer: L,
  dispose: () => void = () => {},
): PhotonicLayer {
  return {
    program: layer.program,
    hasTap: true,
    run: async (x, options) => {
      const counts: LayerRun[] = [];
      const attributes: KernelAttributes<L> = { layer, options, counts };
      const output = tf.engine().runKernel(PHOTONIC_KERNELS[layer.program.kind], { x }, attributes as never);
      return { output: output as Tensor, counts: Promise.resolve(counts) };
    },
    dispose,
  };
}
