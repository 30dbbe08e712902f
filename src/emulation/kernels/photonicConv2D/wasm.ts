/** Host side of the WebAssembly kernel of convolutions: uploads a program's rows once, then runs images. */
import { UnsupportedLayerError } from '../../../base/errors.js';
import { ceil4 } from '../../../base/random/seeds.js';
import { type Conv2dProgram, hasNoise, hasOptics } from '../../program/types.js';
import type { LoadedConv2d, RunOptions } from '../contract.js';
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
  loadVectors,
  lumpedVariance,
  MODE,
  modeOf,
  narrowConverter,
  noSums,
  recordMaxima,
  rootIntensity,
  seedStreams,
  tappedCodes,
  tappedU,
  writeShift,
} from '../wasm/samples.js';
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
});

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

/**
 * Entries as [signal coefficient, variance coefficient, byte offset of the plane], of VCSELs that chirp with the signal's
 * linear and square coefficients; addresses of the rows' first ones.
 */
function loadRows({ memory }: KernelInstance, program: Conv2dProgram, layout: ConvLayout) {
  const { rowFilter, rowStart, hPlus, hMinus, dPlus, dMinus, chirp_nm, gain, noise, adc } = program;
  const words = chirp_nm === 0 ? ENTRY_WORDS : CHIRPED_ENTRY_WORDS;
  const entries = memory.allocate(4 * words * program.entryK.length);
  const rowEntries = memory.allocate(4 * (rowFilter.length + 1));
  memory.u32[rowEntries / 4] = entries;
  for (let r = 0; r < rowFilter.length; r++) {
    memory.u32[rowEntries / 4 + r + 1] = entries + 4 * words * rowStart[r + 1]!;
    const f = rowFilter[r]!;
    const signal = (rootIntensity(program) * gain[f]!) / adc.step;
    const shot = (noise.shot * gain[f]!) / adc.step ** 2;
    for (let e = rowStart[r]!; e < rowStart[r + 1]!; e++) {
      const at = entries / 4 + words * e;
      memory.f32[at] = signal * (hPlus[e]! - hMinus[e]!);
      memory.f32[at + 1] = shot * (hPlus[e]! + hMinus[e]!);
      memory.u32[at + 2] = layout.entryOffset(f, program.entryK[e]!);
      if (chirp_nm === 0) continue;
      const slope = chirp_nm * (dPlus![e]! - dMinus![e]!);
      memory.f32[at + 3] = signal * (hPlus[e]! - hMinus[e]! - program.lightPoint! * slope);
      memory.f32[at + 4] = signal * slope;
    }
  }
  const filterRows = memory.allocate(4 * (program.filters + 1));
  memory.u32.set(filterRowStarts(program), filterRows / 4);
  return { rowEntries, filterRows };
}

/** Chunk rows of the filter that has most. */
function mostRowsOfFilter({ rowFilter, filters }: Conv2dProgram): number {
  const rows = new Uint32Array(filters);
  for (const f of rowFilter) rows[f]!++;
  return rows.reduce((most, n) => Math.max(most, n), 0);
}

function checkStream(program: Conv2dProgram, pitch: number): void {
  if (program.rowFilter.length * pitch <= MAXIMUM_SAMPLES) return;
  throw new UnsupportedLayerError(
    `layer '${program.name}': ${program.rowFilter.length} chunk rows of ${pitch} samples are more than one noise stream of the wasm backend holds (2^34); split the layer, or use --backend reference`,
  );
}

/** Uploads a convolution. @throws UnsupportedLayerError beyond 2^34 samples or 4 GiB. */
export function loadConv2d(instance: KernelInstance, program: Conv2dProgram): LoadedConv2d {
  const { kernels, memory } = instance;
  const { adc, filters } = program;
  const positions = program.geometry.output[0] * program.geometry.output[1];
  const pitch = ceil4(positions);
  const blocks = Math.ceil(positions / BLOCK);
  const rows = program.rowFilter.length;
  checkStream(program, pitch);
  const terms = program.passes * mostRowsOfFilter(program);
  const layout = layOutImage(instance, program);
  const quantiser = loadQuantiser(instance, program, layout.planes);
  const { rowEntries, filterRows } = loadRows(instance, program, layout);
  // As many as have as many rows as one fill.
  const filtersPerGroup = Math.max(1, Math.min(filters, Math.floor((ROWS_PER_FILL * filters) / Math.max(1, rows))));
  const streams = allocateStreams(instance);
  const out = memory.allocate(4 * blocks * BLOCK * filters);
  const results = memory.allocate(64);
  const signalScale = 1 / (program.c * rootIntensity(program));
  const constantVariance = program.noise.constant / adc.step ** 2;
  const job = memory.allocate(CONV_JOB.bytes);
  CONV_JOB.write(memory, job, {
    filters,
    pitch,
    blocks,
    filterRows,
    rowEntries,
    positions0: layout.positions[0]!,
    positions1: layout.positions[1] ?? 0,
    stream0: streams[0],
    stream1: streams[1],
    normals: memory.allocate(4 * BLOCK * (Math.max(ROWS_PER_FILL, filtersPerGroup) + 1)),
    rowsPerFill: ROWS_PER_FILL,
    rowSums: memory.allocate(2 * 4 * BLOCK * ROWS_PER_FILL),
    sums: memory.allocate(2 * 4 * BLOCK * (filtersPerGroup + 3)),
    filtersPerGroup,
    lastMask: loadLastMask(instance, positions),
    scaling: loadScaling(instance, program),
    out,
    tapRows: rows,
    limit: adc.limit,
    limitPlusHalf: adc.limit + 0.5,
    chirp: program.chirp_nm === 0 ? 0 : 1,
    constants: loadVectors(instance, [signalScale, constantVariance, ...narrowConverter(program)]),
    lumpedVariance: lumpedVariance(program),
    lumpedDraw: hasNoise(program) || adc.quantise ? 1 : 0,
    lumped: memory.allocate(2 * 4 * BLOCK * filtersPerGroup),
    results,
  });

  const clippedOf = (pass: number) => clippedConversionsOf(instance, results, pass);

  const convolve = (options: RunOptions) => {
    const converter = converterOf(program, options, terms);
    const mark = memory.mark();
    // Of u and of codes, each with room for two passes.
    const tapPlane = 4 * rows * blocks * BLOCK;
    const tap = options.tap ? memory.allocate(4 * tapPlane) : 0;
    const counting = allocateCounts(instance, program, options.stats);
    CONV_JOB.write(memory, job, { converter, tap, ...counting.fields });
    memory.u32.fill(0, results / 4, results / 4 + 16);
    seedStreams(instance, program, streams, pitch / 4, options);
    kernels.convolve(job, modeOf(program, options));
    counting.read(program.passes * rows * (blocks * BLOCK - positions));
    if (options.tap) {
      const codes = quantiser.codes();
      for (let pass = 0; pass < program.passes; pass++) {
        const [u, adcCode] = [tap + pass * tapPlane, tap + (2 + pass) * tapPlane];
        options.tap.push({
          activationCode: codes[pass]!,
          u: tappedU(instance, program, u, rows, blocks * BLOCK, positions),
          adcCode: tappedCodes(instance, converter, adcCode, rows, blocks * BLOCK, positions),
          clippedConversions: clippedOf(pass),
        });
      }
    }
    memory.release(mark);
  };

  return {
    program,
    lump(x, y, options) {
      const counts = quantiser.run(x);
      if (!hasOptics(program)) {
        writeShift(program, y);
        noSums(options, y.length);
        return { ...counts, litSamples: 0, clippedConversions: 0 };
      }
      layout.gather();
      const mark = memory.mark();
      const plane = 4 * filters * blocks * BLOCK;
      const tap = options.tap ? memory.allocate(2 * plane) : 0;
      CONV_JOB.write(memory, job, { converter: CONVERTER.off, tap });
      seedStreams(instance, program, streams, pitch / 4, options);
      kernels.convolve(job, MODE.lumped);
      if (options.tap) {
        const outputs = (address: number, unit: number) =>
          Float64Array.from({ length: positions * filters }, (_, at) => {
            const [position, f] = [Math.floor(at / filters), at % filters];
            return unit * memory.f32[address / 4 + f * blocks * BLOCK + position]!;
          });
        options.tap.value = outputs(tap, adc.step);
        options.tap.variance = outputs(tap + plane, adc.step ** 2);
      }
      memory.release(mark);
      y.set(memory.f32.subarray(out / 4, out / 4 + positions * filters));
      return { ...counts, clippedConversions: 0 };
    },
    run(x, y, options) {
      const counts = quantiser.run(x);
      if (!hasOptics(program)) {
        writeShift(program, y);
        return { ...counts, litSamples: 0, clippedConversions: 0 };
      }
      layout.gather();
      convolve(options);
      if (options.stats) recordMaxima(instance, program, results, options.stats);
      y.set(memory.f32.subarray(out / 4, out / 4 + positions * filters));
      return { ...counts, clippedConversions: clippedOf(0) + clippedOf(1) };
    },
  };
}
