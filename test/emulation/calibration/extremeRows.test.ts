/** Which rows of a convolution can hold its maxima: those of some rows are those of all, and no value is above its bound. */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { imagesOf, sizeOf } from '../../../src/base/batch.js';
import { WasmKernels } from '../../../src/emulation/backends/wasmKernels.js';
import { ExtentMemory } from '../../../src/emulation/calibration/extentMemory.js';
import { measureExtents } from '../../../src/emulation/calibration/extents.js';
import { likelyRows, openRows, rowBounds, withRows } from '../../../src/emulation/calibration/extremeRows.js';
import type { RunStatistics, Tap } from '../../../src/emulation/kernels/contract.js';
import {
  type Conv2dProgram,
  inputShape,
  type MacProgram,
  outputShape,
  type Program,
} from '../../../src/emulation/program/types.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { compile, convSpec, inputSize } from '../../helpers/layers.js';
import { randomArray } from '../../helpers/random.js';
import { effectCases, electronicsCases, presetCases, shapeCases } from '../../parity/cases.js';

const kernels = await WasmKernels.create();
afterAll(() => kernels.free());

const QUIET = { runSeed: 0, image: 0, noise: false, adc: false } as const;

/** Maxima of all rows, image by image. */
function wholeMaxima(program: MacProgram, images: readonly Float32Array[]) {
  const layer = kernels.loadLayer(program);
  const y = new Float32Array(sizeOf(outputShape(program)));
  const stats: RunStatistics = { maximumAbsoluteU: 0, maximumVariance: 0 };
  for (const x of images) layer.run(x, y, { ...QUIET, stats });
  return stats;
}

function measured(program: MacProgram, images: readonly Float32Array[]) {
  kernels.free();
  const source = (sink: (l: number, x: Float32Array) => unknown) => {
    for (const x of images) sink(0, x);
  };
  const of = { layers: [program] } as unknown as Program;
  const [extents] = measureExtents(
    kernels,
    of,
    { inputs: source, images: { first: 0, end: images.length }, memory: new ExtentMemory() },
    null,
  );
  return { maximumAbsoluteU: extents!.maximumAbsoluteU, maximumVariance: extents!.maximumVariance };
}

describe('maxima', () => {
  it.each(
    [...effectCases(), ...presetCases(), ...shapeCases(), ...electronicsCases()].map((one) => [one.name, one] as const),
  )('are those of all rows: %s', (_, { program, x }) => {
    const count = x.length / sizeOf(inputShape(program));
    const images = Array.from({ length: count }, (_, i) => imagesOf(x, count, i));
    const both = [...images, ...images.toReversed(), ...images.map((image) => image.map((value) => value / 3))];
    expect(measured(program, both)).toEqual(wholeMaxima(program, both));
  });

  it('are those of all rows of any convolution on any images', () => {
    const cases = fc.record({
      seed: fc.integer({ min: 1, max: 1e6 }),
      filters: fc.integer({ min: 1, max: 40 }),
      channels: fc.constantFrom(1, 2, 4),
      groups: fc.constantFrom(1, 2),
      size: fc.integer({ min: 3, max: 9 }),
      twoPasses: fc.boolean(),
      zeros: fc.constantFrom(0, 0.5, 0.95, 1),
      dark: fc.constantFrom(0, 0.5, 0.9, 1),
      images: fc.integer({ min: 1, max: 9 }),
      preset: fc.constantFrom('sonic', 'sonic-ideal', 'sonic-pessimistic'),
      slots: fc.integer({ min: 1, max: 12 }),
      effects: fc.record({
        activationQuantisation: fc.boolean(),
        shotNoise: fc.boolean(),
        intensityNoise: fc.boolean(),
      }),
      scale: fc.constantFrom(0.2, 1, 3),
    });
    fc.assert(
      fc.property(
        cases,
        ({ seed, filters, channels, groups, size, twoPasses, zeros, dark, images, preset, slots, effects, scale }) => {
          const spec = convSpec({
            ...{ input: [size, size, channels], seed, twoPasses, zeros },
            ...(channels % groups === 0 ? { groups, filters: filters * groups } : { filters }),
          });
          const base = presetHardware(preset);
          const hardware = presetHardware(preset, {
            vdu: { conv: { size: slots } },
            effects: { ...base.effects, chirp: false, ...effects },
          });
          const program = compile(spec, hardware, scale);
          const inputs = Array.from({ length: images }, (_, i) =>
            randomArray(seed + i, inputSize(spec), twoPasses ? -1 : 0, 1 / (1 + (i % 3)), dark),
          );
          expect(measured(program, inputs)).toEqual(wholeMaxima(program, inputs));
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('bounds', () => {
  const hardware = parseHardware({});
  const spec = convSpec({ input: [8, 8, 4], filters: 24, kernel: [3, 3] });
  const program = compile(spec, hardware, 1);
  const bounds = rowBounds(program)!;

  it('are above what a tap shows of every row, and reached where all are at full scale', () => {
    const layer = kernels.loadLayer(program);
    const y = new Float32Array(sizeOf(outputShape(program)));
    const positions = program.geometry.output[0] * program.geometry.output[1];
    for (const x of [randomArray(3, inputSize(spec), 0, 1), new Float32Array(inputSize(spec)).fill(1)]) {
      const tap: Tap[] = [];
      layer.run(x, y, { ...QUIET, tap });
      bounds.u.forEach((bound, r) => {
        for (const u of tap[0]!.u.subarray(r * positions, (r + 1) * positions))
          expect(Math.abs(u)).toBeLessThanOrEqual(bound);
      });
    }
    // Every row of a network whose weights have one sign is at its bound there.
    const positive = compile({ ...spec, weight: spec.weight.map(Math.abs) }, hardware, 1);
    const maxima = wholeMaxima(positive, [new Float32Array(inputSize(spec)).fill(1)]);
    const { u, variance } = rowBounds(positive)!;
    expect(maxima.maximumAbsoluteU).toBeAllclose(Math.max(...u), { rtol: 1e-5 });
    expect(maxima.maximumVariance).toBeAllclose(Math.max(...variance), { rtol: 1e-5 });
  });

  it('leave few rows once something is reached, and never one that reached more', () => {
    const all = program.rowFilter.length;
    const images = [1, 2, 3, 4].map((seed) => randomArray(seed, inputSize(spec), 0, 1, 0.3));
    const maxima = wholeMaxima(program, images);
    const open = openRows(bounds, maxima);
    expect(open.length).toBeGreaterThan(0);
    expect(open.length).toBeLessThan(all / 2);
    const closed = Array.from({ length: all }, (_, r) => r).filter((r) => !open.includes(r));
    const rest = wholeMaxima(withRows(program, closed), images);
    expect(rest.maximumAbsoluteU).toBeLessThan(maxima.maximumAbsoluteU);
    expect(rest.maximumVariance).toBeLessThan(maxima.maximumVariance);
    expect(openRows(bounds, { maximumAbsoluteU: 0, maximumVariance: 0 })).toHaveLength(all);
    expect(likelyRows(bounds).length).toBeLessThan(all);
  });

  it('are not there where rows alone do not say it', () => {
    const chirped: Conv2dProgram = compile(spec, parseHardware({ vcsel: { chirp_nm: 0.02 } }), 1);
    expect(rowBounds(chirped)).toBeNull();
    const lit = compile(
      spec,
      parseHardware({ calibration: { photonsPerMultiplication: 50, photonAverage: 'image' } }),
      1,
    );
    expect(rowBounds(lit)).toBeNull();
  });
});
