import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BACKEND_TRAITS, type BackendName } from '../../../src/emulation/backends/types.js';
import { plannedBatch } from '../../../src/emulation/emulator/batchPlan.js';
import { conv2d, relu } from '../../../src/networks/build.js';
import type { Network } from '../../../src/networks/types.js';
import { smallNetwork } from './smallNetwork.js';

/** One convolution of 64 filters on images of size x size. */
function wideNetwork(size: number): Network {
  const padding = [
    [1, 1],
    [1, 1],
  ] as const;
  return {
    name: 'wide',
    inputShape: [size, size, 3],
    inputRange: [0, 1],
    preprocessing: { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
    layers: [{ ...conv2d('conv', 'input', [3, 3, 64]), padding }, relu('relu', 'conv')],
    output: 'relu',
  };
}

it('runs of small networks have batches of sixteen', () => {
  expect(plannedBatch(smallNetwork(), 5, 2, 'wasm')).toBe(16);
  expect(plannedBatch(smallNetwork(), 10_000, 2, 'wasm')).toBe(16);
});

it('a backend that cuts its batches by itself is given what it asks for', () => {
  for (const backend of ['webgpu', 'tensorflow'] as BackendName[])
    expect(plannedBatch(wideNetwork(700), 300, 1, backend)).toBe(BACKEND_TRAITS[backend].batch);
});

it('every thread has a batch of a long run of few images, and activations fit', () => {
  const cases = fc.record({
    size: fc.integer({ min: 100, max: 700 }),
    count: fc.integer({ min: 1, max: 300 }),
    threads: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(cases, ({ size, count, threads }) => {
      const batch = plannedBatch(wideNetwork(size), count, threads, 'wasm');
      const bytes = 4 * 64 * size * size;
      expect(batch).toBeGreaterThanOrEqual(1);
      expect(batch).toBeLessThanOrEqual(16);
      // The thread that deals batches is at one itself.
      if (batch > 1) expect(batch * 1728 * size * size).toBeLessThanOrEqual(1e9);
      if (batch > 1) expect(batch * bytes).toBeLessThanOrEqual(2 ** 26);
      // 27 products a weight and position: 1728 multiply-accumulates a pixel.
      if (1728 * size * size * count >= 2e9) expect(batch * (threads - 1)).toBeLessThan(count + threads);
    }),
  );
});
