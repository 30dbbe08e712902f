/**
 * Layers that run image by image on the host (wasm, reference) as layers of a batch: one kernel of TensorFlow.js's
 * registry that reads a batch, hands its images to the loaded layer, and writes what comes out.
 */

import type { KernelBackend, KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../base/batch.js';
import type { Tensor, Tf } from '../../base/tensorflow/tf.js';
import { type MacProgram, outputShape } from '../program/types.js';
import { type BatchOptions, type LayerRun, PHOTONIC_KERNELS, type PhotonicLayer } from './batchLayer.js';
import type { LoadedLayer } from './contract.js';
import { runImages } from './hostImages.js';
import { outputsAreFinite } from './outputBounds.js';

/** What a photonic kernel of the registry is given beside the input `x`: `L` is the loaded layer. */
export interface KernelAttributes<L> {
  readonly layer: L;
  readonly options: BatchOptions;
  /** Filled, one entry an image. */
  readonly counts: LayerRun[];
}

/** TensorFlow.js's backend wasm, whose tensors lie in one memory: neither input nor output is copied there. */
interface HeapBackend extends KernelBackend {
  makeOutput(shape: number[], dtype: 'float32'): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): Float32Array;
}

const hasHeap = (backend: KernelBackend): backend is HeapBackend =>
  ['makeOutput', 'typedArrayFromHeap'].every((name) => typeof Reflect.get(backend, name) === 'function');

/** Runs `work` on the values of `x`; what it writes to `y`, all of it, are those of a new tensor of `shape`. */
function mapValues(
  storage: KernelBackend,
  x: TensorInfo,
  shape: number[],
  work: (x: Float32Array, y: Float32Array) => void,
): TensorInfo {
  if (!hasHeap(storage)) {
    const y = new Float32Array(sizeOf(shape));
    work(storage.readSync(x.dataId) as Float32Array, y);
    return { dataId: storage.write(y, shape, 'float32'), shape, dtype: 'float32' };
  }
  const output = storage.makeOutput(shape, 'float32');
  try {
    // Views from here on: the memory grows where tensors are made, and nowhere else.
    work(storage.typedArrayFromHeap(x), storage.typedArrayFromHeap(output));
  } catch (error) {
    storage.disposeData(output.dataId);
    throw error;
  }
  return output;
}

/** Kernels `PhotonicConv2D` and `PhotonicDense` for a layer of `contract.ts`. */
export const runPerImage: KernelConfig['kernelFunc'] = ({ inputs, backend, attrs }) => {
  const { layer, options, counts } = attrs as unknown as KernelAttributes<LoadedLayer>;
  const x = inputs['x'] as TensorInfo;
  const batch = x.shape[0]!;
  return mapValues(backend as KernelBackend, x, [batch, ...outputShape(layer.program)], (values, y) => {
    counts.push(...runImages(layer, values, y, options));
  });
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
  const { program } = layer;
  const isBounded = program.adc.quantise && outputsAreFinite(program, true);
  return {
    program,
    hasTap: true,
    run: async (x, options) => {
      const counts: LayerRun[] = [];
      const attributes: KernelAttributes<L> = { layer, options, counts };
      const output = tf.engine().runKernel(PHOTONIC_KERNELS[layer.program.kind], { x }, attributes as never);
      return {
        output: output as Tensor,
        counts: Promise.resolve(counts),
        ...(isBounded && options.adc ? { finite: Promise.resolve(counts.map(() => true)) } : {}),
      };
    },
    dispose,
  };
}
