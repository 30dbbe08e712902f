/** Blocks of a trial: every image in one, in whole batches of the backend that runs it. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BACKEND_TRAITS, BACKENDS } from '../../../src/emulation/backends/types.js';
import { blockBounds } from '../../../src/experiments/trial/imageBlocks.js';

it('puts every image in one block, in order', () => {
  const anything = [fc.integer({ min: 1, max: 10_000 }), fc.constantFrom(...BACKENDS)] as const;
  fc.assert(
    fc.property(...anything, (images, backend) => {
      const bounds = blockBounds(images, backend);
      const [last, ...whole] = [...bounds].reverse();
      expect(bounds.reduce((next, { first, count }) => (first === next ? next + count : Number.NaN), 0)).toBe(images);
      for (const { count } of whole) expect(count % BACKEND_TRAITS[backend].batch).toBe(0);
      expect(last!.count).toBeGreaterThan(0);
    }),
  );
});

it('gives a device that waits for work more of it at once', () => {
  expect(BACKEND_TRAITS.webgpu.batch).toBeGreaterThan(BACKEND_TRAITS.wasm.batch);
});
