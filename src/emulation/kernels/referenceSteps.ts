/**
 * What both reference kernels share. The reference is float64, slow, and the definition: plain functions on one image,
 * one pass after the other, keeping everything that the contract gives a name.
 */

import { philoxNormals } from '../../base/random/philox.js';
import { readNoiseSeed } from '../../base/random/seeds.js';
import { roundHalfEven } from '../../base/roundHalfEven.js';
import { emitted } from '../../hardware/optics/converter.js';
import { type ActivationDac, hasNoise, type MacProgram } from '../program/types.js';
import { ofImage } from './imageScale.js';

/** Which noise is drawn and what is left out. */
export interface ReferenceOptions {
  readonly runSeed: number;
  /** Index of the image in its split. */
  readonly image: number;
  /** Draw read noise (if the program has any); default true. */
  readonly noise?: boolean;
  /** Round and clip by the ADC (if the program does); default true. */
  readonly adc?: boolean;
}

/** Chunk rows of one pass. Rows r, samples s: positions (conv2d) or filters (dense). */
export interface ReferencePass {
  /** Codes of the input's elements; null with activationQuantisation off. */
  readonly activationCode: Int32Array | null;
  /** k of each row's entries. */
  readonly k: readonly Int32Array[];
  readonly held: readonly Float64Array[];
  readonly hPlus: readonly Float64Array[];
  readonly hMinus: readonly Float64Array[];
  /** dH/dlambda, 1/nm; null where nothing chirps. */
  readonly dPlus: readonly Float64Array[] | null;
  readonly dMinus: readonly Float64Array[] | null;
  /** [row][sample]: before the ADC, noise included. */
  readonly u: Float64Array;
  /** [row][sample]: variance of u, converter's term included. */
  readonly variance: Float64Array;
  /** [row][sample], signed, after clipping; null with adcQuantisation off. */
  readonly adcCode: Int32Array | null;
  readonly clippedConversions: number;
  /** Emitted values that were not 0, over all rows and samples. */
  readonly litSamples: number;
}

export interface ReferenceResult {
  /** [positions][filters] or [filters]. */
  readonly y: Float64Array;
  readonly clippedActivations: number;
  readonly zeroActivations: number;
  readonly passes: readonly ReferencePass[];
}

/** Result of fidelity `lumped`: value and variance in units of u, before scale and shift. */
export interface LumpedResult {
  readonly value: Float64Array;
  readonly variance: Float64Array;
  readonly y: Float64Array;
  /** Emitted values that were not 0, over all rows, samples and slots. */
  readonly litSamples: number;
}

export interface QuantisedActivations {
  /** Values in [0, 1] after the DAC, before any floor. */
  readonly value: Float64Array;
  readonly code: Int32Array | null;
}

/** Code of a magnitude above 0: one float32 product, rounded to even. */
export function activationCode(magnitude: number, { codeScale, maximumCode }: ActivationDac): number {
  return roundHalfEven(Math.min(Math.fround(magnitude * codeScale), maximumCode));
}

/** The activations of one pass (0: max(x, 0), 1: max(-x, 0)) after their DAC. Codes are one float32 product. */
export function quantiseActivations(
  program: Pick<MacProgram, 'activationDac' | 'activationScale' | 'scaling'>,
  x: Float32Array,
  pass: number,
): QuantisedActivations {
  const { activationDac, activationScale } = ofImage(program, x);
  const { quantise, maximumCode } = activationDac;
  const sign = pass === 0 ? 1 : -1;
  const value = new Float64Array(x.length);
  if (!quantise) {
    for (let i = 0; i < x.length; i++) value[i] = Math.min(Math.max(sign * x[i]!, 0) / activationScale, 1);
    return { code: null, value };
  }
  const code = new Int32Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const magnitude = sign * x[i]!;
    // Most are 0 behind a ReLU; of calibration images there are millions.
    if (!(magnitude > 0)) continue;
    const rounded = activationCode(magnitude, activationDac);
    code[i] = rounded;
    value[i] = rounded / maximumCode;
  }
  return { code, value };
}

/** What VCSELs emit for streamed activations. */
export function emit(program: Pick<MacProgram, 'floor'>, value: Float64Array): Float64Array {
  const { floor } = program;
  const out = new Float64Array(value.length);
  // What is gated stays dark.
  for (let i = 0; i < value.length; i++) if (value[i] !== 0) out[i] = emitted(value[i]!, floor);
  return out;
}

/** Adds read noise to u; row r begins at sample r * rowPitch of the stream. */
export function addReadNoise(
  program: MacProgram,
  options: ReferenceOptions,
  pass: number,
  u: Float64Array,
  variance: Float64Array,
  samplesPerRow: number,
  rowPitch: number,
): void {
  if (options.noise === false || !hasNoise(program)) return;
  const seed = readNoiseSeed(options.runSeed, program.layerIndex, options.image, pass);
  for (let r = 0; r < u.length / samplesPerRow; r++) {
    const normals = philoxNormals(seed, r * rowPitch, samplesPerRow);
    for (let s = 0; s < samplesPerRow; s++) {
      const at = r * samplesPerRow + s;
      u[at]! += Math.sqrt(variance[at]!) * normals[s]!;
    }
  }
}

/** Converts u: codes, how many were clipped, and what the codes stand for. */
export function convert(program: MacProgram, options: ReferenceOptions, u: Float64Array) {
  const { quantise, step, limit } = program.adc;
  if (!quantise || options.adc === false) return { adcCode: null, clippedConversions: 0, converted: u };
  let clippedConversions = 0;
  const adcCode = Int32Array.from(u, (value) => {
    const code = roundHalfEven(value / step);
    if (Math.abs(code) > limit) clippedConversions++;
    return Math.min(Math.max(code, -limit), limit);
  });
  return { adcCode, clippedConversions, converted: Float64Array.from(adcCode, (code) => code * step) };
}

/** Elements beyond the activation scale, and elements whose code is 0 in every pass. */
export function countActivations(
  program: MacProgram,
  x: Float32Array,
): { clippedActivations: number; zeroActivations: number } {
  const { activationScale } = ofImage(program, x);
  let clippedActivations = 0;
  let zeroActivations = 0;
  const passes = Array.from({ length: program.passes }, (_, pass) => quantiseActivations(program, x, pass).value);
  for (let i = 0; i < x.length; i++) {
    if (Math.abs(x[i]!) > activationScale) clippedActivations++;
    if (passes.every((value) => value[i] === 0)) zeroActivations++;
  }
  return { clippedActivations, zeroActivations };
}

/**
 * Outputs from the accumulated sums, [samples][filters]: y = S_x S_w g_max sum + shift.
 * @param scale S_x S_w g_max; 0 for an image of zeros that has its own scale.
 */
export function scaleOutputs(program: MacProgram, sums: Float64Array, scale = scaleOf(program)): Float64Array {
  return sums.map((sum, at) => scale * sum + program.shift[at % program.filters]!);
}

const scaleOf = ({ activationScale, weightScale, gainScale }: MacProgram) => activationScale * weightScale * gainScale;

/** The layer's output where it does no optics. */
export function shiftOnly(program: MacProgram, samples: number): Float64Array {
  return Float64Array.from({ length: samples * program.filters }, (_, at) => program.shift[at % program.filters]!);
}

/**
 * Draws the one normal per output of fidelity `lumped`; `sampleOf` is an output's place in the stream.
 * @returns sums in units of u, before scale and shift.
 */
export function lump(
  program: MacProgram,
  options: ReferenceOptions,
  value: Float64Array,
  variance: Float64Array,
  sampleOf: (output: number) => number,
  samples: number,
): Float64Array {
  const normals = variance.some((v) => v > 0)
    ? philoxNormals(readNoiseSeed(options.runSeed, program.layerIndex, options.image, 0), 0, samples)
    : new Float64Array(samples);
  return value.map((v, at) => v + Math.sqrt(variance[at]!) * normals[sampleOf(at)]!);
}

/** Variance of one conversion's rounding, as fidelity `lumped` counts it. */
export function roundingVariance(program: MacProgram): number {
  return program.adc.quantise ? (program.adc.step * program.adc.step) / 12 : 0;
}
