/** Makes the photonic kernels known to TensorFlow.js's WebGPU backend. */
import type { Tf } from '../../base/tensorflow/tf.js';
import { philoxNormalConfig } from '../kernels/philoxNormal/webgpu.js';
import { photonicConv2dConfig } from '../kernels/photonicConv2D/webgpu.js';
import { photonicDenseConfig } from '../kernels/photonicDense/webgpu.js';
import { photonicDenseHoldConfig } from '../kernels/photonicDense/webgpuHold.js';
import { watchDevice } from '../kernels/webgpu/faults.js';
import type { WebGpuBackend } from '../kernels/webgpu/webgpuProgram.js';

/** `webgpu` must be the current backend. */
export function registerWebgpuKernels(tf: Tf): void {
  watchDevice(tf.backend() as unknown as WebGpuBackend);
  for (const config of [philoxNormalConfig, photonicConv2dConfig, photonicDenseConfig, photonicDenseHoldConfig]) {
    if (!tf.getKernel(config.kernelName, config.backendName)) tf.registerKernel(config);
  }
}
