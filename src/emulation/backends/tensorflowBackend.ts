/**
 * The TensorFlow library as a backend, on the CPU or under CUDA. Its kernels are composed of TensorFlow operations, which
 * is fast where operations are large and cheap: on a GPU. On a CPU the WebAssembly kernels run the exact layers several
 * times faster (docs/backends.md has the figures), so there the composed ones are for checking what runs under CUDA.
 */
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { loadTf, type Tf, tfVersions } from '../../base/tensorflow/tf.js';
import { PHOTONIC_KERNELS, type PhotonicLayer } from '../kernels/batchLayer.js';
import { type Kernels, type LoadedLayer, loadDenseOn } from '../kernels/contract.js';
import { electronicsOnBatch } from '../kernels/electronicsOnBatch.js';
import { hostOnBatch } from '../kernels/hostOnBatch.js';
import { kernelLayer, runPerImage } from '../kernels/perImage.js';
import { drawNormals, PHILOX_NORMAL } from '../kernels/philoxNormal/op.js';
import { composedNormals } from '../kernels/philoxNormal/tensorflow.js';
import { composedConv2d } from '../kernels/photonicConv2D/tensorflow.js';
import { loadComposedConv2d } from '../kernels/photonicConv2D/tensorflowRows.js';
import { composedDense, loadComposedDense } from '../kernels/photonicDense/tensorflow.js';
import { type Budget, CPU_BUDGET, GPU_BUDGET } from '../kernels/tensorflow/budget.js';
import { statelessWords } from '../kernels/tensorflow/ops.js';
import type { MacProgram, Program } from '../program/types.js';
import type { PhotonicBackend } from './types.js';
import { WasmKernels } from './wasmKernels.js';

export interface TensorflowOptions {
  /** Who runs the exact layers: default `wasm` on a CPU, `composed` under CUDA. */
  readonly kernels?: 'wasm' | 'composed';
  /** Bound of what the composed kernels hold at a time. */
  readonly budget?: Budget;
}

/** A layer is one of the host's, or one on the device. */
const isOfHost = (layer: unknown): layer is LoadedLayer =>
  typeof layer === 'object' && layer !== null && 'run' in layer;

function registerKernels(tf: Tf): void {
  const either =
    (composed: KernelConfig['kernelFunc']): KernelConfig['kernelFunc'] =>
    (given) =>
      isOfHost(given.attrs?.['layer']) ? runPerImage(given) : composed(given);
  const kernels = {
    [PHOTONIC_KERNELS.conv2d]: either(composedConv2d),
    [PHOTONIC_KERNELS.dense]: either(composedDense),
    [PHILOX_NORMAL]: composedNormals(tf),
  };
  for (const [kernelName, kernelFunc] of Object.entries(kernels)) {
    if (!tf.getKernel(kernelName, 'tensorflow'))
      tf.registerKernel({ kernelName, backendName: 'tensorflow', kernelFunc });
  }
}

/** A layer whose kernel is composed; `host` holds the activations of a dense one. */
function composedLayer(tf: Tf, host: Kernels, program: Program, layer: MacProgram, budget: Budget): PhotonicLayer {
  if (layer.kind === 'conv2d') {
    const conv = loadComposedConv2d(tf, layer, budget);
    return kernelLayer(tf, conv, conv.dispose);
  }
  const dense = loadComposedDense(tf, loadDenseOn(host, program, layer), budget);
  return kernelLayer(tf, dense, dense.dispose);
}

/** The backend on the CPU, or the one under CUDA, which runs on the CPU too where there is no GPU. */
export async function createTensorflowBackend(
  name: 'tensorflow' | 'tensorflow-gpu',
  options: TensorflowOptions = {},
): Promise<PhotonicBackend> {
  const tf = await loadTf(name);
  registerKernels(tf);
  const host = await WasmKernels.create();
  const { isUsingGpuDevice = false } = tf.backend() as { isUsingGpuDevice?: boolean };
  const { kernels = name === 'tensorflow' ? 'wasm' : 'composed' } = options;
  const budget = options.budget ?? (isUsingGpuDevice ? GPU_BUDGET : CPU_BUDGET);
  const loaded: PhotonicLayer[] = [];
  return {
    name,
    tf,
    about: {
      version: `TensorFlow ${tfVersions(tf)['tensorflow']}`,
      device: isUsingGpuDevice ? 'GPU (CUDA)' : name === 'tensorflow' ? 'CPU' : 'CPU: no GPU found',
    },
    host,
    // On a CPU in a third of the time of the library's convolutions; the composed ones are what runs under CUDA.
    lumps: kernels === 'wasm' ? 'host' : 'operations',
    load: (program) => {
      const layers =
        kernels === 'wasm'
          ? host.load(program).map((layer) => kernelLayer(tf, layer))
          : program.layers.map((layer) =>
              layer.light
                ? hostOnBatch(tf, host, program, layer)
                : electronicsOnBatch(tf, layer, (part) => composedLayer(tf, host, program, part, budget)),
            );
      loaded.push(...layers);
      return layers;
    },
    normals: (seed, count, first) => drawNormals(tf, { seed, count, first }),
    words: async (seed, count, first = 0) => {
      const words = tf.tidy(() => statelessWords(tf, first + count, seed).dataSync<'int32'>());
      return Uint32Array.from(words.subarray(first));
    },
    maximumSamples: 2 ** 26,
    free: () => {
      for (const layer of loaded.splice(0)) layer.dispose();
      host.free();
    },
  };
}
