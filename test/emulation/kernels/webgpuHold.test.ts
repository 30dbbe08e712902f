/** The banks that the device holds in float32, against the float64 definition: transmissions, slopes, counts, what tuning holds. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { imagesOf } from '../../../src/base/batch.js';
import { createReferenceKernels } from '../../../src/emulation/backends/referenceKernels.js';
import { webgpuBackend } from '../../../src/emulation/backends/webgpuBackend.js';
import { type LoadedDense, loadDenseOn } from '../../../src/emulation/kernels/contract.js';
import { holdsOnDevice } from '../../../src/emulation/kernels/photonicDense/holdPrecision.js';
import { entryWordsOf, holdBatch } from '../../../src/emulation/kernels/photonicDense/webgpuBank.js';
import { deviceHolder } from '../../../src/emulation/kernels/photonicDense/webgpuHolding.js';
import type { WebGpuBackend } from '../../../src/emulation/kernels/webgpu/webgpuProgram.js';
import type { DenseBank, DenseProgram } from '../../../src/emulation/program/types.js';
import { uniforms } from '../../helpers/random.js';
import { loadWebgpu } from '../../helpers/webgpu.js';
import { compareLayer, programOf } from '../../parity/compare.js';
import { activations, bankOf, dacOf, denseProgram } from './programs.js';

/** Of WebGPU's globals, which Dawn brings. */
declare const GPUBufferUsage: { readonly MAP_READ: number };

const tf = await loadWebgpu();
const backend = tf && webgpuBackend(tf, createReferenceKernels());

const IMAGES = 3;
const load = (program: DenseProgram): LoadedDense => loadDenseOn(createReferenceKernels(), programOf(program), program);

/** Holds a batch on the device and in float64, and compares all that either says of it. */
async function compareHeld(program: DenseProgram, x: Float32Array): Promise<void> {
  const { inputs, passes } = program;
  const before = tf!.memory().numTensors;
  const holder = deviceHolder(tf!, program);
  const input = tf!.tensor2d(x, [IMAGES, inputs]);
  const held = await holder.hold(input, IMAGES);
  const [entries, ranges] = (await Promise.all([held.entries.data(), held.ranges.data()])) as [Int32Array, Int32Array];
  const counts = await held.counts((await Promise.all(held.read.map((tensor) => tensor.data()))) as Int32Array[]);
  tf!.dispose([input, held.entries, held.ranges, ...held.read]);
  holder.dispose();
  expect(tf!.memory().numTensors).toBe(before);

  const wanted = holdBatch(load(program), x, IMAGES);
  const words = entryWordsOf(program);
  /** Word `at` of the entries of run `run`. */
  const column = (values: ArrayLike<number>, of: Int32Array, run: number, at: number) =>
    Array.from({ length: of[2 * run + 1]! - of[2 * run]! }, (_, e) => values[words * (of[2 * run]! + e) + at]!);
  const floats = (values: Int32Array) => new Float32Array(values.buffer, values.byteOffset, values.length);
  for (let run = 0; run < passes * IMAGES; run++) {
    expect(ranges[2 * run]).toBe(run * inputs);
    expect(column(entries, ranges, run, 0)).toEqual(column(wanted.entries, wanted.ranges, run, 0));
    for (const at of words === 4 ? [1, 2] : [1, 2, 4, 5, 6, 7]) {
      const own = column(floats(entries), ranges, run, at);
      const of64 = column(floats(wanted.entries), wanted.ranges, run, at);
      expect(own).toBeAllclose(of64, { atol: 6e-7, rtol: 4e-7 });
    }
  }
  for (const [image, { passes: schedules, ...rest }] of wanted.counts.entries()) {
    const { passes: own, ...ownRest } = counts[image]!.counts;
    expect(ownRest).toEqual(rest);
    expect(own).toHaveLength(schedules.length);
    own.forEach(({ rows, slowRowsByUnit, eoShift_nm, toShift_nm }, pass) => {
      const schedule = schedules[pass]!;
      expect({ rows, slowRowsByUnit }).toEqual({ rows: schedule.rows, slowRowsByUnit: schedule.slowRowsByUnit });
      expect(eoShift_nm).toBeAllclose(schedule.eoShift_nm, { rtol: 1e-6, atol: 1e-9 });
      expect(toShift_nm).toBeAllclose(schedule.toShift_nm, { rtol: 1e-6, atol: 1e-9 });
    });
  }
}

type Effects = Readonly<Record<'gain' | 'source' | 'heating', boolean>>;

/** A bank of this shape with what its switches say; errors are those of `bankOf`. */
function randomBank(seed: number, inputs: number, given: Partial<DenseBank>, on: Effects): DenseBank {
  const bank = bankOf(seed, given);
  const next = uniforms(seed + 1);
  const slots = bank.ringsPerWaveguide * bank.waveguides;
  const values = (count: number, low: number, high: number) =>
    Float64Array.from({ length: count }, () => low + (high - low) * next());
  return {
    ...bank,
    gain: on.gain ? values(2 * bank.units * slots, 0.9, 1.1) : null,
    source_nm: on.source ? values(bank.units * slots, -0.02, 0.02) : null,
    heating: on.heating ? { full_nm: 0.05, excess: values(2 * inputs, -0.4, 0.6) } : null,
  };
}

describe.skipIf(!tf)('a bank that the device holds is that of float64', () => {
  const programs = fc.record({
    seed: fc.integer({ min: 1, max: 1e6 }),
    inputs: fc.integer({ min: 1, max: 700 }),
    shape: fc.constantFrom([50, 10] as const, [50, 50] as const, [7, 3] as const, [1, 1] as const, [80, 80] as const),
    units: fc.integer({ min: 1, max: 12 }),
    gain: fc.boolean(),
    source: fc.boolean(),
    heating: fc.boolean(),
    chirp: fc.boolean(),
    spectralCrosstalk: fc.boolean(),
    extinction: fc.boolean(),
    dac: fc.constantFrom(1, 4, 16, 24, null),
    passes: fc.constantFrom(1 as const, 2 as const),
    // Of a purely thermal tuner, within what activations reach, and beyond it.
    eoRange_nm: fc.constantFrom(0, 0.02, 0.15, 3),
  });

  test('whatever it has', () =>
    fc.assert(
      fc.asyncProperty(programs, async ({ seed, inputs, shape, dac, passes, chirp, extinction, ...given }) => {
        const { units, eoRange_nm, spectralCrosstalk, ...effects } = given;
        const own = { size: shape[0], ringsPerWaveguide: shape[1], units, eoRange_nm, spectralCrosstalk };
        const bank = randomBank(seed, inputs, extinction ? own : { ...own, Tmin: 0 }, effects);
        const program = denseProgram(seed, inputs, 3, bank, {
          passes,
          activationDac: dac === null ? { ...dacOf(16), quantise: false } : dacOf(dac),
          ...(chirp ? { chirp_nm: 0.005, lightPoint: [0.4, 0.5] } : {}),
        });
        await compareHeld(program, activations(seed, IMAGES * inputs, passes === 2));
      }),
      { numRuns: 30 },
    ));

  test('of every code beside those where a ring turns slow and where it begins to be detuned', async () => {
    const bank = bankOf(3, { eoRange_nm: 0.15 });
    const program = denseProgram(3, 400, 3, bank, { activationScale: 65_535, activationDac: dacOf(16, 65_535) });
    const { freeSpectralRange_nm, finesseCoefficient, Tmin, Tfs } = bank;
    const excess = finesseCoefficient * Math.sin((Math.PI * 0.15) / freeSpectralRange_nm) ** 2;
    const slow = (65_535 * ((Tmin + excess) / (1 + excess))) / Tfs;
    const around = (code: number) => Array.from({ length: 400 }, (_, at) => Math.round(code) - 200 + at);
    await compareHeld(
      program,
      Float32Array.from(
        [...around(slow), ...around((65_535 * Tmin) / Tfs), ...around(65_500)].map((v) => Math.max(v, 0)),
      ),
    );
  });

  test('of magnitudes one float32 apart where a ring turns slow', async () => {
    const bank = bankOf(3, { eoRange_nm: 0.15 });
    const activationDac = { ...dacOf(16), quantise: false };
    const program = denseProgram(3, 8, 3, bank, { activationDac });
    const { freeSpectralRange_nm, finesseCoefficient, Tmin, Tfs } = bank;
    const excess = finesseCoefficient * Math.sin((Math.PI * 0.15) / freeSpectralRange_nm) ** 2;
    const slow = Math.fround((1.5 * ((Tmin + excess) / (1 + excess))) / Tfs);
    const near = Float32Array.from({ length: 24 }, (_, at) => slow * (1 + (at - 12) * 2 ** -23));
    await compareHeld(program, near);
    // A unit of one slot: every magnitude is a row, and its own count.
    await compareHeld({ ...program, bank: bankOf(3, { eoRange_nm: 0.15, size: 1, ringsPerWaveguide: 1 }) }, near);
  });

  test('of inputs that are all 0, and of images of zeros among others', async () => {
    const program = denseProgram(4, 130, 3, bankOf(4), { passes: 2 });
    await compareHeld(program, new Float32Array(IMAGES * 130));
    const x = activations(4, IMAGES * 130, true);
    imagesOf(x, IMAGES, 1).fill(0);
    await compareHeld(program, x);
  });
});

describe.skipIf(!tf)('a layer whose bank the device holds', () => {
  test('reads counts back, not its input', async () => {
    const program = denseProgram(5, 4_000, 8, bankOf(5));
    const [layer] = backend!.load(programOf(program));
    const input = tf!.tensor2d(activations(5, 2 * 4_000), [2, 4_000]);
    const device = tf!.backend() as unknown as WebGpuBackend & { read(dataId: object): Promise<ArrayLike<number>> };
    const reads = vi.spyOn(device, 'read');
    // Whatever is copied to where the host can map it.
    const copied: { readonly from: object; readonly bytes: number }[] = [];
    const seen = new Set<object>();
    const ensure = device.ensureCommandEncoderReady.bind(device);
    const encoders = vi.spyOn(device, 'ensureCommandEncoderReady').mockImplementation(() => {
      ensure();
      const encoder = device.commandEncoder!;
      if (seen.has(encoder)) return;
      seen.add(encoder);
      const copy = encoder.copyBufferToBuffer.bind(encoder);
      encoder.copyBufferToBuffer = (from, at, to, place, bytes) => {
        if ((to as unknown as { usage: number }).usage & GPUBufferUsage.MAP_READ) copied.push({ from, bytes });
        copy(from, at, to, place, bytes);
      };
    });
    const options = { runSeed: 1, images: Int32Array.of(0, 1), noise: true, adc: true };
    const { output, counts } = await layer!.run(input, options);
    await counts;
    expect(reads).not.toHaveBeenCalled();
    for (const spy of [reads, encoders]) spy.mockRestore();
    expect(copied.length).toBeGreaterThan(0);
    expect(copied.map(({ from }) => from)).not.toContain(device.tensorMap.get(input.dataId)!.resource);
    expect(copied.reduce((sum, { bytes }) => sum + bytes, 0) / 4).toBeLessThan((2 * 4_000) / 50);
    tf!.dispose([input, output]);
    layer!.dispose();
  });
});

describe('who holds a bank', () => {
  const program = denseProgram(6, 130, 3, bankOf(6));
  const withBank = (given: Partial<DenseBank>) => ({ ...program, bank: { ...program.bank, ...given } });

  test.each([
    ['the device, where rings stand near', program, true],
    [
      'the host, where the response is measured',
      withBank({ response: { detuning_nm: new Float64Array(8), transmission: new Float64Array(8) } }),
      false,
    ],
    [
      'the host, where errors are many linewidths',
      withBank({ error_nm: program.bank.error_nm.map((e) => 100 * e) }),
      false,
    ],
    ['the host, where sources stand far off', withBank({ source_nm: new Float64Array(500).fill(2) }), false],
    [
      'the host, where light moves rings far',
      withBank({ heating: { full_nm: 10, excess: new Float64Array(260).fill(0.5) } }),
      false,
    ],
    ['the host, where linewidths are tiny', withBank({ finesseCoefficient: 1e9 }), false],
    ['the host, where gains magnify what rounds', withBank({ gain: new Float64Array(1000).fill(100) }), false],
    [
      'the host, where the range is small beside the weights',
      { ...program, adc: { ...program.adc, range: 0.01 } },
      false,
    ],
  ])('%s', (_, given, expected) => {
    expect(holdsOnDevice(given)).toBe(expected);
  });

  test.skipIf(!tf)('and where the host does, partial sums are as near', async () => {
    const far = withBank({ error_nm: program.bank.error_nm.map((e) => 100 * e) });
    const x = activations(6, 2 * 130);
    await compareLayer(backend!, { program: far, x, images: Int32Array.of(1, 2) });
  });
});
