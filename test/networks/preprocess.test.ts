import { expect, it } from 'vitest';
import { preprocess } from '../../src/networks/preprocess.js';

it('scales, shifts and divides per channel', () => {
  const preprocessing = { scale: 1 / 255, mean: [0, 0.5], std: [1, 0.25] };
  expect(Array.from(preprocess({ preprocessing }, Uint8Array.of(0, 0, 255, 255)))).toEqual([0, -2, 1, 2]);
});

it('takes one mean for all channels', () => {
  const preprocessing = { scale: 1, mean: [1], std: [2] };
  expect(Array.from(preprocess({ preprocessing }, Uint8Array.of(1, 3, 5)))).toEqual([0, 1, 2]);
});
