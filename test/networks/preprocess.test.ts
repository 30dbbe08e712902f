import { expect, it } from 'vitest';
import { preprocess } from '../../src/networks/preprocess.js';

it('scales, shifts and divides per channel', () => {
  const preprocessing = { scale: 1 / 255, mean: [0, 0.5], std: [1, 0.25] };
  expect(Array.from(preprocess({ preprocessing, inputShape: [1, 2, 2] }, Uint8Array.of(0, 0, 255, 255)))).toEqual([
    0, -2, 1, 2,
  ]);
});

it('takes one mean for all channels', () => {
  const preprocessing = { scale: 1, mean: [1], std: [2] };
  expect(Array.from(preprocess({ preprocessing, inputShape: [3] }, Uint8Array.of(1, 3, 5)))).toEqual([0, 1, 2]);
});

it('refuses parts of images', () => {
  const preprocessing = { scale: 1, mean: [0], std: [1] };
  expect(() => preprocess({ preprocessing, inputShape: [2, 2] }, new Uint8Array(7))).toThrow(
    '7 bytes are not whole images of 4',
  );
});
