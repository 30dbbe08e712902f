import { beforeAll, describe, expect, it } from 'vitest';
import { calibrate, compileForChip } from '../../../src/emulation/calibration/calibrate.js';
import { type EmulateOptions, emulate } from '../../../src/emulation/emulator/emulate.js';
import type { Program } from '../../../src/emulation/program/types.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { preprocess } from '../../../src/networks/preprocess.js';
import { smallImages, smallNetwork } from './smallNetwork.js';

const COUNT = 40;
const SIZE = 162;
const network = smallNetwork();
const images = smallImages(COUNT);
let program: Program;
beforeAll(async () => {
  const hardware = presetHardware('sonic');
  program = await compileForChip(network, hardware, 1, await calibrate(network, hardware, preprocess(network, images)));
});

const run = async (options: Partial<EmulateOptions> = {}) =>
  (await emulate({ network, program, digital: false, backend: 'wasm', runSeed: 1, images, count: COUNT, ...options }))
    .emulatedLogits!;

describe('a part of a split', () => {
  it('has for each image the bits it has in the whole split, wherever it lies', async () => {
    const whole = await run({ threads: 1 });
    const indices = Int32Array.of(3, 4, 17, 29, 39);
    const part = new Uint8Array(indices.length * SIZE);
    for (const [i, index] of indices.entries()) part.set(images.subarray(index * SIZE, (index + 1) * SIZE), i * SIZE);
    const expected = [...indices].flatMap((index) => [...whole.subarray(index * 10, (index + 1) * 10)]);
    for (const batch of [2, 16]) {
      const logits = await run({ images: part, indices, count: indices.length, batch, threads: 2 });
      expect([...logits]).toEqual(expected);
    }
    // Without their places the images are taken for the first five.
    const misplaced = await run({ images: part, count: indices.length, threads: 1 });
    expect([...misplaced]).not.toEqual(expected);
  });
});
