/**
 * Fidelity `lumped` against `exact` on every layer of the MNIST network (section 10 of the contract); lumped.slow.test.ts has
 * its accuracy on many images.
 */

import { beforeAll, describe, expect, it } from 'vitest';
import { philoxUniforms } from '../../../src/base/random/philox.js';
import { readBytes } from '../../../src/base/storedBytes.js';
import { loadTf, type Tf } from '../../../src/base/tensorflow/tf.js';
import { createKernels } from '../../../src/emulation/backends/index.js';
import { compileForChip } from '../../../src/emulation/calibration/calibrate.js';
import { layerFidelities, lumpedValidity } from '../../../src/emulation/emulator/fidelity.js';
import type { Kernels, LoadedLayer } from '../../../src/emulation/kernels/contract.js';
import { type DrawNormals, drawOutputs, type LumpedLayer } from '../../../src/emulation/kernels/lumpedOutputs.js';
import { loadLumpedConv2d } from '../../../src/emulation/kernels/photonicConv2D/lumped.js';
import { loadLumpedDense } from '../../../src/emulation/kernels/photonicDense/lumped.js';
import type { Program } from '../../../src/emulation/program/types.js';
import { type Probes, probeDigital } from '../../../src/experiments/attribution/layerErrors.js';
import { loadExperiment } from '../../../src/experiments/run/loadExperiment.js';
import { calibrateOn, runExperiment } from '../../../src/experiments/run/runExperiment.js';
import { preprocess } from '../../../src/networks/preprocess.js';

const IMAGES = 12;
let [tf, program, probes, kernels, layers] = [] as unknown as [Tf, Program, Probes, Kernels, LoadedLayer[]];

const experiment = (images: number, ...set: string[]) =>
  loadExperiment({ network: 'mnist', hardware: 'sonic', set: ['calibration.images=50', ...set], images });
const lumpedOf = (layer: LoadedLayer): LumpedLayer =>
  'hold' in layer ? loadLumpedDense(tf, layer) : loadLumpedConv2d(tf, layer.program);

/** The layers on hardware that `set` changes. */
async function load(...set: string[]) {
  const { network, dataset, calibrationSet, hardware } = await experiment(IMAGES, ...set);
  tf = await loadTf('wasm');
  program = await compileForChip(network, hardware, 1, await calibrateOn(network, hardware, calibrationSet));
  probes = await probeDigital(network, preprocess(network, readBytes(dataset.images, 0, IMAGES * 784)));
  kernels = await createKernels('wasm');
  layers = kernels.load(program);
}

beforeAll(() => load());

/** Largest distance of two empirical distributions; sorts both. */
function kolmogorovSmirnov(a: Float64Array, b: Float64Array): number {
  a.sort();
  b.sort();
  let [i, j, largest] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    if (a[i]! <= b[j]!) i++;
    else j++;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return largest;
}

/** Outputs of both fidelities, standardised by the lumped mean and deviation, the same dither of a step added. */
async function standardised(l: number): Promise<{ exact: Float64Array; lumped: Float64Array }> {
  const [layer, probe] = [layers[l]!, probes[l]!];
  const { activationScale, weightScale, gainScale, adc, shift, filters } = layer.program;
  const scale = activationScale * weightScale * gainScale;
  const lumped = lumpedOf(layer);
  const [exactAll, lumpedAll]: number[][] = [[], []];
  const draw: DrawNormals = async (seed, count) => kernels.normals(seed, count);
  for (const [image, x] of probe.inputs.entries()) {
    const { value, variance } = await lumped.sum(x, 1);
    const [exact, drawn] = [new Float32Array(value.length), new Float32Array(value.length)];
    layer.run(x, exact, { runSeed: 5, image, noise: true, adc: true });
    // Another seed: the two would share the first normals of a stream.
    await drawOutputs(lumped, draw, value, variance, { runSeed: 6, image }, drawn);
    const dither = philoxUniforms([l, image], 0, value.length);
    value.forEach((mean, at) => {
      if (variance[at] === 0) return;
      const standardise = (y: number) =>
        ((y - shift[at % filters]!) / scale - mean + (dither[at]! - 0.5) * adc.step) / Math.sqrt(variance[at]!);
      exactAll!.push(standardise(exact[at]!));
      lumpedAll!.push(standardise(drawn[at]!));
    });
  }
  lumped.dispose();
  return { exact: Float64Array.from(exactAll!), lumped: Float64Array.from(lumpedAll!) };
}

describe('lumped', () => {
  // Two-sample bound at a false-alarm probability of 1e-4: 2.23 sqrt(2 / n) (Smirnov 1948); seeds are fixed.
  it.each([0, 1, 2, 3])('gives layer %i outputs distributed as exact does', async (l) => {
    const { exact, lumped } = await standardised(l);
    expect(exact.length).toBeGreaterThanOrEqual(100);
    const bound = 2.23 * Math.sqrt(2 / exact.length);
    expect(kolmogorovSmirnov(exact, lumped)).toBeLessThan(bound);
  });

  it('would be told apart if its noise were a tenth larger', async () => {
    const { exact, lumped } = await standardised(1);
    expect(
      kolmogorovSmirnov(
        exact,
        lumped.map((z) => 1.1 * z),
      ),
    ).toBeGreaterThan(2.23 * Math.sqrt(2 / exact.length));
  });
});

describe('validity', () => {
  const [layer] = [() => program.layers[1]!];
  it('holds for the typical hardware', () => {
    expect(layerFidelities(program, 'auto')).toEqual(['lumped', 'lumped', 'lumped', 'lumped']);
  });
  it('ends where partial sums clip', () => {
    const { adc } = layer();
    expect(lumpedValidity({ ...layer(), peak: 1.01 * adc.range })).toMatchObject({
      valid: false,
      peakOverRange: expect.closeTo(1.01, 9),
    });
    expect(lumpedValidity({ ...layer(), peak: 0.99 * adc.range }).valid).toBe(true);
    expect(lumpedValidity({ ...layer(), peak: null }).valid).toBe(false);
  });
  it('ends where a step is larger than the dark noise', () => {
    const { adc, noise } = layer();
    const step = Math.sqrt(noise.constant);
    expect(lumpedValidity({ ...layer(), adc: { ...adc, step: 1.01 * step } }).valid).toBe(false);
    expect(lumpedValidity({ ...layer(), adc: { ...adc, step: 0.99 * step } }).valid).toBe(true);
  });
  it('does not matter where nothing is converted', () => {
    const { adc } = layer();
    expect(lumpedValidity({ ...layer(), peak: null, adc: { ...adc, quantise: false } }).valid).toBe(true);
  });
  it('sends a coarse converter to exact', async () => {
    const given = await experiment(10, 'adc.bits=6');
    const result = await runExperiment({ ...given, fidelity: 'auto' });
    expect(result.layers.map(({ fidelity }) => fidelity)).toEqual(['exact', 'exact', 'exact', 'exact']);
    const lumped = await runExperiment({ ...given, fidelity: 'lumped' });
    expect(lumped.warnings.filter((warning) => warning.includes('lumped'))).toHaveLength(4);
  });
});

describe('lumped, of chirping sources', () => {
  beforeAll(() => load('vcsel.chirp_nm=0.03'));

  it.each([0, 1, 2, 3])('gives layer %i outputs distributed as exact does', async (l) => {
    expect(layers[l]!.program.chirp_nm).toBe(0.03);
    const { exact, lumped } = await standardised(l);
    expect(exact.length).toBeGreaterThanOrEqual(100);
    expect(kolmogorovSmirnov(exact, lumped)).toBeLessThan(2.23 * Math.sqrt(2 / exact.length));
  });

  it('would be told apart if it left out what chirp adds to the sums', async () => {
    const { exact } = await standardised(1);
    // The same layer, its lumped sums without the product of squares.
    const chirping = layers[1]!;
    if (chirping.program.kind !== 'conv2d') throw new Error('layer 1 is a convolution');
    const still = { ...chirping.program, chirp_nm: 0, dPlus: null, dMinus: null, lightPoint: null };
    const [plain, whole] = [loadLumpedConv2d(tf, still), lumpedOf(chirping)];
    const shifted: number[] = [];
    for (const x of probes[1]!.inputs) {
      const [without, sums] = [await plain.sum(x, 1), await whole.sum(x, 1)];
      sums.value.forEach((mean, at) => {
        if (sums.variance[at]! > 0) shifted.push((mean - without.value[at]!) / Math.sqrt(sums.variance[at]!));
      });
    }
    plain.dispose();
    whole.dispose();
    expect(
      kolmogorovSmirnov(
        exact,
        Float64Array.from(shifted, (by, at) => exact[at]! + by),
      ),
    ).toBeGreaterThan(2.23 * Math.sqrt(2 / exact.length));
  });
});
