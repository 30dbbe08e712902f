/** The WebAssembly convolution against the float64 definition, within the contract's tolerance (section 9). */
import { beforeEach, describe, expect, test } from 'vitest';
import { NetworkError, UnsupportedLayerError } from '../../../src/base/errors.js';
import { WasmKernels } from '../../../src/emulation/backends/wasmKernels.js';
import type { RunOptions, Tap } from '../../../src/emulation/kernels/contract.js';
import { photonicConv2dReference } from '../../../src/emulation/kernels/photonicConv2D/reference.js';
import type { Conv2dProgram, ConvGeometry } from '../../../src/emulation/program/types.js';
import { activations, adcOf, convProgram, dacOf, geometryOf, QUIET } from './programs.js';

const OPTIONS: RunOptions = { runSeed: 9, image: 5, noise: true, adc: true };
const kernels = await WasmKernels.create();
beforeEach(() => kernels.free());

function inputOf({ geometry, passes }: Conv2dProgram, seed = 1): Float32Array {
  const [rows, columns, channels] = geometry.input;
  return activations(seed, rows * columns * channels, passes === 2);
}

function outputOf({ geometry: { output } }: Conv2dProgram): Float32Array {
  return new Float32Array(output[0] * output[1] * output[2]);
}

/** How many differ; none by more than one. */
function countSteps(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let different = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    expect(difference).toBeLessThanOrEqual(1);
    different += difference;
  }
  return different;
}

/** Everything the kernel yields, against the reference. */
function expectParity(program: Conv2dProgram, options: RunOptions = OPTIONS): void {
  const x = inputOf(program);
  const tap: Tap[] = [];
  const y = outputOf(program);
  const counts = kernels.loadLayer(program).run(x, y, { ...options, tap });
  const expected = photonicConv2dReference(program, x, options);
  const { range, step } = program.adc;
  expect(tap.length).toBe(program.passes);
  let [conversions, different, clipped, lit] = [0, 0, 0, 0];
  expected.passes.forEach((pass, p) => {
    expect(tap[p]!.activationCode).toEqual(pass.activationCode);
    expect(tap[p]!.u).toBeAllclose(pass.u, { atol: 1e-6 * range, rtol: 0 });
    if (pass.adcCode) different += countSteps(tap[p]!.adcCode!, pass.adcCode);
    else expect(tap[p]!.adcCode).toBeNull();
    conversions += pass.u.length;
    clipped += pass.clippedConversions;
    lit += pass.litSamples;
  });
  const scale = program.activationScale * program.weightScale * program.gainScale;
  const rowsOfFilter = new Map<number, number>();
  for (const f of program.rowFilter) rowsOfFilter.set(f, (rowsOfFilter.get(f) ?? 0) + program.passes);
  const mostTerms = Math.max(1, ...rowsOfFilter.values());
  expect(different).toBeLessThanOrEqual(Math.max(2, 1e-3 * conversions));
  const atol = scale * (different * step + mostTerms * 1e-6 * range) + 2e-6;
  expect(y).toBeAllclose(expected.y, { atol, rtol: 1e-6 });
  expect(counts.clippedActivations).toBe(expected.clippedActivations);
  expect(counts.zeroActivations).toBe(expected.zeroActivations);
  expect(counts.litSamples).toBe(lit);
  expect(Math.abs(counts.clippedConversions - clipped)).toBeLessThanOrEqual(different);
}

const GEOMETRIES: [string, ConvGeometry][] = [
  [
    'same 3x3, read directly',
    geometryOf({
      input: [16, 16, 3],
      kernel: [3, 3],
      filters: 6,
      padding: [
        [1, 1],
        [1, 1],
      ],
    }),
  ],
  ['valid 5x5 on one channel', geometryOf({ input: [12, 12, 1], kernel: [5, 5], filters: 5 })],
  ['width 7: gathered, positions that 4 does not divide', geometryOf({ input: [9, 9, 2], kernel: [3, 3], filters: 4 })],
  ['one position', geometryOf({ input: [3, 3, 4], kernel: [3, 3], filters: 3 })],
  ['1x1 on 5 channels', geometryOf({ input: [4, 4, 5], kernel: [1, 1], filters: 7 })],
  ['row stride 2, read directly', geometryOf({ input: [9, 8, 4], kernel: [2, 1], filters: 4, strides: [2, 1] })],
  [
    'stride 2, dilation 2',
    geometryOf({ input: [13, 14, 2], kernel: [3, 2], filters: 3, strides: [2, 2], dilation: [2, 3] }),
  ],
  ['dilated, read directly', geometryOf({ input: [8, 10, 2], kernel: [2, 2], filters: 3, dilation: [3, 2] })],
  [
    'asymmetric padding',
    geometryOf({
      input: [6, 5, 3],
      kernel: [3, 3],
      filters: 4,
      padding: [
        [0, 2],
        [2, 1],
      ],
    }),
  ],
  [
    'groups',
    geometryOf({
      input: [8, 8, 6],
      kernel: [3, 3],
      filters: 9,
      groups: 3,
      padding: [
        [1, 1],
        [1, 1],
      ],
    }),
  ],
  ['depthwise', geometryOf({ input: [7, 7, 4], kernel: [3, 3], filters: 4, groups: 4, strides: [2, 2] })],
  ['more samples than are drawn at a time', geometryOf({ input: [30, 36, 2], kernel: [3, 3], filters: 5 })],
];

describe.each(GEOMETRIES)('%s', (_, geometry) => {
  test('one pass', () => expectParity(convProgram(1, geometry)));
  test('two passes', () => expectParity(convProgram(2, geometry, { passes: 2 })));
  test('without noise', () => expectParity(convProgram(3, geometry, { passes: 2, noise: QUIET })));
  test('without ADC', () => expectParity(convProgram(4, geometry), { ...OPTIONS, adc: false }));
});

const GEOMETRY = geometryOf({
  input: [10, 12, 3],
  kernel: [3, 3],
  filters: 5,
  padding: [
    [1, 1],
    [1, 1],
  ],
});

/** One weight of 1 on one ring, nothing rounded but by the ADC: u = x. */
const EXACT_PRODUCT: Partial<Conv2dProgram> = {
  activationScale: 1,
  activationDac: { quantise: false, maximumCode: 1, codeScale: 1 },
  floor: 0,
  noise: QUIET,
  rowFilter: Int32Array.of(0),
  rowStart: Int32Array.of(0, 1),
  entryK: Int32Array.of(0),
  held: Float64Array.of(1),
  hPlus: Float64Array.of(1),
  hMinus: Float64Array.of(0),
  c: 1,
};

describe('converters', () => {
  test.each([2, 4, 8, 22, 23])('ADC of %i bits', (bits) => {
    // Beyond 16 bits a step is finer than float32 resolves, so u alone is held to a tolerance.
    const program = convProgram(5, GEOMETRY, { adc: adcOf(bits, bits < 16 ? 0.7 : 900) });
    expectParity(program);
  });

  test('ADC of 24 bits, whose codes are large', () => {
    const adc = adcOf(24, 1);
    const geometry = geometryOf({ input: [4, 4, 1], kernel: [1, 1], filters: 1 });
    const program = convProgram(6, geometry, { ...EXACT_PRODUCT, activationScale: 1.5, adc, gain: Float64Array.of(1) });
    const layer = kernels.loadLayer(program);
    const tap: Tap[] = [];
    const y = outputOf(program);
    const { clippedConversions } = layer.run(new Float32Array(16).fill(1.5), y, { ...OPTIONS, tap });
    expect(Array.from(tap[0]!.adcCode!)).toEqual(new Array(16).fill(adc.limit));
    expect(clippedConversions).toBe(0);
    expect(y).toBeAllclose(new Array(16).fill(1.5 * 0.75 * 2 + program.shift[0]!), { rtol: 1e-6 });
  });

  test('ADC of 24 bits rounds ties to even', () => {
    const geometry = geometryOf({ input: [1, 8, 1], kernel: [1, 1], filters: 1 });
    const program = convProgram(6, geometry, {
      ...EXACT_PRODUCT,
      adc: { quantise: true, range: 2 ** 5, step: 2 ** -18, limit: 2 ** 23 - 1 },
      gain: Float64Array.of(1),
    });
    const inSteps = [0, 0.5, 1.5, 1.75, 2.5, 3.25, 1000.5, 2 ** 18];
    const tap: Tap[] = [];
    kernels.loadLayer(program).run(
      Float32Array.from(inSteps, (u) => u * 2 ** -18),
      outputOf(program),
      { ...OPTIONS, tap },
    );
    expect(Array.from(tap[0]!.adcCode!)).toEqual([0, 0, 2, 2, 2, 3, 1000, 2 ** 18]);
  });

  test('conversions that clip are counted, positions beyond the last are not', () => {
    const geometry = geometryOf({ input: [5, 5, 4], kernel: [1, 1], filters: 3 });
    const program = convProgram(7, geometry, { adc: adcOf(6, 0.1), noise: { ...QUIET, constant: 25 } });
    const counts = kernels.loadLayer(program).run(inputOf(program), outputOf(program), OPTIONS);
    const expected = photonicConv2dReference(program, inputOf(program), OPTIONS).passes[0]!.clippedConversions;
    expect(expected).toBeGreaterThan(0.9 * 25 * program.rowFilter.length);
    expect(counts.clippedConversions).toBe(expected);
  });

  test('ties round to even, on both sides of 0', () => {
    const geometry = geometryOf({ input: [1, 8, 1], kernel: [1, 1], filters: 2 });
    const program = convProgram(8, geometry, {
      activationScale: 8,
      activationDac: { quantise: false, maximumCode: 1, codeScale: 1 },
      floor: 0,
      adc: { quantise: true, range: 4, step: 1 / 16, limit: 7 },
      noise: QUIET,
      rowFilter: Int32Array.of(0, 1),
      rowStart: Int32Array.of(0, 1, 2),
      entryK: Int32Array.of(0, 0),
      held: Float64Array.of(1, -1),
      hPlus: Float64Array.of(1, 0),
      hMinus: Float64Array.of(0, 1),
      gain: Float64Array.of(1, 1),
      c: 1,
    });
    // u / step = 2 x
    const x = Float32Array.of(0, 0.25, 0.75, 1.25, 1.75, 3.5, 3.75, 4);
    const tap: Tap[] = [];
    const { clippedConversions } = kernels.loadLayer(program).run(x, outputOf(program), { ...OPTIONS, tap });
    expect(Array.from(tap[0]!.adcCode!)).toEqual(
      [0, 0, 2, 2, 4, 7, 7, 7, -0, -0, -2, -2, -4, -7, -7, -7].map((c) => c | 0),
    );
    expect(clippedConversions).toBe(4);
  });

  test.each([1, 4, 16, 24])('activation DAC of %i bits', (bits) => {
    expectParity(convProgram(9, GEOMETRY, { activationDac: dacOf(bits) }));
  });

  test('activations that are not rounded, and a floor of 0.4', () => {
    expectParity(convProgram(10, GEOMETRY, { activationDac: { ...dacOf(16), quantise: false }, floor: 0.4 }));
  });

  test('a floor between two codes', () =>
    expectParity(convProgram(11, GEOMETRY, { activationDac: dacOf(3), floor: 0.35 })));
});

describe('noise', () => {
  test.each([
    ['shot', { shot: 1e-4, intensity: 0, constant: 0 }],
    ['intensity', { shot: 0, intensity: 1e-4, constant: 0 }],
    ['constant', { shot: 0, intensity: 0, constant: 1e-4 }],
  ])('%s alone', (_, noise) => expectParity(convProgram(12, GEOMETRY, { noise })));

  test('is that of the run, the layer, the image and the pass', () => {
    const program = convProgram(13, GEOMETRY, { passes: 2 });
    const runs = [
      [program, OPTIONS],
      [program, { ...OPTIONS, runSeed: 10 }],
      [program, { ...OPTIONS, image: 6 }],
      [{ ...program, layerIndex: 4 }, OPTIONS],
    ] as const;
    const outputs = runs.map(([layer, options]) => {
      const y = outputOf(layer);
      kernels.loadLayer(layer).run(inputOf(layer), y, options);
      return y.join();
    });
    expect(new Set(outputs).size).toBe(runs.length);
    for (const [layer, options] of runs) expectParity(layer, options);
  });

  test('can be left out', () => {
    const program = convProgram(14, GEOMETRY);
    const [silent, quiet] = [outputOf(program), outputOf(program)];
    kernels.loadLayer(program).run(inputOf(program), silent, { ...OPTIONS, noise: false });
    kernels.loadLayer({ ...program, noise: QUIET }).run(inputOf(program), quiet, OPTIONS);
    expectParity(program, { ...OPTIONS, noise: false });
    expect(silent).toBeAllclose(quiet, { atol: 3 * program.adc.step * 2.25 });
  });
});

describe('a loaded layer', () => {
  const program = convProgram(15, GEOMETRIES[2]![1], { passes: 2 });

  test('gives the same bits whatever ran before, with a tap or without', () => {
    const other = convProgram(16, GEOMETRY);
    const [first, second] = [kernels.loadLayer(program), kernels.loadLayer(other)];
    const run = (options: RunOptions) => {
      const y = outputOf(program);
      const counts = first.run(inputOf(program), y, options);
      return { y, counts };
    };
    const alone = run(OPTIONS);
    second.run(inputOf(other), outputOf(other), OPTIONS);
    first.run(inputOf(program, 99), outputOf(program), { ...OPTIONS, image: 77 });
    expect(run(OPTIONS)).toEqual(alone);
    expect(run({ ...OPTIONS, tap: [] })).toEqual(alone);
    kernels.free();
    kernels.loadLayer(other);
    const again = outputOf(program);
    kernels.loadLayer(program).run(inputOf(program), again, OPTIONS);
    expect(again).toEqual(alone.y);
  });

  test('finds the maxima that calibration asks for', () => {
    const stats = { maximumAbsoluteU: 0, maximumVariance: 0 };
    const options = { ...OPTIONS, noise: false, adc: false };
    kernels.loadLayer(program).run(inputOf(program), outputOf(program), { ...options, stats });
    const { passes } = photonicConv2dReference(program, inputOf(program), options);
    expect(stats.maximumAbsoluteU).toBeAllclose(Math.max(...passes.flatMap(({ u }) => Array.from(u, Math.abs))), {
      rtol: 1e-6,
    });
    expect(stats.maximumVariance).toBeAllclose(Math.max(...passes.flatMap(({ variance }) => Array.from(variance))), {
      rtol: 1e-6,
    });
    const before = { ...stats };
    kernels.loadLayer(program).run(new Float32Array(162), outputOf(program), { ...options, stats });
    expect(stats).toEqual(before);
  });

  test('yields its shift where it has no scale', () => {
    for (const scale of ['activationScale', 'weightScale', 'gainScale'] as const) {
      const y = outputOf(program);
      const counts = kernels.loadLayer({ ...program, [scale]: 0 }).run(inputOf(program), y, OPTIONS);
      expect(Array.from(y)).toEqual(Array.from(y, (_, at) => Math.fround(program.shift[at % program.filters]!)));
      expect([counts.litSamples, counts.clippedConversions]).toEqual([0, 0]);
    }
  });

  test('has no rows where all its weights are 0', () => {
    const empty = { ...program, rowFilter: new Int32Array(), rowStart: Int32Array.of(0), entryK: new Int32Array() };
    const y = outputOf(program);
    kernels.loadLayer(empty).run(inputOf(program), y, OPTIONS);
    expect(Array.from(y)).toEqual(Array.from(y, (_, at) => Math.fround(program.shift[at % program.filters]!)));
  });

  test('refuses what it cannot compute', () => {
    const onePass = kernels.loadLayer({ ...program, passes: 1 });
    const negative = new Float32Array(162);
    negative[40] = -0.5;
    expect(() => onePass.run(negative, outputOf(program), OPTIONS)).toThrow(NetworkError);
    expect(() => onePass.run(negative, outputOf(program), OPTIONS)).toThrow(/'layer'.*element 40 is -0.5/);
    negative[40] = -0;
    expect(() => onePass.run(negative, outputOf(program), OPTIONS)).not.toThrow();
    negative[7] = Number.NaN;
    expect(() => kernels.loadLayer(program).run(negative, outputOf(program), OPTIONS)).toThrow(/element 7 is NaN/);
  });
});

test('noise streams that are too long are refused when loading', () => {
  const rows = 2 ** 18 + 1;
  const program = convProgram(17, geometryOf({ input: [256, 256, 1], kernel: [1, 1], filters: 1 }), {
    rowFilter: new Int32Array(rows),
  });
  expect(() => kernels.loadLayer(program)).toThrow(UnsupportedLayerError);
});
