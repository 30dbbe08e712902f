/** Host side of the WebAssembly kernel of dense layers: uploads a program's weights and bank once, then runs images. */

import { ceil4 } from '../../../base/random/seeds.js';
import { type DenseProgram, hasOptics } from '../../program/types.js';
import { heldPlanes, type LoadedDense, type PassSchedule, type RunOptions } from '../contract.js';
import type { KernelInstance } from '../wasm/instance.js';
import { loadQuantiser } from '../wasm/quantiser.js';
import {
  allocateCounts,
  allocateStreams,
  BLOCK,
  CONVERTER,
  clippedConversionsOf,
  converterOf,
  loadLastMask,
  loadScaling,
  lumpedVariance,
  MODE,
  modeOf,
  noSums,
  recordMaxima,
  seedStreams,
  writeShift,
} from '../wasm/samples.js';
import { Struct } from '../wasm/struct.js';
import { loadBank } from './wasmBank.js';
import { allocateTap } from './wasmTap.js';

const DENSE_JOB = new Struct({
  inputs: 'u32',
  filters: 'u32',
  pitch: 'u32',
  blocks: 'u32',
  size: 'u32',
  codes0: 'u32',
  codes1: 'u32',
  divisor: 'u32',
  weights: 'u32',
  bank: 'u32',
  stream0: 'u32',
  stream1: 'u32',
  normals: 'u32',
  entries: 'u32',
  values: 'u32',
  H: 'u32',
  coefficients: 'u32',
  sums: 'u32',
  lastMask: 'u32',
  scaling: 'u32',
  out: 'u32',
  tap: 'u32',
  tapEntries: 'u32',
  tapH: 'u32',
  tapRows: 'u32',
  converter: 'u32',
  limit: 'f32',
  limitPlusHalf: 'f32',
  constantVariance: 'f32',
  results: 'u32',
  slowRows: 'u32',
  mostRows: 'u32',
  lumpedVariance: 'f32',
  variances: 'u32',
  rows0: 'u32',
  rows1: 'u32',
  counts: 'u32',
  upper: 'u32',
});

/** 4 vectors of counts and maxima, then 4 float64 of shifts per pass. */
const RESULT_BYTES = 64 + 2 * 32;

/** Non-zero streamed weights of each input. */
function countUses({ streamed, inputs, filters }: DenseProgram): Int32Array {
  const uses = new Int32Array(inputs);
  for (let at = 0; at < streamed.length; at++) if (streamed[at] !== 0) uses[Math.floor(at / filters)]!++;
  return uses;
}

/** Weights by blocks of 16 filters, so that a row's weights of a block lie close together: [blocks][inputs][16]. */
function loadWeights({ memory }: KernelInstance, { streamed, inputs, filters }: DenseProgram, blocks: number): number {
  const address = memory.allocate(4 * BLOCK * blocks * inputs);
  const weights = memory.f32;
  for (let k = 0; k < inputs; k++) {
    for (let f = 0; f < filters; f++) {
      weights[address / 4 + (Math.floor(f / BLOCK) * inputs + k) * BLOCK + (f % BLOCK)] = streamed[k * filters + f]!;
    }
  }
  return address;
}

/** Per filter, what turns sums of products, of their magnitudes and of their squares into u and its variance in steps. */
function loadCoefficients({ memory }: KernelInstance, program: DenseProgram, blocks: number): number {
  const { gain, c, adc, noise, filters } = program;
  const plane = BLOCK * blocks;
  const address = memory.allocate(4 * 3 * plane);
  for (let f = 0; f < filters; f++) {
    memory.f32[address / 4 + f] = gain[f]! / (c * adc.step);
    memory.f32[address / 4 + plane + f] = (noise.shot * gain[f]!) / adc.step ** 2;
    memory.f32[address / 4 + 2 * plane + f] = (noise.intensity * gain[f]! ** 2) / adc.step ** 2;
  }
  return address;
}

/** Uploads a dense layer. @throws UnsupportedLayerError beyond 4 GiB. */
export function loadDense(instance: KernelInstance, program: DenseProgram): LoadedDense {
  const { kernels, memory } = instance;
  const { adc, bank, filters, inputs, passes } = program;
  const blocks = Math.ceil(filters / BLOCK);
  const chirps = program.chirp_nm !== 0;
  const planes = heldPlanes(program);
  const mostRows = Math.ceil(inputs / bank.size);
  const codes = Array.from({ length: passes }, () => memory.allocate(4 * inputs));
  const quantiser = loadQuantiser(instance, program, {
    rows: 1,
    columns: 1,
    channels: inputs,
    planes: codes,
    rowPitch: 0,
    planePitch: 4,
    uses: countUses(program),
    streamed: false,
  });
  const divisor = memory.allocate(8);
  memory.f64[divisor / 8] = program.activationDac.quantise
    ? program.activationDac.maximumCode
    : program.activationScale;
  const streams = allocateStreams(instance);
  const out = memory.allocate(4 * BLOCK * blocks);
  const results = memory.allocate(RESULT_BYTES);
  const slowRows = memory.allocate(4 * 2 * mostRows);
  const job = memory.allocate(DENSE_JOB.bytes);
  DENSE_JOB.write(memory, job, {
    inputs,
    filters,
    pitch: ceil4(filters),
    blocks,
    size: bank.size,
    codes0: codes[0]!,
    codes1: codes[1] ?? 0,
    divisor,
    weights: loadWeights(instance, program, blocks),
    bank: loadBank(instance, program),
    stream0: streams[0],
    stream1: streams[1],
    normals: memory.allocate(4 * BLOCK * (blocks + 2) + 128),
    entries: memory.allocate(4 * bank.size),
    values: memory.allocate(8 * bank.size),
    H: memory.allocate((chirps ? 24 : 8) * bank.size),
    coefficients: loadCoefficients(instance, program, blocks),
    sums: memory.allocate(2 * 4 * BLOCK * blocks),
    lastMask: loadLastMask(instance, filters),
    scaling: loadScaling(instance, program),
    out,
    tapRows: mostRows,
    limit: adc.limit,
    limitPlusHalf: adc.limit + 0.5,
    constantVariance: program.noise.constant / adc.step ** 2,
    results,
    slowRows,
    mostRows,
    lumpedVariance: lumpedVariance(program),
    variances: memory.allocate(4 * BLOCK * blocks),
  });

  const rowsOf = (pass: number) => DENSE_JOB.read(memory, job, pass === 0 ? 'rows0' : 'rows1');

  const clippedOf = (pass: number) => clippedConversionsOf(instance, results, pass);

  const scheduleOf = (pass: number): PassSchedule => {
    const rows = rowsOf(pass);
    const slow = memory.u32.subarray(slowRows / 4 + pass * mostRows, slowRows / 4 + pass * mostRows + rows);
    const slowRowsByUnit = slow.includes(1) ? new Array<number>(bank.units).fill(0) : [];
    slow.forEach((isSlow, row) => {
      if (isSlow) slowRowsByUnit[row % bank.units]!++;
    });
    const at = (results + 64 + 32 * pass) / 8;
    const shift = (index: number) => memory.f64[at + index]!;
    return { rows, slowRowsByUnit, eoShift_nm: [shift(0), shift(1)], toShift_nm: [shift(2), shift(3)] };
  };

  const multiply = (options: RunOptions) => {
    // Each pass rounds its rows up by itself.
    const converter = converterOf(program, options, mostRows + passes - 1);
    const mark = memory.mark();
    const tap = options.tap ? allocateTap(instance, program, mostRows) : null;
    const counting = allocateCounts(instance, program, options.stats);
    const tapFields = tap?.fields ?? { tap: 0, tapEntries: 0, tapH: 0 };
    DENSE_JOB.write(memory, job, { converter, ...tapFields, ...counting.fields });
    memory.u32.fill(0, results / 4, results / 4 + RESULT_BYTES / 4);
    seedStreams(instance, program, streams, 4, options);
    kernels.multiplyDense(job, modeOf(program, options));
    counting.read((rowsOf(0) + rowsOf(1)) * (blocks * BLOCK - filters));
    if (options.tap && tap) {
      const activationCodes = quantiser.codes();
      for (let pass = 0; pass < passes; pass++) {
        options.tap.push({
          ...tap.read(pass, rowsOf(pass), converter),
          activationCode: activationCodes[pass]!,
          clippedConversions: clippedOf(pass),
        });
      }
    }
    memory.release(mark);
  };

  /** What the active inputs of each pass transmit on either rail, and its slopes where VCSELs chirp: [passes][planes][inputs]. */
  const hold = (held: Float32Array) => {
    const mark = memory.mark();
    const transmitted = memory.allocate(4 * planes * inputs);
    memory.u32.fill(0, results / 4, results / 4 + RESULT_BYTES / 4);
    for (let pass = 0; pass < passes; pass++) {
      memory.u32.fill(0, transmitted / 4, transmitted / 4 + planes * inputs);
      const rows = kernels.holdDense(job, pass, transmitted);
      DENSE_JOB.write(memory, job, pass === 0 ? { rows0: rows } : { rows1: rows });
      held.set(memory.f32.subarray(transmitted / 4, transmitted / 4 + planes * inputs), planes * inputs * pass);
    }
    memory.release(mark);
  };

  return {
    program,
    hold(x, held) {
      const counts = quantiser.run(x);
      if (!hasOptics(program)) {
        held.fill(0);
        return { ...counts, litSamples: 0, clippedConversions: 0, passes: [] };
      }
      DENSE_JOB.write(memory, job, { tap: 0, tapEntries: 0, tapH: 0 });
      hold(held);
      const schedules = Array.from({ length: passes }, (_, pass) => scheduleOf(pass));
      return { ...counts, clippedConversions: 0, passes: schedules };
    },
    lump(x, y, options) {
      const counts = quantiser.run(x);
      if (!hasOptics(program)) {
        writeShift(program, y);
        noSums(options, y.length);
        return { ...counts, litSamples: 0, clippedConversions: 0, passes: [] };
      }
      const mark = memory.mark();
      const plane = 4 * BLOCK * blocks;
      const tap = options.tap ? memory.allocate(2 * plane) : 0;
      DENSE_JOB.write(memory, job, { converter: CONVERTER.off, tap, tapEntries: 0, tapH: 0 });
      memory.u32.fill(0, results / 4, results / 4 + RESULT_BYTES / 4);
      seedStreams(instance, program, streams, 4, options);
      kernels.multiplyDense(job, MODE.lumped);
      if (options.tap) {
        const outputs = (address: number, unit: number) =>
          Float64Array.from(memory.f32.subarray(address / 4, address / 4 + filters), (value) => unit * value);
        options.tap.value = outputs(tap, adc.step);
        options.tap.variance = outputs(tap + plane, adc.step ** 2);
      }
      memory.release(mark);
      y.set(memory.f32.subarray(out / 4, out / 4 + filters));
      const schedules = Array.from({ length: passes }, (_, pass) => scheduleOf(pass));
      return { ...counts, clippedConversions: 0, passes: schedules };
    },
    run(x, y, options) {
      const counts = quantiser.run(x);
      if (!hasOptics(program)) {
        writeShift(program, y);
        return { ...counts, litSamples: 0, clippedConversions: 0, passes: [] };
      }
      multiply(options);
      if (options.stats) recordMaxima(instance, program, results, options.stats);
      y.set(memory.f32.subarray(out / 4, out / 4 + filters));
      const schedules = Array.from({ length: passes }, (_, pass) => scheduleOf(pass));
      return { ...counts, clippedConversions: clippedOf(0) + clippedOf(1), passes: schedules };
    },
  };
}
