/** Operations on batches: shapes are checked, images are independent, nothing leaks. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createBackend } from '../../../src/emulation/backends/index.js';
import type { PhotonicBackend } from '../../../src/emulation/backends/types.js';
import type { PhotonicLayer } from '../../../src/emulation/kernels/batchLayer.js';
import type { Tap } from '../../../src/emulation/kernels/contract.js';
import { photonicConv2d } from '../../../src/emulation/kernels/photonicConv2D/op.js';
import { photonicDense } from '../../../src/emulation/kernels/photonicDense/op.js';
import type { Conv2dProgram, DenseProgram } from '../../../src/emulation/program/types.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { compile, convSpec, denseSpec } from '../../helpers/layers.js';
import { randomArray } from '../../helpers/random.js';

const hardware = presetHardware('sonic');
const IMAGES = Int32Array.of(900_000, 3, 17);
const options = { runSeed: 1, images: IMAGES, noise: true, adc: true };
let backend: PhotonicBackend;
let conv: PhotonicLayer<Conv2dProgram>;
let dense: PhotonicLayer<DenseProgram>;

beforeAll(async () => {
  backend = await createBackend('wasm');
  const layers = [compile(convSpec(), hardware, 1, 2), compile(denseSpec(), hardware, 1, 4)];
  const [first, second] = backend.load({ hardware, chipSeed: 1, layers, warnings: [] });
  conv = first as PhotonicLayer<Conv2dProgram>;
  dense = second as PhotonicLayer<DenseProgram>;
});

describe('photonicConv2d and photonicDense', () => {
  it('give every image what it gets alone, taps and counts included', async () => {
    const { tf } = backend;
    const x = randomArray(4, 3 * 90, 0, 1, 0.2);
    const before = tf.memory().numTensors;
    const tap: Tap[][] = [];
    const input = tf.tensor(x, [3, 6, 5, 3]);
    const { output, counts } = await photonicConv2d(input, conv, { ...options, tap });
    const together = (await output.data()) as Float32Array;
    expect(output.shape).toEqual([3, 4, 3, 4]);
    for (const [i, image] of IMAGES.entries()) {
      const own: Tap[][] = [];
      const one = tf.tensor(x.subarray(i * 90, (i + 1) * 90), [1, 6, 5, 3]);
      const alone = await photonicConv2d(one, conv, { ...options, images: Int32Array.of(image), tap: own });
      expect(together.slice(i * 48, (i + 1) * 48)).toEqual(await alone.output.data());
      expect(await alone.counts).toEqual([(await counts)[i]]);
      expect(own[0]).toEqual(tap[i]);
      tf.dispose([one, alone.output]);
    }
    tf.dispose([input, output]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('say what shape they take', async () => {
    const { tf } = backend;
    const flat = tf.zeros([3, 90]);
    await expect(photonicConv2d(flat, conv, options)).rejects.toThrow(
      "layer 'layer' takes [batch, rows, columns, channels] = [3,6,5,3], not [3,90]",
    );
    await expect(photonicDense(flat, dense, options)).rejects.toThrow(
      "layer 'layer' takes [batch, inputs] = [3,130], not [3,90]",
    );
    flat.dispose();
  });
});
