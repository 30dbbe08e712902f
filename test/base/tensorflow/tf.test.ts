import { describe, expect, it } from 'vitest';
import { isBackendAvailable, loadTf, registerGradients } from '../../../src/base/tensorflow/tf.js';

const hasTensorflow = await isBackendAvailable('tensorflow');

describe('backends of TensorFlow.js', () => {
  it.each(['cpu', 'wasm'] as const)('%s is set up and computes', async (backend) => {
    const tf = await loadTf(backend);
    expect(tf.getBackend()).toBe(backend);
    expect(tf.tidy(() => tf.add(1, 2).dataSync()[0])).toBe(3);
  });

  it('registers gradients of the operations where they are asked for', async () => {
    const tf = await loadTf('cpu');
    registerGradients();
    for (const kernel of ['Conv2D', 'DepthwiseConv2dNative', 'MaxPool', 'AvgPool', 'Prelu', 'FusedBatchNorm'])
      expect(tf.getGradient(kernel), kernel).toBeDefined();
  });

  it.skipIf(!hasTensorflow)('the TensorFlow library has the methods that its package calls on tensors', async () => {
    const tf = await loadTf('tensorflow');
    const [prelu, exponential, largest] = tf.tidy(() => [
      tf.prelu(tf.tensor1d([-1, 2]), tf.tensor1d([0.5, 0.5])).dataSync(),
      tf.exp(tf.tensor1d([0, 0], 'int32')).dataSync(),
      tf.argMax(tf.tensor1d([0, 1], 'bool')).dataSync(),
    ]);
    expect([[...prelu!], [...exponential!], [...largest!]]).toEqual([[-0.5, 2], [1, 1], [1]]);
  });

  it('leaves the handling of errors in the process as it was', async () => {
    const events = ['uncaughtException', 'unhandledRejection'] as const;
    const before = events.map((event) => process.listenerCount(event));
    await loadTf('wasm');
    expect(events.map((event) => process.listenerCount(event))).toEqual(before);
  });
});
