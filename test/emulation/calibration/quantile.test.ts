import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBytes } from '../../../src/base/storedBytes.js';
import { createReferenceKernels } from '../../../src/emulation/backends/referenceKernels.js';
import { WasmKernels } from '../../../src/emulation/backends/wasmKernels.js';
import { calibrate, compileForChip } from '../../../src/emulation/calibration/calibrate.js';
import { QuantileSearch } from '../../../src/emulation/calibration/quantile.js';
import { calibratedRange, quantileOf } from '../../../src/emulation/calibration/range.js';
import type { LoadedLayer, Tap } from '../../../src/emulation/kernels/contract.js';
import { countMagnitudes } from '../../../src/emulation/kernels/magnitudes.js';
import type { MacProgram, Program } from '../../../src/emulation/program/types.js';
import { loadExperiment } from '../../../src/experiments/run/loadExperiment.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { preprocess } from '../../../src/networks/preprocess.js';
import { compile, convSpec, denseSpec, inputSize } from '../../helpers/layers.js';
import { randomArray } from '../../helpers/random.js';

/** The definition, by counting. */
function quantileByCounting(values: number[], quantile: number): number {
  const candidates = [...values].sort((a, b) => a - b);
  return candidates.find((v) => values.filter((other) => other <= v).length >= quantile * values.length)!;
}

function searched(quantile: number, pass: (search: QuantileSearch) => void): number {
  const search = new QuantileSearch(quantile);
  pass(search);
  search.refine();
  pass(search);
  return search.value;
}

const magnitudes = fc.array(fc.float({ min: 0, noNaN: true, noDefaultInfinity: true }), {
  minLength: 1,
  maxLength: 60,
});
const share = fc.constantFrom(0.001, 0.25, 0.5, 0.8, 0.99, 0.999, 1);

describe('quantiles', () => {
  it('are the smallest value that a share of all does not exceed', () => {
    fc.assert(
      fc.property(magnitudes, share, fc.array(fc.boolean()), (values, q, signs) => {
        const wanted = quantileByCounting(values, q);
        expect(quantileOf(Float64Array.from(values), q)).toBe(wanted);
        const found = searched(q, ({ counts }) => {
          values.forEach((value, i) => {
            countMagnitudes(Float32Array.of(signs[i] ? -value : value), counts);
          });
        });
        expect(found).toBe(wanted);
      }),
    );
  });
  it('of nothing is 0', () => expect(searched(0.5, () => {})).toBe(0));
});

const outputSize = (program: MacProgram) =>
  program.kind === 'dense' ? program.filters : program.geometry.output.reduce((a, b) => a * b, 1);

/** Both passes' |u| of a layer by its tap. */
function tappedMagnitudes(layer: LoadedLayer, x: Float32Array, y: Float32Array): Float32Array {
  const tap: Tap[] = [];
  layer.run(x, y, { runSeed: 0, image: 0, noise: false, adc: false, tap });
  return Float32Array.from(tap.flatMap(({ u }) => [...u]).map(Math.abs));
}

describe('what kernels count', () => {
  const effects = presetHardware('sonic');
  // Samples that do not fill vectors of sixteen, and those that do; one pass and two.
  const layers = [
    convSpec({ input: [6, 5, 3], filters: 4, twoPasses: true }),
    convSpec({ input: [6, 6, 2], filters: 3, twoPasses: false }),
    convSpec({ input: [3, 3, 2], filters: 5, twoPasses: true }),
    denseSpec({ inputs: 130, filters: 7, twoPasses: true }),
    denseSpec({ inputs: 60, filters: 32, twoPasses: false }),
    denseSpec({ inputs: 10, filters: 17, zeros: 0.9 }),
  ];
  it.each([...layers.entries()])('has the quantiles of what the tap shows: layer %i', async (_, spec) => {
    const program = compile(spec as never, effects, 0.9) as MacProgram;
    const inputs = inputSize(spec);
    const images = [1, 2, 3].map((seed) => randomArray(seed, inputs, program.passes === 1 ? 0 : -1, 1, 0.5));
    const wholeProgram = { layers: [program] } as unknown as Program;
    for (const kernels of [await WasmKernels.create(), createReferenceKernels()]) {
      const [layer] = kernels.load(wholeProgram) as [LoadedLayer];
      const y = new Float32Array(outputSize(program));
      const all = Float32Array.from(images.flatMap((x) => [...tappedMagnitudes(layer, x, y)]));
      expect(all.length).toBeGreaterThan(0);
      for (const quantile of [0.001, 0.3, 0.5, 0.9, 0.99, 1]) {
        const found = searched(quantile, ({ counts: magnitudes }) => {
          for (const x of images) {
            const stats = { maximumAbsoluteU: 0, maximumVariance: 0, magnitudes };
            layer.run(x, y, { runSeed: 0, image: 0, noise: false, adc: false, stats });
          }
        });
        expect(found, `${quantile}`).toBe(quantileOf(Float32Array.from(all), quantile));
      }
      kernels.free();
    }
  });
});

describe('a range by quantile', () => {
  it('is what sorting all partial sums of the calibration images gives, in a time of the same order', async () => {
    const { network, calibrationSet, hardware } = await loadExperiment({
      network: 'mnist',
      hardware: 'sonic',
      set: [],
    });
    const size = calibrationSet.shape.reduce((a, b) => a * b, 1);
    const images = preprocess(network, readBytes(calibrationSet.images, 0, 2 * size));
    const compiled = async (rangeQuantile: number, activationQuantile: number) => {
      const there = {
        ...hardware,
        adc: { ...hardware.adc, rangeQuantile },
        calibration: { ...hardware.calibration, activationQuantile },
      };
      const started = performance.now();
      const calibration = await calibrate(network, there, images);
      const program = await compileForChip(network, there, 1, calibration);
      return { program, calibration, time_ms: performance.now() - started };
    };
    await compiled(1, 1);
    const [plain, { program, time_ms }] = [await compiled(1, 1), await compiled(0.995, 1)];
    // Two passes instead of one, and counting; with room for a machine that is busy elsewhere. It was 80 times.
    expect(time_ms).toBeLessThan(8 * plain.time_ms);
    const { calibration } = await compiled(1, 0.999);
    const kernels = await WasmKernels.create();
    const loaded = kernels.load(plain.program);
    const [activations, sums] = [loaded.map(() => [] as number[]), loaded.map(() => [] as number[])];
    calibration.inputs((l, x) => {
      const layer = loaded[l]!;
      const y = new Float32Array(outputSize(layer.program));
      for (const value of x) activations[l]!.push(Math.abs(value));
      for (const value of tappedMagnitudes(layer, x, y)) sums[l]!.push(value);
    });
    loaded.forEach((_, l) => {
      expect(calibration.activationScales[l]).toBe(quantileOf(Float64Array.from(activations[l]!), 0.999));
      // The noise's part of the range is the same in both.
      const sorted = Float64Array.from(sums[l]!);
      const [quantile, largest] = [quantileOf(sorted, 0.995), sorted.at(-1)!];
      const [range, plainRange] = [program.layers[l]!.adc.range, plain.program.layers[l]!.adc.range];
      expect(plainRange - range).toBeGreaterThan(0);
      expect(Math.abs(plainRange - range - 1.1 * (largest - quantile))).toBeLessThan(1e-6 * plainRange);
    });
    kernels.free();
  }, 120_000);
});

describe('calibratedRange', () => {
  it('leaves room for noise', () => expect(calibratedRange(5, 1, 0.01)).toBeCloseTo(1.1 + 0.6, 12));
  it('is at most the vector size', () => expect(calibratedRange(5, 6, 0)).toBe(5));
  it('is the vector size where nothing was seen', () => expect(calibratedRange(5, 0, 0)).toBe(5));
});
