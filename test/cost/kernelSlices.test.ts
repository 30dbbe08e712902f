import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelsAtOnce, countSlices, expectedSlices } from '../../src/cost/kernelSlices.js';
import { conv2d, relu } from '../../src/networks/build.js';
import type { Network } from '../../src/networks/types.js';

/** One convolution; weights by [row][column][channel][filter]. */
function networkOf(kernel: number, channels: number, filters: number, weight: (at: number) => number): Network {
  const layer = conv2d('conv1', 'input', [kernel, channels, filters]);
  layer.weight.forEach((_, at) => {
    layer.weight[at] = weight(at);
  });
  return {
    name: 'one',
    inputShape: [8, 8, channels],
    inputRange: [0, 1],
    preprocessing: { scale: 1, mean: [0], std: [1] },
    layers: [layer, relu('relu1', 'conv1')],
    output: 'relu1',
  };
}

describe('kernel slices', () => {
  it('by hand: two channels of a 3 x 3 kernel, one with 9 weights and one with 3', () => {
    // k = tap * 2 + channel: channel 0 has all nine taps, channel 1 the first three.
    const network = networkOf(3, 2, 1, (k) => (k % 2 === 0 || k < 6 ? 1 : 0));
    expect(countSlices(network, 5)).toEqual({ kernel: '3 x 3', slices: 2, mean: 6, fitting: 0.5, chunks: 1.5 });
    // Slices: chunks of 5, 4 and 3. In one list of 12: 5, 5, 2, all but the last of both channels.
    expect(channelsAtOnce(network, 5, 'slice')).toEqual({ rows: 3, mean: 1, most: 1 });
    expect(channelsAtOnce(network, 5, 'concatenated')).toEqual({ rows: 3, mean: 5 / 3, most: 2 });
  });

  it('leaves 1 x 1 kernels out, whose slice is one weight', () => {
    const network = networkOf(1, 4, 3, () => 1);
    expect(countSlices(network, 5).slices).toBe(0);
  });

  it('concatenated chunks are never more, and hold at most as many channels as they are long', () => {
    const weights = fc.array(fc.boolean(), { minLength: 9 * 4 * 3, maxLength: 9 * 4 * 3 });
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 12 }), (isThere, size) => {
        fc.pre(isThere.includes(true));
        const network = networkOf(3, 4, 3, (at) => (isThere[at] ? 1 : 0));
        const [slice, together] = [
          channelsAtOnce(network, size, 'slice'),
          channelsAtOnce(network, size, 'concatenated'),
        ];
        expect(slice.most).toBe(1);
        expect(together.rows).toBeLessThanOrEqual(slice.rows);
        expect(together.most).toBeLessThanOrEqual(Math.min(size, 4));
        expect(slice.rows).toBeCloseTo(countSlices(network, size).chunks * 12, 9);
      }),
    );
  });

  it('expected: nine weights at a half are at most five with 382 of 512 outcomes', () => {
    // 1 + 9 + 36 + 84 + 126 + 126 of 2^9.
    const slices = expectedSlices(
      networkOf(3, 2, 2, () => 0),
      { conv1: 0.5 },
      5,
    );
    expect(slices.mean).toBe(4.5);
    expect(slices.fitting).toBeCloseTo(382 / 512, 9);
    // More than five: two chunks.
    expect(slices.chunks).toBeCloseTo((382 - 1 + 2 * 130) / 512, 9);
    expect(
      expectedSlices(
        networkOf(3, 2, 2, () => 0),
        {},
        5,
      ),
    ).toMatchObject({ mean: 9, fitting: 0 });
  });
});
