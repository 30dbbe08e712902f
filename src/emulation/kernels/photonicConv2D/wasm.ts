/** Host side of the WebAssembly kernel of convolutions: uploads a program's rows once, then runs images. */
import { UnsupportedLayerError } from '../../../base/errors.js';
import { ceil4 } from '../../../base/random/seeds.js';
import { type Conv2dProgram, hasNoise, type NoiseConstants } from '../../program/types.js';
import type { LoadedConv2d } from '../contract.js';
import type { KernelInstance } from '../wasm/instance.js';
import { LayerHost, type LayerKind, type RowTap } from '../wasm/layerHost.js';
import type { KernelMemory } from '../wasm/memory.js';
import { loadQuantiser } from '../wasm/quantiser.js';
import { BLOCK, loadVectors, narrowConverter, rootIntensity, tappedCodes, tappedU } from '../wasm/samples.js';
import { Struct } from '../wasm/struct.js';
import { type ConvLayout, layOutImage } from './wasmLayout.js';

const CONV_JOB = new Struct({
  filters: 'u32',
  pitch: 'u32',
  blocks: 'u32',
  filterRows: 'u32',
  rowEntries: 'u32',
  positions0: 'u32',
  positions1: 'u32',
  stream0: 'u32',
  stream1: 'u32',
  normals: 'u32',
  rowsPerFill: 'u32',
  rowSums: 'u32',
  sums: 'u32',
  filtersPerGroup: 'u32',
  lastMask: 'u32',
  scaling: 'u32',
  out: 'u32',
  tap: 'u32',
  tapRows: 'u32',
  converter: 'u32',
  limit: 'f32',
  limitPlusHalf: 'f32',
  chirp: 'u32',
  constants: 'u32',
  lumpedVariance: 'f32',
  lumpedDraw: 'u32',
  lumped: 'u32',
  results: 'u32',
  counts: 'u32',
  upper: 'u32',
  table: 'u32',
});

/** Places in `constants`: see `BlockConstants` in `assembly/convJob.ts`. */
const CONSTANT_VARIANCE = 1;
/** Words of an entry, and of one whose VCSEL chirps. */
const [ENTRY_WORDS, CHIRPED_ENTRY_WORDS] = [3, 5];
/** Rows whose normals are drawn at a time: they stay in the first-level cache, beside what the rows read. */
const ROWS_PER_FILL = 64;
/** Groups of four samples that a stream's low counter word can tell apart. */
const MAXIMUM_SAMPLES = 4 * 2 ** 32;

/** First row of each filter, [filters + 1]. */
function filterRowStarts(program: Conv2dProgram): Uint32Array {
  const starts = new Uint32Array(program.filters + 1);
  for (const filter of program.rowFilter) starts[filter + 1]!++;
  for (let f = 0; f < program.filters; f++) starts[f + 1]! += starts[f]!;
  return starts;
}

const wordsOf = ({ chirp_nm }: Conv2dProgram) => (chirp_nm === 0 ? ENTRY_WORDS : CHIRPED_ENTRY_WORDS);

/** Variance coefficients of the entries from `address` on. */
function writeShot({ f32 }: KernelMemory, program: Conv2dProgram, address: number, noise: NoiseConstants): void {
  const { rowFilter, rowStart, hPlus, hMinus, gain, adc } = program;
  const words = wordsOf(program);
  for (let r = 0; r < rowFilter.length; r++) {
    const shot = (noise.shot * gain[rowFilter[r]!]!) / adc.step ** 2;
    for (let e = rowStart[r]!, at = address / 4 + words * e + 1; e < rowStart[r + 1]!; e++, at += words)
      f32[at] = shot * (hPlus[e]! + hMinus[e]!);
  }
}

/**
 * Entries as [signal coefficient, variance coefficient, byte offset of the plane], of VCSELs that chirp with the signal's
 * linear and square coefficients; addresses of the rows' first ones.
 */
function loadRows({ memory }: KernelInstance, program: Conv2dProgram, layout: ConvLayout) {
  const { rowFilter, rowStart, entryK, hPlus, hMinus, dPlus, dMinus, chirp_nm, gain, adc, geometry } = program;
  const { entryOffsets, groupOffset } = layout;
  const words = wordsOf(program);
  const entries = memory.allocate(4 * words * entryK.length);
  const rowEntries = memory.allocate(4 * (rowFilter.length + 1));
  const filterRows = memory.allocate(4 * (program.filters + 1));
  const { f32, u32 } = memory;
  const filtersPerGroup = program.filters / geometry.groups;
  const root = rootIntensity(program);
  u32[rowEntries / 4] = entries;
  for (let r = 0; r < rowFilter.length; r++) {
    u32[rowEntries / 4 + r + 1] = entries + 4 * words * rowStart[r + 1]!;
    const f = rowFilter[r]!;
    const signal = (root * gain[f]!) / adc.step;
    const ofGroup = Math.floor(f / filtersPerGroup) * groupOffset;
    for (let e = rowStart[r]!, at = entries / 4 + words * e; e < rowStart[r + 1]!; e++, at += words) {
      f32[at] = signal * (hPlus[e]! - hMinus[e]!);
      u32[at + 2] = ofGroup + entryOffsets[entryK[e]!]!;
      if (chirp_nm === 0) continue;
      const slope = chirp_nm * (dPlus![e]! - dMinus![e]!);
      f32[at + 3] = signal * (hPlus[e]! - hMinus[e]! - program.lightPoint! * slope);
      f32[at + 4] = signal * slope;
    }
  }
  writeShot(memory, program, entries, program.noise);
  u32.set(filterRowStarts(program), filterRows / 4);
  return { rowEntries, filterRows };
}

/** Chunk rows of the filter that has most. */
function mostRowsOfFilter({ rowFilter, filters }: Conv2dProgram): number {
  const rows = new Uint32Array(filters);
  for (const f of rowFilter) rows[f]!++;
  return rows.reduce((most, n) => Math.max(most, n), 0);
}

/** @throws UnsupportedLayerError beyond 2^34 samples. */
export function checkConv2d(program: Conv2dProgram): void {
  const pitch = ceil4(program.geometry.output[0] * program.geometry.output[1]);
  if (program.rowFilter.length * pitch <= MAXIMUM_SAMPLES) return;
  throw new UnsupportedLayerError(
    `layer '${program.name}': ${program.rowFilter.length} chunk rows of ${pitch} samples are more than one noise stream of the wasm backend holds (2^34); split the layer, or use --backend reference`,
  );
}

/** Fields of the job that only convolutions have. */
function convFields(instance: KernelInstance, program: Conv2dProgram, layout: ConvLayout) {
  const { memory } = instance;
  const { adc, filters } = program;
  const { rowEntries, filterRows } = loadRows(instance, program, layout);
  // As many as have as many rows as one fill.
  const mostFilters = Math.floor((ROWS_PER_FILL * filters) / Math.max(1, program.rowFilter.length));
  const filtersPerGroup = Math.max(1, Math.min(filters, mostFilters));
  const signalScale = 1 / (program.c * rootIntensity(program));
  const constantVariance = program.noise.constant / adc.step ** 2;
  return {
    filterRows,
    rowEntries,
    positions0: layout.positions[0]!,
    positions1: layout.positions[1] ?? 0,
    normals: memory.allocate(4 * BLOCK * (Math.max(ROWS_PER_FILL, filtersPerGroup) + 1)),
    rowsPerFill: ROWS_PER_FILL,
    rowSums: memory.allocate(2 * 4 * BLOCK * ROWS_PER_FILL),
    sums: memory.allocate(2 * 4 * BLOCK * (filtersPerGroup + 3)),
    filtersPerGroup,
    chirp: program.chirp_nm === 0 ? 0 : 1,
    constants: loadVectors(instance, [signalScale, constantVariance, ...narrowConverter(program)]),
    lumpedDraw: hasNoise(program) || adc.quantise ? 1 : 0,
    lumped: memory.allocate(2 * 4 * BLOCK * filtersPerGroup),
  };
}

/** Room for u and codes of all rows, of two passes each. */
function allocateTap({ instance, program, rowSamples }: LayerHost, rows: number, positions: number): RowTap {
  const plane = 4 * rows * rowSamples;
  const tap = instance.memory.allocate(4 * plane);
  return {
    fields: { tap },
    read: (pass, converter) => ({
      u: tappedU(instance, program, tap + pass * plane, rows, rowSamples, positions),
      adcCode: tappedCodes(instance, converter, tap + (2 + pass) * plane, rows, rowSamples, positions),
    }),
  };
}

/** Uploads a convolution. @throws UnsupportedLayerError beyond 2^34 samples or 4 GiB. */
export function loadConv2d(instance: KernelInstance, program: Conv2dProgram): LoadedConv2d {
  const positions = program.geometry.output[0] * program.geometry.output[1];
  const pitch = ceil4(positions);
  const rows = program.rowFilter.length;
  checkConv2d(program);
  const layout = layOutImage(instance, program);
  const quantiser = loadQuantiser(instance, program, layout.planes);
  const host = new LayerHost(instance, program, quantiser, CONV_JOB, {
    samples: positions,
    outputRows: program.filters,
    rows,
    stride: pitch / 4,
    resultBytes: 64,
  });
  host.write(convFields(instance, program, layout));
  const kind: LayerKind = {
    kernel: instance.kernels.convolve,
    gather: layout.gather,
    terms: program.passes * mostRowsOfFilter(program),
    setNoise: (noise) => {
      const { memory } = instance;
      writeShot(memory, program, memory.u32[host.read('rowEntries') / 4]!, noise);
      const at = host.read('constants') / 4 + 4 * CONSTANT_VARIANCE;
      memory.f32.fill(noise.constant / program.adc.step ** 2, at, at + 4);
    },
    allocateTap: () => allocateTap(host, rows, positions),
    noTap: { tap: 0 },
    padding: () => program.passes * rows * (host.rowSamples - positions),
  };
  return { program, ...host.runs(kind, () => ({})) };
}
