import { describe, expect, it } from 'vitest';
import { loadTf } from '../../src/network/tf.js';

describe('backends of TensorFlow.js', () => {
  it.each(['cpu', 'wasm'] as const)('%s is set up and computes', async (backend) => {
    const tf = await loadTf(backend);
    expect(tf.getBackend()).toBe(backend);
    expect(tf.tidy(() => tf.add(1, 2).dataSync()[0])).toBe(3);
  });

  it('leaves the handling of errors in the process as it was', async () => {
    const events = ['uncaughtException', 'unhandledRejection'] as const;
    const before = events.map((event) => process.listenerCount(event));
    await loadTf('wasm');
    expect(events.map((event) => process.listenerCount(event))).toEqual(before);
  });
});
