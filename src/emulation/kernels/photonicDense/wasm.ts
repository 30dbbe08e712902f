/** Host side of the WebAssembly kernel of dense layers: uploads a program's weights and bank once, then runs images. */

import { ceil4 } from '../../../base/random/seeds.js';
import { type DenseProgram, hasOptics, type NoiseConstants } from '../../program/types.js';
import { heldPlanes, type LoadedDense, type PassSchedule } from '../contract.js';
import { mayRunTogether, runsTogether, type TogetherKind } from '../wasm/imagesTogether.js';
import type { KernelInstance } from '../wasm/instance.js';
import { LayerHost, type Seat } from '../wasm/layerHost.js';
import type { KernelMemory } from '../wasm/memory.js';
import { loadQuantiser } from '../wasm/quantiser.js';
import { BLOCK } from '../wasm/samples.js';
import { Struct } from '../wasm/struct.js';
import type { FilterPart } from './filterParts.js';
import { loadBank } from './wasmBank.js';
import { allocateTap } from './wasmTap.js';
import { loadWeights } from './wasmWeights.js';

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
  table: 'u32',
  firstGroup: 'u32',
  groups: 'u32',
  next: 'u32',
  row: 'u32',
});

const NO_TAP = { tap: 0, tapEntries: 0, tapH: 0 };
/** 4 vectors of counts and maxima, then 4 float64 of shifts per pass. */
const RESULT_BYTES = 64 + 2 * 32;

/** Per filter, what turns sums of products, of their magnitudes and of their squares into u and its variance in steps. */
function loadCoefficients({ memory }: KernelInstance, program: DenseProgram, blocks: number): number {
  const { gain, c, adc, noise, filters } = program;
  const plane = BLOCK * blocks;
  const address = memory.allocate(4 * 3 * plane);
  for (let f = 0; f < filters; f++) {
    memory.f32[address / 4 + f] = gain[f]! / (c * adc.step);
    memory.f32[address / 4 + 2 * plane + f] = (noise.intensity * gain[f]! ** 2) / adc.step ** 2;
  }
  writeShot(memory, program, address + 4 * plane, noise);
  return address;
}

/** Per filter, what turns sums of magnitudes into the variance of shot noise, in steps squared. */
function writeShot(
  { f32 }: KernelMemory,
  { gain, adc }: DenseProgram,
  address: number,
  { shot }: NoiseConstants,
): void {
  gain.forEach((g, f) => {
    f32[address / 4 + f] = (shot * g) / adc.step ** 2;
  });
}

/** Room for what becomes of one image. */
const sumFields = (memory: KernelMemory, blocks: number, mostRows: number) => ({
  sums: memory.allocate(2 * 4 * BLOCK * blocks),
  slowRows: memory.allocate(4 * 2 * mostRows),
  variances: memory.allocate(4 * BLOCK * blocks),
});

/** Room for the codes of an image's passes. */
const allocateCodes = (memory: KernelMemory, { inputs, passes }: DenseProgram) =>
  Array.from({ length: passes }, () => memory.allocate(4 * inputs));

/** Fields of the job that only dense layers have. */
function denseFields(instance: KernelInstance, part: FilterPart, codes: readonly number[], mostRows: number) {
  const { memory } = instance;
  const { program, first, of } = part;
  const { adc, bank, filters, inputs } = program;
  const blocks = Math.ceil(filters / BLOCK);
  const divisor = memory.allocate(8);
  memory.f64[divisor / 8] = program.activationDac.quantise
    ? program.activationDac.maximumCode
    : program.activationScale;
  return {
    inputs,
    size: bank.size,
    codes0: codes[0]!,
    codes1: codes[1] ?? 0,
    divisor,
    bank: loadBank(instance, program),
    normals: memory.allocate(4 * BLOCK * (blocks + 2) + 128),
    entries: memory.allocate(4 * bank.size),
    values: memory.allocate(8 * bank.size),
    pitch: ceil4(of),
    firstGroup: first / 4,
    groups: Math.ceil(filters / 4),
    H: memory.allocate((program.chirp_nm === 0 ? 8 : 24) * bank.size),
    coefficients: loadCoefficients(instance, program, blocks),
    constantVariance: program.noise.constant / adc.step ** 2,
    mostRows,
    ...sumFields(memory, blocks, mostRows),
  };
}

const rowsOf = (host: LayerHost, pass: number, { job }: Seat = host.seat) =>
  host.read(pass === 0 ? 'rows0' : 'rows1', job);

/** How a seat's image loaded the units in a pass. */
function scheduleOf(host: LayerHost, { bank }: DenseProgram, pass: number, seat: Seat): PassSchedule {
  const { memory } = host.instance;
  const rows = rowsOf(host, pass, seat);
  const first = host.read('slowRows', seat.job) / 4 + pass * host.read('mostRows');
  const slow = memory.u32.subarray(first, first + rows);
  const slowRowsByUnit = slow.includes(1) ? new Array<number>(bank.units).fill(0) : [];
  slow.forEach((isSlow, row) => {
    if (isSlow) slowRowsByUnit[row % bank.units]!++;
  });
  const at = (seat.results + 64 + 32 * pass) / 8;
  const shift = (index: number) => memory.f64[at + index]!;
  return { rows, slowRowsByUnit, eoShift_nm: [shift(0), shift(1)], toShift_nm: [shift(2), shift(3)] };
}

/** What the active inputs of each pass transmit on either rail, and its slopes where VCSELs chirp: [passes][planes][inputs]. */
function hold(host: LayerHost, program: DenseProgram, held: Float32Array): void {
  const { kernels, memory } = host.instance;
  const size = heldPlanes(program) * program.inputs;
  host.write(NO_TAP);
  host.clearResults();
  host.scratch(() => {
    const transmitted = memory.allocate(4 * size);
    for (let pass = 0; pass < program.passes; pass++) {
      memory.u32.fill(0, transmitted / 4, transmitted / 4 + size);
      const rows = kernels.holdDense(host.seat.job, pass, transmitted);
      host.write(pass === 0 ? { rows0: rows } : { rows1: rows });
      held.set(memory.f32.subarray(transmitted / 4, transmitted / 4 + size), size * pass);
    }
  });
}

/** Uploads a dense layer, or some of its filters. @throws UnsupportedLayerError beyond 4 GiB. */
export function loadDense(instance: KernelInstance, part: FilterPart): LoadedDense {
  const { program } = part;
  const { kernels, memory } = instance;
  const { bank, filters, inputs, passes } = program;
  const mostRows = Math.ceil(inputs / bank.size);
  const codes = allocateCodes(memory, program);
  const loadedWeights = loadWeights(instance, part);
  const quantiser = loadQuantiser(instance, program, {
    rows: 1,
    columns: 1,
    channels: inputs,
    planes: codes,
    rowPitch: 0,
    planePitch: 4,
    uses: loadedWeights.uses,
    streamed: false,
  });
  const host = new LayerHost(instance, program, quantiser, DENSE_JOB, {
    samples: filters,
    outputRows: 1,
    rows: mostRows,
    stride: 4,
    resultBytes: RESULT_BYTES,
  });
  host.write({ ...denseFields(instance, part, codes, mostRows), weights: loadedWeights.address });
  const schedules = (seat = host.seat) => ({
    passes: hasOptics(program)
      ? Array.from({ length: passes }, (_, pass) => scheduleOf(host, program, pass, seat))
      : [],
  });
  const kind: TogetherKind<ReturnType<typeof schedules>> = {
    kernel: (job, mode) => kernels.multiplyDense(job, 1, mode),
    kernelTogether: kernels.multiplyDense,
    allocateImage: () => {
      const ofImage = allocateCodes(memory, program);
      const [codes0, codes1 = 0] = ofImage;
      return {
        codes: ofImage,
        fields: { codes0: codes0!, codes1, ...sumFields(memory, host.rowSamples / BLOCK, mostRows) },
      };
    },
    more: schedules,
    // Each pass rounds its rows up by itself.
    terms: mostRows + passes - 1,
    setNoise: (noise) => {
      writeShot(memory, program, host.read('coefficients') + 4 * host.rowSamples, noise);
      host.write({ constantVariance: noise.constant / program.adc.step ** 2 });
    },
    allocateTap: () => allocateTap(instance, program, mostRows, (pass) => rowsOf(host, pass)),
    noTap: NO_TAP,
    padding: (seat) => (rowsOf(host, 0, seat) + rowsOf(host, 1, seat)) * (host.rowSamples - filters),
  };
  return {
    program,
    ...host.runs(kind, schedules),
    ...(mayRunTogether(program) ? { runMany: runsTogether(host, kind) } : {}),
    hold(x, held) {
      const counts = quantiser.run(x);
      if (hasOptics(program)) hold(host, program, held);
      else held.fill(0);
      const litSamples = hasOptics(program) ? counts.litSamples : 0;
      return { ...counts, litSamples, clippedConversions: 0, ...schedules() };
    },
  };
}
