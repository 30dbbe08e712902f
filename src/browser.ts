/**
 * The emulator in a web page, on WebGPU: loads a network that was compiled elsewhere (`serialiseProgram`), runs images
 * and gives logits, digital and emulated. Nothing on this path is Node's. Entry `sonic-photonics/browser`; bundle it.
 */

import * as tfjs from '@tensorflow/tfjs-core';
import { sizeOf } from './base/batch.js';
import '@tensorflow/tfjs-backend-webgpu';
import { BackendUnavailableError } from './base/errors.js';
import type { Tensor, Tf } from './base/tensorflow/tf.js';
import { WasmKernels } from './emulation/backends/wasmKernels.js';
import { webgpuBackend } from './emulation/backends/webgpuBackend.js';
import { activityOf } from './emulation/emulator/countActivity.js';
import { loadEmulatedNetwork } from './emulation/emulator/emulatedNetwork.js';
import type { Activity } from './emulation/program/activity.js';
import { parseProgram } from './emulation/program/serialise.js';
import type { Program } from './emulation/program/types.js';
import { forwardFinite } from './networks/finite.js';
import { loadDigitalNetwork } from './networks/forward.js';
import { preprocess } from './networks/preprocess.js';
import type { Network } from './networks/types.js';

export interface BrowserRun {
  /** [images, classes], row-major, of the float32 network on the same adapter. */
  readonly digital: Float32Array;
  /** [images, classes], row-major. */
  readonly emulated: Float32Array;
  /** What the hardware did. */
  readonly activity: Activity;
}

export interface BrowserRunOptions {
  /** Default 1. */
  readonly runSeed?: number;
  /** Place of each image in its split, which decides its read noise; default 0, 1, 2, ... */
  readonly indices?: Int32Array;
}

export interface BrowserEmulator {
  readonly network: Network;
  readonly program: Program;
  /** The adapter, in words. */
  readonly adapter: string;
  /** Both networks on a batch. @param images [count, rows, columns, channels], bytes. */
  run(images: Uint8Array, options?: BrowserRunOptions): Promise<BrowserRun>;
  dispose(): void;
}

async function loadTf(): Promise<Tf> {
  const tf: Tf = tfjs;
  if (!('gpu' in navigator)) {
    throw new BackendUnavailableError(
      'webgpu',
      'is not in this browser',
      'use one with WebGPU, over https or localhost',
    );
  }
  if (!(await tf.setBackend('webgpu').catch(() => false))) {
    throw new BackendUnavailableError('webgpu', 'has no adapter in this browser', "see the browser's page on its GPU");
  }
  await tf.ready();
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  return tf;
}

/**
 * Makes a compiled network ready to run on the browser's adapter.
 * @param compiled a file of `serialiseProgram`.
 * @param kernels the project's `dist/emulation/kernels/wasm/wasm.wasm`, which holds the activations of dense layers.
 * @throws BackendUnavailableError without WebGPU or an adapter; FormatError where the file is damaged.
 *
 *     const bytes = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());
 *     const emulator = await loadEmulator(await bytes('mnist.program'), await bytes('wasm.wasm'));
 *     const { digital, emulated } = await emulator.run(images);
 */
export async function loadEmulator(compiled: Uint8Array, kernels: BufferSource): Promise<BrowserEmulator> {
  const { network, program } = parseProgram(compiled, 'compiled program');
  const tf = await loadTf();
  const backend = webgpuBackend(tf, await WasmKernels.create(await WebAssembly.compile(kernels)));
  const digital = loadDigitalNetwork(tf, network);
  const emulated = loadEmulatedNetwork(network, program, backend);
  const imageSize = sizeOf(network.inputShape);
  return {
    network,
    program,
    adapter: backend.about.device,
    async run(images, { runSeed = 1, indices } = {}) {
      const count = images.length / imageSize;
      const input = tf.tensor(preprocess(network, images), [count, ...network.inputShape]);
      const own = indices ?? Int32Array.from({ length: count }, (_, i) => i);
      let logits: Tensor | null = null;
      try {
        logits = await forwardFinite(tf, digital, input, own);
        const emulation = await emulated.forward(input, own, runSeed);
        return {
          digital: (await logits.data()) as Float32Array,
          emulated: emulation.logits,
          activity: activityOf(program, emulation.runs),
        };
      } finally {
        tf.dispose(logits ? [input, logits] : input);
      }
    },
    dispose() {
      digital.dispose();
      emulated.dispose();
    },
  };
}
