/** Parts of a layer's job on the kernels: the converter, scaling, counts, what a layer without optics gives, taps. */
import { UnsupportedLayerError } from '../../../base/errors.js';
import { tablePieces } from '../../../hardware/optics/noiseTable.js';
import { hasNoise, type MacProgram } from '../../program/types.js';
import type { LumpRunOptions, RunOptions, RunStatistics } from '../contract.js';
import { float32Below } from '../levels.js';
import type { KernelInstance } from './instance.js';

/** Samples that the kernels take at a time. */
export const BLOCK = 16;

/** Values of `mode` in the kernels. */
export const MODE = { plain: 0, noisy: 1, maxima: 2, lumped: 3 } as const;

/** Values of `converter` in the kernels. */
export const CONVERTER = { off: 0, narrow: 1, wide: 2 } as const;

/** Value of `upper` in the kernels with which they count by upper halves. */
const ALL = 0xffffffff;

/** From this limit on codes do not fit the fast way of rounding. */
const WIDE_LIMIT = 2 ** 22;
/** From here on sums of codes do not fit 32 bits. */
const WIDE_SUM = 2 ** 31;
/** Most terms of a sum whose codes are split at 12 bits. */
const MOST_TERMS = 2 ** 19;
/** What the fast way leaves in the bits of a code. */
const MAGIC_BITS = 0x4b400000;
/** Stands in for sqrt(intensity) where that is 0 or next to it: its square is lost in float32. */
const SMALLEST_ROOT_INTENSITY = 2 ** -40;

export function modeOf(program: MacProgram, options: Pick<RunOptions, 'noise' | 'stats'>): number {
  if (options.stats) return MODE.maxima;
  return options.noise && hasNoise(program) ? MODE.noisy : MODE.plain;
}

/**
 * Which converter.
 * @param terms most rows that one output is the sum of, both passes together.
 * @throws UnsupportedLayerError where no sum could hold them.
 */
export function converterOf(program: MacProgram, options: Pick<RunOptions, 'adc' | 'stats'>, terms: number): number {
  if (!options.adc || !program.adc.quantise || options.stats) return CONVERTER.off;
  const { limit } = program.adc;
  if (limit < WIDE_LIMIT && terms * limit < WIDE_SUM) return CONVERTER.narrow;
  if (terms < MOST_TERMS) return CONVERTER.wide;
  throw new UnsupportedLayerError(
    `layer '${program.name}': an output is the sum of ${terms} chunk rows, more than the wasm backend adds up (2^19) for an ADC of this many bits; use larger units, fewer adc.bits, or --backend reference`,
  );
}

/** sqrt(intensity), by which products are scaled so that their squares are variances. */
export function rootIntensity(program: MacProgram): number {
  return Math.max(Math.sqrt(program.noise.intensity), SMALLEST_ROOT_INTENSITY);
}

/** scale of the sums, then the shift of each filter, float64, with room for a multiple of BLOCK. */
export function loadScaling({ memory }: KernelInstance, program: MacProgram): number {
  const address = memory.allocate(8 * (1 + BLOCK * Math.ceil(program.filters / BLOCK)));
  const scale = program.activationScale * program.weightScale * program.gainScale * program.adc.step;
  memory.f64.set([scale, ...program.shift], address / 8);
  return address;
}

/** Noise variance of a dark sample and of rounding, in steps squared: what every row adds in fidelity `lumped`. */
export function lumpedVariance({ noise, adc }: MacProgram): number {
  return noise.constant / adc.step ** 2 + (adc.quantise ? 1 / 12 : 0);
}

/** The receiver's measured noise as `addTable` in `assembly/noiseTable.ts` reads it; 0: none. */
export function loadNoiseTable({ memory }: KernelInstance, { noise, adc }: MacProgram): number {
  if (!noise.table) return 0;
  const { from, at, slope } = tablePieces(noise.table, adc.step);
  const address = memory.allocate(4 * (1 + 3 * from.length));
  memory.u32[address / 4] = from.length - 1;
  [from, at, slope].forEach((values, plane) => {
    memory.f32.set(values, address / 4 + 1 + plane * from.length);
  });
  return address;
}

/** Vectors of the given values, each in all lanes. */
export function loadVectors({ memory }: KernelInstance, values: readonly number[]): number {
  const address = memory.allocate(16 * values.length);
  values.forEach((value, at) => {
    memory.f32.fill(value, address / 4 + 4 * at, address / 4 + 4 * at + 4);
  });
  return address;
}

/** Limits between which a float32 of steps is not clipped, and what is added to round it: `BlockConstants` in `assembly/convJob.ts`. */
export function narrowConverter({ adc }: MacProgram): readonly [number, number, number] {
  // The limit is odd: a half beyond it rounds outwards, the float32 before that to the limit.
  const upper = float32Below((adc.limit + 0.5) * (1 - 2 ** -40));
  return [upper, -upper, 1.5 * 2 ** 23];
}

/** The layer's output where it does no optics, [samples][filters]. */
export function writeShift(program: MacProgram, y: Float32Array): void {
  for (let at = 0; at < y.length; at++) y[at] = program.shift[at % program.filters]!;
}

/** The tap of a lumped layer that does no optics: all sums 0. */
export function noSums({ tap }: LumpRunOptions, outputs: number): void {
  if (!tap) return;
  tap.value = new Float64Array(outputs);
  tap.variance = new Float64Array(outputs);
}

/** Masks of the last 16 samples of a row; 0 if all of them count. */
export function loadLastMask({ memory }: KernelInstance, samples: number): number {
  const rest = samples % BLOCK;
  if (rest === 0) return 0;
  const address = memory.allocate(4 * BLOCK);
  memory.i32.fill(-1, address / 4, address / 4 + rest);
  return address;
}

/** Raises `stats` to the maxima among the kernel's vectors of results, which are in steps. */
export function recordMaxima(
  { memory }: KernelInstance,
  { adc }: MacProgram,
  results: number,
  stats: RunStatistics,
): void {
  const at = results / 4 + 8;
  for (let lane = 0; lane < 4; lane++) {
    stats.maximumAbsoluteU = Math.max(stats.maximumAbsoluteU, memory.f32[at + lane]! * adc.step);
    stats.maximumVariance = Math.max(stats.maximumVariance, memory.f32[at + 4 + lane]! * adc.step ** 2);
  }
}

export interface Counting {
  /** Fields of the kernel's job. */
  readonly fields: { readonly counts: number; readonly upper: number };
  /** Adds what the kernel counted, less `padding` samples that were 0 and none. */
  read(padding: number): void;
}

/** Room in which the kernel counts magnitudes of one image, in steps; to be released like a tap. */
export function allocateCounts({ memory }: KernelInstance, { adc }: MacProgram, stats?: RunStatistics): Counting {
  const magnitudes = stats?.magnitudes;
  if (!magnitudes) return { fields: { counts: 0, upper: 0 }, read: () => {} };
  const { counts: totals, upper } = magnitudes;
  const counts = memory.allocate(4 * totals.length);
  return {
    fields: { counts, upper: upper ?? ALL },
    read: (padding) => {
      const counted = memory.u32.subarray(counts / 4, counts / 4 + totals.length);
      for (let bin = 0; bin < totals.length; bin++) totals[bin]! += counted[bin]!;
      if (!upper) totals[0]! -= padding;
      magnitudes.unit = adc.step;
    },
  };
}

/** u from steps, rows of `pitch` samples of which `samples` count. */
export function tappedU(
  { memory }: KernelInstance,
  program: MacProgram,
  address: number,
  rows: number,
  pitch: number,
  samples: number,
) {
  return Float64Array.from({ length: rows * samples }, (_, at) => {
    return memory.f32[address / 4 + Math.floor(at / samples) * pitch + (at % samples)]! * program.adc.step;
  });
}

/** Codes likewise; null where the converter is off. */
export function tappedCodes(
  { memory }: KernelInstance,
  converter: number,
  address: number,
  rows: number,
  pitch: number,
  samples: number,
): Int32Array | null {
  if (converter === CONVERTER.off) return null;
  const offset = converter === CONVERTER.narrow ? MAGIC_BITS : 0;
  return Int32Array.from({ length: rows * samples }, (_, at) => {
    return memory.i32[address / 4 + Math.floor(at / samples) * pitch + (at % samples)]! - offset;
  });
}
