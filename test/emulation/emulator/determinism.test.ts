import { beforeAll, describe, expect, it } from 'vitest';
import { calibrate, compileForChip } from '../../../src/emulation/calibration/calibrate.js';
import { type EmulateOptions, type Emulation, emulate } from '../../../src/emulation/emulator/emulate.js';
import type { Program } from '../../../src/emulation/program/types.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { preprocess } from '../../../src/networks/preprocess.js';
import { smallImages, smallNetwork } from './smallNetwork.js';

const COUNT = 70;
const network = smallNetwork();
const images = smallImages(COUNT);
let program: Program;

const run = (options: Partial<EmulateOptions> = {}): Promise<Emulation> =>
  emulate({
    network,
    program,
    digital: true,
    backend: 'wasm',
    runSeed: 1,
    images,
    count: COUNT,
    threads: 1,
    batch: 64,
    ...options,
  });

/** What others are compared with: run() once. */
let whole: Emulation;

beforeAll(async () => {
  const hardware = presetHardware('sonic');
  program = await compileForChip(network, hardware, 1, await calibrate(network, hardware, preprocess(network, images)));
  whole = await run();
});

describe('emulate', () => {
  it.each([
    { batch: 1, threads: 2 },
    { batch: 7, threads: 2 },
    { batch: 7, threads: 1 },
    { batch: 64, threads: 2 },
  ])('gives the same bits with %o', async (options) => {
    const other = await run(options);
    expect(other.emulatedLogits).toEqual(whole.emulatedLogits);
    expect(other.digitalLogits).toEqual(whole.digitalLogits);
    expect(other.activity).toEqual(whole.activity);
  });

  // So few that they run in this thread, the whole in others.
  it('gives the first images the same bits whether or not others follow', async () => {
    const few = await run({ images: images.subarray(0, 5 * 162), count: 5 });
    expect(few.emulatedLogits).toEqual(whole.emulatedLogits!.subarray(0, 50));
    expect(few.digitalLogits).toEqual(whole.digitalLogits!.subarray(0, 50));
    expect(few.about).toBeNull();
  });

  it('draws other noise with another seed, about as large as the noise itself', async () => {
    const [one, two] = [whole, await run({ runSeed: 2 })];
    const differences = one.emulatedLogits!.map((logit, i) => logit - two.emulatedLogits![i]!);
    expect(differences.some((difference) => difference !== 0)).toBe(true);
    expect(Math.max(...differences.map(Math.abs))).toBeLessThan(0.1 * Math.max(...one.digitalLogits!.map(Math.abs)));
  });

  it('agrees with the float64 reference but for steps of the last converter', async () => {
    const few = { images: images.subarray(0, 6 * 162), count: 6 };
    const [wasm, reference] = [await run(few), await run({ ...few, backend: 'reference' })];
    const spread = Math.max(...reference.emulatedLogits!) - Math.min(...reference.emulatedLogits!);
    wasm.emulatedLogits!.forEach((logit, i) => {
      expect(Math.abs(logit - reference.emulatedLogits![i]!)).toBeLessThan(0.02 * spread);
    });
    expect(wasm.activity!.layers.map((layer) => layer.partialSums)).toEqual(
      reference.activity!.layers.map((layer) => layer.partialSums),
    );
  });

  it('in fidelity lumped the reference is its float64 definition, layer by layer', async () => {
    const few = { images: images.subarray(0, 2 * 162), count: 2, fidelities: new Array<'lumped'>(4).fill('lumped') };
    const [wasm, reference] = [await run(few), await run({ ...few, backend: 'reference' })];
    expect(
      reference.activity!.layers.map(({ litSamples, zeroActivations }) => [litSamples, zeroActivations])[0],
    ).toEqual(wasm.activity!.layers.map(({ litSamples, zeroActivations }) => [litSamples, zeroActivations])[0]);
    const spread = Math.max(...reference.emulatedLogits!) - Math.min(...reference.emulatedLogits!);
    wasm.emulatedLogits!.forEach((logit, i) => {
      expect(Math.abs(logit - reference.emulatedLogits![i]!)).toBeLessThan(0.02 * spread);
    });
  });

  it('counts what the network has', async () => {
    const { activity } = whole;
    const [conv1, conv2, dense1, dense2] = activity!.layers;
    expect(conv1!.samplesPerRow).toBe(49);
    expect(conv2!.samplesPerRow).toBe(42);
    expect([dense1!.samplesPerRow, dense2!.samplesPerRow]).toEqual([12, 10]);
    // dense1's output has either sign: dense2 runs two passes, each its own row.
    expect(dense2!.schedules.reduce((sum, s) => sum + s.images, 0)).toBe(2 * COUNT);
    expect(dense1!.schedules.reduce((sum, s) => sum + s.images, 0)).toBe(COUNT);
    expect(conv1!.activations).toBe(162 * COUNT);
    expect(conv1!.zeroActivations).toBe(images.reduce((zeros, byte) => zeros + (byte === 0 ? 1 : 0), 0));
  });
});

describe('emulate on ideal hardware', () => {
  it('is the digital network but for rounding', async () => {
    const effects = { weightQuantisation: false, activationQuantisation: false, adcQuantisation: false };
    const hardware = presetHardware('sonic-ideal', { effects });
    program = await compileForChip(
      network,
      hardware,
      1,
      await calibrate(network, hardware, preprocess(network, images)),
    );
    const { digitalLogits, emulatedLogits } = await run();
    const scale = Math.max(...digitalLogits!.map(Math.abs));
    emulatedLogits!.forEach((logit, i) => {
      expect(Math.abs(logit - digitalLogits![i]!)).toBeLessThan(1e-5 * scale);
    });
  });
});
