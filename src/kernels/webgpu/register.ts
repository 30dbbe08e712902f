/** Makes the photonic kernels known to TensorFlow.js's WebGPU backend. */
import type { Tf } from '../../network/tf.js';
import { philoxNormalConfig } from '../philoxNormal/webgpu.js';
import { photonicConv2dConfig } from '../photonicConv2D/webgpu.js';
import { photonicDenseConfig } from '../photonicDense/webgpu.js';
import { watchDevice } from './faults.js';
import type { WebGpuBackend } from './program.js';

/** `webgpu` must be the current backend. */
export function registerWebgpuKernels(tf: Tf): void {
  watchDevice(tf.backend() as unknown as WebGpuBackend);
  for (const config of [philoxNormalConfig, photonicConv2dConfig, photonicDenseConfig]) {
    if (!tf.getKernel(config.kernelName, config.backendName)) tf.registerKernel(config);
  }
}
