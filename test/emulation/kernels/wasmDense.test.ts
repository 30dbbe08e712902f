/** The WebAssembly dense layer against the float64 definition, within the contract's tolerance (section 9). */
import { beforeEach, describe, expect, test } from 'vitest';
import { NetworkError } from '../../../src/base/errors.js';
import { WasmKernels } from '../../../src/emulation/backends/wasmKernels.js';
import type { RunOptions, Tap } from '../../../src/emulation/kernels/contract.js';
import { rowTuning } from '../../../src/emulation/kernels/photonicDense/holdRow.js';
import { holdActivations, photonicDenseReference } from '../../../src/emulation/kernels/photonicDense/reference.js';
import { quantiseActivations } from '../../../src/emulation/kernels/referenceSteps.js';
import type { DenseBank, DenseProgram } from '../../../src/emulation/program/types.js';
import { activations, adcOf, bankOf, dacOf, denseProgram, QUIET } from './programs.js';

const OPTIONS: RunOptions = { runSeed: 9, image: 5, noise: true, adc: true };
const kernels = await WasmKernels.create();
beforeEach(() => kernels.free());

function inputOf({ inputs, passes }: DenseProgram, seed = 1): Float32Array {
  return activations(seed, inputs, passes === 2);
}

/** Everything the kernel yields, against the reference. */
function expectParity(program: DenseProgram, options: RunOptions = OPTIONS): void {
  const x = inputOf(program);
  const tap: Tap[] = [];
  const y = new Float32Array(program.filters);
  const counts = kernels.loadLayer(program).run(x, y, { ...options, tap });
  const expected = photonicDenseReference(program, x, options);
  const { range, step } = program.adc;
  expect(tap.length).toBe(program.passes);
  let [conversions, different, clipped, lit, rows] = [0, 0, 0, 0, 0];
  expected.passes.forEach((pass, p) => {
    const { activationCode, k, hPlus, hMinus, u, adcCode } = tap[p]!;
    expect(activationCode).toEqual(pass.activationCode);
    expect(k).toEqual(pass.k);
    // Codes are exact, so H is float64; values that are not rounded are float32.
    const atol = program.activationDac.quantise ? 1e-10 : 1e-6;
    hPlus!.forEach((H, row) => {
      expect(H).toBeAllclose(pass.hPlus[row]!, { atol, rtol: 0 });
      expect(hMinus![row]!).toBeAllclose(pass.hMinus[row]!, { atol, rtol: 0 });
    });
    expect(u).toBeAllclose(pass.u, { atol: 1e-6 * range, rtol: 0 });
    if (pass.adcCode) {
      pass.adcCode.forEach((code, at) => {
        expect(Math.abs(adcCode![at]! - code)).toBeLessThanOrEqual(1);
        different += Math.abs(adcCode![at]! - code);
      });
    } else expect(adcCode).toBeNull();
    conversions += pass.u.length;
    clipped += pass.clippedConversions;
    lit += pass.litSamples;
    rows += pass.k.length;
  });
  expect(different).toBeLessThanOrEqual(Math.max(2, 1e-3 * conversions));
  const scale = program.activationScale * program.weightScale * program.gainScale;
  const atol = scale * (different * step + Math.max(1, rows) * 1e-6 * range) + 2e-6;
  expect(y).toBeAllclose(expected.y, { atol, rtol: 1e-6 });
  expect(counts.clippedActivations).toBe(expected.clippedActivations);
  expect(counts.zeroActivations).toBe(expected.zeroActivations);
  expect(counts.litSamples).toBe(lit);
  expect(Math.abs(counts.clippedConversions - clipped)).toBeLessThanOrEqual(different);
}

const SIZES: [number, number][] = [
  [130, 40],
  [49, 16],
  [50, 10],
  [51, 1],
  [3, 33],
  [700, 64],
];

describe.each(SIZES)('%i inputs, %i filters', (inputs, filters) => {
  test('one pass', () => expectParity(denseProgram(1, inputs, filters, bankOf(1))));
  test('two passes', () => expectParity(denseProgram(2, inputs, filters, bankOf(2), { passes: 2 })));
  test('without noise', () => expectParity(denseProgram(3, inputs, filters, bankOf(3), { passes: 2, noise: QUIET })));
  test('without ADC', () => expectParity(denseProgram(4, inputs, filters, bankOf(4)), { ...OPTIONS, adc: false }));
});

const BANKS: [string, Partial<DenseBank>][] = [
  ['one waveguide', { ringsPerWaveguide: 50, channelSpacing_nm: 18 / 50 }],
  ['size that w does not divide', { size: 20, ringsPerWaveguide: 6, waveguides: 4 }],
  ['one slot', { size: 1, ringsPerWaveguide: 1, waveguides: 1 }],
  ['no spectral crosstalk', { spectralCrosstalk: false }],
  ['perfect extinction', { Tmin: 0 }],
  ['a very high Q', { finesseCoefficient: 1e10 }],
  ['50 rings of a very high Q', { ringsPerWaveguide: 50, channelSpacing_nm: 18 / 50, finesseCoefficient: 1e10 }],
  ['spacing given, closer than its errors', { channelSpacing_nm: 0.04 }],
  ['one unit', { units: 1 }],
];

test.each(BANKS)('bank: %s', (_, given) => {
  const bank = bankOf(5, given);
  expectParity(denseProgram(5, 180, 20, bank, { passes: 2, adc: adcOf(16, 0.16 * bank.size) }));
});

test.each([1, 4, 16, 24])('activation DAC of %i bits', (bits) => {
  expectParity(denseProgram(6, 130, 20, bankOf(6), { activationDac: dacOf(bits) }));
});

test('activations that are not rounded', () => {
  expectParity(denseProgram(7, 130, 20, bankOf(7), { activationDac: { ...dacOf(16), quantise: false } }));
});

test('an ADC that clips', () => {
  const program = denseProgram(8, 200, 21, bankOf(8), { adc: adcOf(5, 0.5) });
  expectParity(program);
  const counts = kernels.loadLayer(program).run(inputOf(program), new Float32Array(21), OPTIONS);
  expect(counts.clippedConversions).toBeGreaterThan(20);
});

test.each([
  ['shot', { shot: 1e-4, intensity: 0, constant: 0 }],
  ['intensity', { shot: 0, intensity: 1e-4, constant: 0 }],
  ['constant', { shot: 0, intensity: 0, constant: 1e-4 }],
])('%s noise alone', (_, noise) => expectParity(denseProgram(9, 130, 20, bankOf(9), { noise })));

describe('tuning of the bank', () => {
  test.each([0, 0.15, 0.3, 10])('electro-optic range %f nm: as the rings were detuned', (eoRange_nm) => {
    const program = denseProgram(10, 900, 12, bankOf(10, { eoRange_nm, units: 3 }), { passes: 2 });
    const x = inputOf(program);
    const { passes } = kernels.loadLayer(program).run(x, new Float32Array(12), OPTIONS);
    passes.forEach((schedule, pass) => {
      const held = holdActivations(program, quantiseActivations(program, x, pass).value);
      const tuning = held.map(({ detuning_nm }) => rowTuning(program.bank, detuning_nm));
      const sum = (kind: 'eo_nm' | 'to_nm', slow: boolean) =>
        tuning.filter((row) => row.slow === slow).reduce((total, row) => total + row[kind], 0);
      expect(schedule.rows).toBe(held.length);
      expect(schedule.eoShift_nm).toBeAllclose([sum('eo_nm', false), sum('eo_nm', true)], { rtol: 1e-9 });
      expect(schedule.toShift_nm).toBeAllclose([sum('to_nm', false), sum('to_nm', true)], { rtol: 1e-9 });
      const slowByUnit = [0, 1, 2].map((unit) => tuning.filter((row, r) => row.slow && r % 3 === unit).length);
      expect(schedule.slowRowsByUnit).toEqual(tuning.some((row) => row.slow) ? slowByUnit : []);
    });
  });

  test('a full-scale activation takes a known shift', () => {
    // t = Tfs: T(delta) = Tfs in closed form
    const bank = bankOf(11, { eoRange_nm: 0.2 });
    const program = denseProgram(11, 1, 4, bank);
    const { passes } = kernels.loadLayer(program).run(Float32Array.of(1.5), new Float32Array(4), OPTIONS);
    const delta = passes[0]!.eoShift_nm[1] / 2 + passes[0]!.toShift_nm[1] / 2;
    const excess = bank.finesseCoefficient * Math.sin((Math.PI * delta) / 18) ** 2;
    expect(1 - (1 - bank.Tmin) / (1 + excess)).toBeAllclose(bank.Tfs, { rtol: 1e-12 });
    expect(passes[0]!.eoShift_nm).toBeAllclose([0, 0.4], { rtol: 1e-12 });
  });
});

describe('a loaded layer', () => {
  const program = denseProgram(12, 260, 35, bankOf(12), { passes: 2 });

  test('gives the same bits whatever ran before, with a tap or without', () => {
    const layer = kernels.loadLayer(program);
    const run = (options: RunOptions) => {
      const y = new Float32Array(35);
      return { counts: layer.run(inputOf(program), y, options), y };
    };
    const alone = run(OPTIONS);
    layer.run(inputOf(program, 50), new Float32Array(35), { ...OPTIONS, image: 123 });
    expect(run(OPTIONS)).toEqual(alone);
    expect(run({ ...OPTIONS, tap: [] })).toEqual(alone);
    expect(run({ ...OPTIONS, image: 6 }).y).not.toEqual(alone.y);
  });

  test('finds the maxima that calibration asks for', () => {
    const stats = { maximumAbsoluteU: 0, maximumVariance: 0 };
    const options = { ...OPTIONS, noise: false, adc: false };
    kernels.loadLayer(program).run(inputOf(program), new Float32Array(35), { ...options, stats });
    const { passes } = photonicDenseReference(program, inputOf(program), options);
    const u = Math.max(...passes.flatMap((pass) => Array.from(pass.u, Math.abs)));
    const variance = Math.max(...passes.flatMap((pass) => Array.from(pass.variance)));
    expect(stats.maximumAbsoluteU).toBeAllclose(u, { rtol: 2e-6 });
    expect(stats.maximumVariance).toBeAllclose(variance, { rtol: 2e-6 });
  });

  test('yields its shift where nothing is active, or it has no scale', () => {
    const shift = Array.from(program.shift, Math.fround);
    const y = new Float32Array(35);
    const dark = kernels.loadLayer(program).run(new Float32Array(260), y, OPTIONS);
    expect(Array.from(y)).toEqual(shift);
    expect(dark.passes.map(({ rows }) => rows)).toEqual([0, 0]);
    expect(dark.zeroActivations).toBe(260);
    const none = kernels.loadLayer({ ...program, weightScale: 0 }).run(inputOf(program), y.fill(0), OPTIONS);
    expect(Array.from(y)).toEqual(shift);
    expect(none.passes).toEqual([]);
    expect(none.litSamples).toBe(0);
  });

  test('refuses a negative input to one pass, and NaN', () => {
    const x = new Float32Array(260);
    x[259] = -1;
    expect(() => kernels.loadLayer({ ...program, passes: 1 }).run(x, new Float32Array(35), OPTIONS)).toThrow(
      NetworkError,
    );
    expect(() => kernels.loadLayer(program).run(x, new Float32Array(35), OPTIONS)).not.toThrow();
    x[0] = Number.NaN;
    expect(() => kernels.loadLayer(program).run(x, new Float32Array(35), OPTIONS)).toThrow(/element 0 is NaN/);
  });
});

test('weights that are written straight into memory are those of a kept pack', () => {
  // 4.3 million weights, more than are kept; of the same inputs and few filters, kept.
  const [inputs, filters] = [33, 130_000];
  const wide = denseProgram(21, inputs, filters, bankOf(3), { noise: QUIET });
  const first = 40;
  const streamed = wide.streamed as Float64Array;
  const narrow: DenseProgram = {
    ...wide,
    filters: first,
    gain: wide.gain.subarray(0, first),
    shift: wide.shift.subarray(0, first),
    streamed: Float64Array.from({ length: inputs * first }, (_, at) => {
      return streamed[Math.floor(at / first) * filters + (at % first)]!;
    }),
  };
  const run = (program: DenseProgram) => {
    const y = new Float32Array(program.filters);
    const counts = kernels.loadLayer(program).run(inputOf(program), y, { ...OPTIONS, noise: false });
    return { y: y.subarray(0, first), counts };
  };
  const [ofWide, ofNarrow] = [run(wide), run(narrow)];
  expect(ofWide.y).toEqual(ofNarrow.y);
  const active = [...inputOf(wide).keys()].filter((k) => inputOf(wide)[k]! > 0);
  const lit = active.reduce((n, k) => n + streamed.subarray(k * filters, (k + 1) * filters).filter((v) => v).length, 0);
  expect(ofWide.counts.litSamples).toBe(lit);
});
