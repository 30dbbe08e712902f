/**
 * One image through a layer in float64, pass after pass: what convolutions and dense layers do alike around the sums of their
 * rows, in either fidelity.
 */
import { hasOptics, type MacProgram } from '../program/types.js';
import { referenceOutputs } from './electronics.js';
import {
  addReadNoise,
  convert,
  countActivations,
  type LumpedResult,
  lump,
  quantiseActivations,
  type ReferenceOptions,
  type ReferencePass,
  type ReferenceResult,
  roundingVariance,
  shiftOnly,
} from './referenceSteps.js';

/** Sums of a pass before read noise and ADC, [row][sample], and what the rows hold where it is asked for. */
export interface RowSums extends Pick<ReferencePass, 'u' | 'variance' | 'litSamples'> {
  readonly rows: () => Pick<ReferencePass, 'k' | 'held' | 'hPlus' | 'hMinus' | 'dPlus' | 'dMinus'>;
}

/** What of a layer is its kind's own. */
export interface ReferenceLayer {
  /** Samples of a row: positions or filters. */
  readonly samples: number;
  /** Samples from the first of one row to the first of the next in the stream of noise. */
  readonly rowPitch: number;
  /** Positions of the output; 1 of a dense layer. */
  readonly positions: number;
  /** @param value activations of a pass after their DAC. */
  readonly multiply: (value: Float64Array) => RowSums;
  /** Output, [position][filter], that sample `at` of all rows is added to. */
  readonly outputOf: (at: number) => number;
  /** Place of an output in the stream of fidelity `lumped`, and how many places there are. */
  readonly sampleOf: (output: number) => number;
  readonly lumpedSamples: number;
}

/** Fidelity `exact`. */
export function exactReference(
  program: MacProgram,
  x: Float32Array,
  options: ReferenceOptions,
  { samples, rowPitch, positions, multiply, outputOf }: ReferenceLayer,
): ReferenceResult {
  const counts = countActivations(program, x);
  if (!hasOptics(program)) return { y: shiftOnly(program, positions), ...counts, passes: [] };
  const sums = new Float64Array(positions * program.filters);
  const passes: ReferencePass[] = [];
  for (let pass = 0; pass < program.passes; pass++) {
    const { code: activationCode, value } = quantiseActivations(program, x, pass);
    const { u, variance, litSamples, rows } = multiply(value);
    addReadNoise(program, options, pass, u, variance, samples, rowPitch);
    const { adcCode, clippedConversions, converted } = convert(program, options, u);
    for (let at = 0; at < u.length; at++) sums[outputOf(at)]! += pass === 0 ? converted[at]! : -converted[at]!;
    passes.push({ activationCode, ...rows(), u, variance, adcCode, clippedConversions, litSamples });
  }
  return { y: referenceOutputs(program, x, sums), ...counts, passes };
}

/** Fidelity `lumped`: one normal per output. */
export function lumpedReference(
  program: MacProgram,
  x: Float32Array,
  options: ReferenceOptions,
  { positions, multiply, outputOf, sampleOf, lumpedSamples }: ReferenceLayer,
): LumpedResult {
  const value = new Float64Array(positions * program.filters);
  const variance = new Float64Array(positions * program.filters);
  if (!hasOptics(program)) return { value, variance, y: shiftOnly(program, positions), litSamples: 0 };
  let litSamples = 0;
  for (let pass = 0; pass < program.passes; pass++) {
    const sums = multiply(quantiseActivations(program, x, pass).value);
    litSamples += sums.litSamples;
    for (let at = 0; at < sums.u.length; at++) {
      const output = outputOf(at);
      value[output]! += pass === 0 ? sums.u[at]! : -sums.u[at]!;
      variance[output]! += sums.variance[at]! + roundingVariance(program);
    }
  }
  const noisy = lump(program, options, value, variance, sampleOf, lumpedSamples);
  return { value, variance, y: referenceOutputs(program, x, noisy), litSamples };
}
