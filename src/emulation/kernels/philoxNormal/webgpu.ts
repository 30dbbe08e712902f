/** The random stream of the contract, section 9, in WGSL, as the TensorFlow.js kernel `PhiloxNormal`. */
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { Tensor, Tf } from '../../../base/tensorflow/tf.js';
import { GAUSSIAN_WGSL } from '../webgpu/gaussianShader.js';
import { PHILOX_WGSL, streamWords } from '../webgpu/philoxShader.js';
import { allocate, LINEAR_WGSL, launch, linear, type WebGpuBackend } from '../webgpu/webgpuProgram.js';
import { PHILOX_NORMAL, type PhiloxNormalAttributes } from './op.js';

interface Attributes extends PhiloxNormalAttributes {
  /** The words behind the samples, int32, instead of normals. */
  readonly words?: boolean;
}

const mainWgsl = (words: boolean) => /* wgsl */ `
fn main() {
  let thread = linearIndex();
  let low = uniforms.group.x + thread;
  let high = uniforms.group.y + select(0u, 1u, low < thread);
  let words = philoxWords(low, high, uniforms.stream);
  let drawn = ${words ? 'bitcast<vec4<i32>>(words)' : 'normalsFromWords(words)'};
  for (var lane = 0u; lane < 4u; lane++) {
    let at = 4u * thread + lane - uniforms.lead;
    if (4u * thread + lane >= uniforms.lead && at < uniforms.count) { samples[at] = drawn[lane]; }
  }
}
`;

function philoxNormal(backend: WebGpuBackend, { seed, count, first = 0, words = false }: Attributes): TensorInfo {
  const group = Math.floor(first / 4);
  const lead = first % 4;
  const threads = Math.ceil((lead + count) / 4);
  const samples = allocate(backend, [count], words ? 'int32' : 'float32');
  launch(backend, {
    key: `sonic_philox_${words ? 'words' : 'normals'}`,
    code: LINEAR_WGSL + PHILOX_WGSL + GAUSSIAN_WGSL + mainWgsl(words),
    bindings: { samples: { tensor: samples, type: words ? 'i32' : 'f32', writes: true } },
    uniforms: {
      stream: ['u32', ...streamWords(seed)],
      group: ['u32', group % 2 ** 32, Math.floor(group / 2 ** 32)],
      lead: ['u32', lead],
      count: ['u32', count],
    },
    ...linear(threads),
  });
  return samples;
}

export const philoxNormalConfig: KernelConfig = {
  kernelName: PHILOX_NORMAL,
  backendName: 'webgpu',
  kernelFunc: ({ backend, attrs }) => philoxNormal(backend as WebGpuBackend, attrs as unknown as Attributes),
};

/** The words of a stream, one a sample, from the kernel that draws its normals. */
export async function drawWords(tf: Tf, attributes: PhiloxNormalAttributes): Promise<Uint32Array> {
  const words = tf.engine().runKernel(PHILOX_NORMAL, {}, { ...attributes, words: true } as never) as Tensor;
  const values = await words.data();
  words.dispose();
  return Uint32Array.from(values, (word) => word >>> 0);
}
