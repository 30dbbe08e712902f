/** onnxruntime-web as the judge of what a model computes, and our network on the same input. */
import * as ort from 'onnxruntime-web';
import { expect } from 'vitest';
import { loadTf } from '../../../../src/base/tensorflow/tf.js';
import { NO_PREPROCESSING } from '../../../../src/networks/formats/import/preprocessing.js';
import { importOnnx, parseOnnx } from '../../../../src/networks/formats/onnx/importOnnx.js';
import { forward } from '../../../../src/networks/forward.js';
import type { Network } from '../../../../src/networks/types.js';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'fatal';

/** Elements of the model's last output for input [batch, ...shape]. */
export async function runtimeOutput(
  model: Uint8Array,
  x: Float32Array,
  dims: readonly number[],
): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(model, {
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 4,
  });
  try {
    const results = await session.run({ [session.inputNames[0]!]: new ort.Tensor('float32', x, dims) });
    return (results[session.outputNames.at(-1)!]!.data as Float32Array).slice();
  } finally {
    await session.release();
  }
}

/** [batch, channels, rows, columns] as [batch, rows, columns, channels]; other ranks as they are. */
export function channelsLast(x: Float32Array, dims: readonly number[]): Float32Array {
  if (dims.length !== 4) return x;
  const [batch, channels, rows, columns] = dims as [number, number, number, number];
  const result = new Float32Array(x.length);
  for (let n = 0; n < batch; n++)
    for (let c = 0; c < channels; c++)
      for (let i = 0; i < rows * columns; i++)
        result[(n * rows * columns + i) * channels + c] = x[(n * channels + c) * rows * columns + i]!;
  return result;
}

/** Whether the importer took the model's input for one with channels last, as it does where the model turns it at once. */
function tookChannelsLast({ inputShape }: Network, dims: readonly number[]): boolean {
  return dims.length !== 4 || (inputShape.join() === dims.slice(1).join() && dims[1] !== dims[3]);
}

/**
 * Our network's output; it comes in the order of the model.
 * @param x [batch, ...] in the order of the model, or in that of the network where `isInNetworkOrder`
 */
export async function networkOutput(
  network: Network,
  x: Float32Array,
  dims: readonly number[],
  isInNetworkOrder = tookChannelsLast(network, dims),
): Promise<Float32Array> {
  const tf = await loadTf('wasm');
  return tf.tidy(() => {
    const input = tf.tensor(isInNetworkOrder ? x : channelsLast(x, dims), [dims[0]!, ...network.inputShape]);
    return forward(tf, network, input).dataSync().slice() as Float32Array;
  });
}

/** Numbers agree within 1e-4 of themselves, or 1e-5 of the largest where they are small. */
export function expectAgreement(actual: Float32Array, expected: Float32Array): void {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(actual).toBeAllclose(expected, { rtol: 1e-4, atol: 1e-5 * largest + 1e-7 });
}

/** Imports a model and compares it with the runtime on one input. */
export async function expectSameAsRuntime(model: Uint8Array, x: Float32Array, dims: readonly number[]): Promise<void> {
  const { network } = importOnnx(parseOnnx(model, 'm'), 'm', 'm', NO_PREPROCESSING);
  expectAgreement(await networkOutput(network, x, dims), await runtimeOutput(model, x, dims));
}
