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

it('networks of many weights have four images a batch at most, and as many for each thread', () => {
  // 19 MB of weights, 170 million multiply-accumulates an image: 12 images are a long run.
  const heavy: Network = {
    ...wideNetwork(8),
    inputShape: [8, 8, 1024],
    layers: [conv2d('conv', 'input', [3, 1024, 512])],
    output: 'conv',
  };
  const planned = (counts: readonly number[], threads: number) =>
    counts.map((count) => plannedBatch(heavy, count, threads, 'wasm'));
  expect(planned([1, 11], 2)).toEqual([4, 4]);
  expect(planned([12, 13, 40, 1000], 2)).toEqual([3, 4, 4, 4]);
  expect(planned([12, 32, 33, 64], 8)).toEqual([2, 4, 3, 4]);
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
      // No thread has more batches than it would have with the largest ones.
      const rounds = Math.ceil(Math.ceil(count / batch) / threads);
      const most = plannedBatch(wideNetwork(size), 1e6, 1, 'wasm');
      expect(rounds).toBeLessThanOrEqual(Math.ceil(count / (most * threads)));
    }),
  );
});
