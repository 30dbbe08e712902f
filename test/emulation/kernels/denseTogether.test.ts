/** Several images through a dense layer together, whole or cut by filters: the same bits as one after the other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imagesOf } from '../../../src/base/batch.js';
import { WasmKernels } from '../../../src/emulation/backends/wasmKernels.js';
import {
  type DenseCounts,
  emptyLumpedTap,
  type LoadedDense,
  type LumpedTap,
  type RunStatistics,
  type Tap,
} from '../../../src/emulation/kernels/contract.js';
import { runImages } from '../../../src/emulation/kernels/hostImages.js';
import { LOWER_BINS, UPPER_BINS } from '../../../src/emulation/kernels/magnitudes.js';
import type { DenseProgram } from '../../../src/emulation/program/types.js';
import { activations, bankOf, denseProgram, QUIET } from './programs.js';

const whole = await WasmKernels.create();
const cut = await WasmKernels.create(undefined, 0);
const LAYERS: [string, WasmKernels][] = [
  ['whole', whole],
  ['cut by filters', cut],
];

const programs = fc
  .record({
    seed: fc.nat(1000),
    inputs: fc.integer({ min: 1, max: 400 }),
    filters: fc.integer({ min: 1, max: 70 }),
    passes: fc.constantFrom(1 as const, 2 as const),
    chirp_nm: fc.constantFrom(0, 0.01),
    quiet: fc.boolean(),
    size: fc.constantFrom(7, 50),
  })
  .map(({ seed, inputs, filters, passes, chirp_nm, quiet, size }): DenseProgram => {
    const bank = bankOf(seed, { size, waveguides: Math.ceil(size / 10) });
    const lightPoint = chirp_nm === 0 ? null : ([0.4, 0.3] as const);
    return denseProgram(seed, inputs, filters, bank, {
      passes,
      chirp_nm,
      lightPoint,
      ...(quiet ? { noise: QUIET } : {}),
    });
  });
const options = fc.record({ runSeed: fc.nat(99), noise: fc.boolean(), adc: fc.boolean(), lumped: fc.boolean() });
const indices = fc.array(fc.nat(5000), { minLength: 1, maxLength: 37 }).map((list) => Int32Array.from(list));

const inputsOf = ({ inputs, passes }: DenseProgram, images: number) => activations(3, images * inputs, passes === 2);

interface Given {
  readonly runSeed: number;
  readonly noise: boolean;
  readonly adc: boolean;
  readonly lumped: boolean;
}

/** Outputs and counts, one image after the other. */
function oneByOne(layer: LoadedDense, x: Float32Array, images: Int32Array, { lumped, ...given }: Given) {
  const y = new Float32Array(images.length * layer.program.filters);
  const lumpedTaps: LumpedTap[] = [];
  const counts = Array.from(images, (image, i): DenseCounts => {
    const of = (values: Float32Array) => imagesOf(values, images.length, i);
    const tap = emptyLumpedTap();
    if (lumped) lumpedTaps.push(tap);
    if (lumped) return layer.lump!(of(x), of(y), { runSeed: given.runSeed, image, tap });
    return layer.run(of(x), of(y), { ...given, image });
  });
  return { y, counts, lumpedTaps };
}

describe.each(LAYERS)('a layer that is %s', (_, kernels) => {
  it('gives several images together what it gives them one after the other', () => {
    fc.assert(
      fc.property(programs, options, indices, (program, given, images) => {
        const x = inputsOf(program, images.length);
        whole.free();
        const expected = oneByOne(whole.loadLayer(program), x, images, given);
        const y = new Float32Array(expected.y.length);
        kernels.free();
        const lumpedTaps: LumpedTap[] | undefined = given.lumped ? [] : undefined;
        const counts = runImages(kernels.loadLayer(program), x, y, { ...given, images, lumpedTaps });
        expect(y).toEqual(expected.y);
        expect(counts).toEqual(expected.counts);
        expect(lumpedTaps ?? []).toEqual(expected.lumpedTaps);
      }),
      { numRuns: 60 },
    );
  });

  it('names the first input that is wrong, whatever came before it', () => {
    const program = denseProgram(1, 20, 40, bankOf(1));
    const x = inputsOf(program, 3);
    x[45] = -1;
    kernels.free();
    const layer = kernels.loadLayer(program);
    const run = () =>
      runImages(layer, x, new Float32Array(120), {
        runSeed: 1,
        images: Int32Array.of(0, 1, 2),
        noise: true,
        adc: true,
      });
    expect(run).toThrow(/negative/);
    x[45] = 1;
    run();
  });
});

describe('a layer that is cut by filters', () => {
  it('has the taps and statistics of the whole', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const x = inputsOf(program, 1);
        const all = [whole, cut].map((kernels) => {
          kernels.free();
          const layer = kernels.loadLayer(program);
          const y = new Float32Array(program.filters);
          const tap: Tap[] = [];
          const lumped: LumpedTap = { value: new Float64Array(), variance: new Float64Array() };
          const magnitudes = { upper: null, counts: new Float64Array(UPPER_BINS), unit: 0 };
          const stats: RunStatistics = { maximumAbsoluteU: 0, maximumVariance: 0, magnitudes };
          layer.run(x, y, { runSeed: 2, image: 4, noise: true, adc: true, tap });
          layer.lump!(x, y, { runSeed: 2, image: 4, tap: lumped });
          layer.run(x, y, { runSeed: 0, image: 0, noise: false, adc: false, stats });
          return { tap, lumped, stats };
        });
        expect(all[1]).toEqual(all[0]);
      }),
      { numRuns: 40 },
    );
  });
});

describe.each(LAYERS)('statistics of several images through a layer that is %s', (_, kernels) => {
  it('are those of one after the other', () => {
    fc.assert(
      fc.property(programs, indices, fc.constantFrom(null, 0x3f00, 0x4000), (program, images, upper) => {
        const x = inputsOf(program, images.length);
        const all = [1, images.length].map((together) => {
          kernels.free();
          const layer = kernels.loadLayer(program);
          const counts = new Float64Array(upper === null ? UPPER_BINS : LOWER_BINS);
          const stats: RunStatistics = {
            maximumAbsoluteU: 0,
            maximumVariance: 0,
            magnitudes: { upper, counts, unit: 0 },
          };
          const y = new Float32Array(images.length * program.filters);
          for (let first = 0; first < images.length; first += together) {
            const some = images.subarray(first, first + together);
            const of = (values: Float32Array) => imagesOf(values, images.length, first, some.length);
            runImages(layer, of(x), of(y), { runSeed: 0, images: some, noise: false, adc: false, stats });
          }
          return { stats, y };
        });
        expect(all[1]).toEqual(all[0]);
      }),
      { numRuns: 30 },
    );
  });
});
