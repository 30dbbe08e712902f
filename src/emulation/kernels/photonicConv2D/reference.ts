/** Convolution on CONV units, float64: the definition (sections 1, 2, 6 and 10 of the contract). */

import { ceil4 } from '../../../base/random/seeds.js';
import { tableVariance } from '../../../hardware/optics/noiseTable.js';
import { type Conv2dProgram, type ConvGeometry, hasOptics } from '../../program/types.js';
import { referenceOutputs } from '../electronics.js';
import { inLightOf } from '../imageLight.js';
import {
  addReadNoise,
  convert,
  countActivations,
  emit,
  type LumpedResult,
  lump,
  quantiseActivations,
  type ReferenceOptions,
  type ReferencePass,
  type ReferenceResult,
  roundingVariance,
  shiftOnly,
} from '../referenceSteps.js';

/** Input element that entry k of filter f reads at an output position; -1 in the zero padding. */
export function inputIndex(geometry: ConvGeometry, f: number, k: number, position: number): number {
  const { input, output, kernel, strides, dilation, padding, groups } = geometry;
  const [rows, columns, channels] = input;
  const perGroup = channels / groups;
  const group = Math.floor(f / (output[2] / groups));
  const channel = group * perGroup + (k % perGroup);
  const kernelColumn = Math.floor(k / perGroup) % kernel[1];
  const kernelRow = Math.floor(k / (perGroup * kernel[1]));
  const row = Math.floor(position / output[1]) * strides[0] + kernelRow * dilation[0] - padding[0][0];
  const column = (position % output[1]) * strides[1] + kernelColumn * dilation[1] - padding[1][0];
  return row < 0 || row >= rows || column < 0 || column >= columns ? -1 : (row * columns + column) * channels + channel;
}

function rowsOf(program: Conv2dProgram, values: Float64Array): Float64Array[] {
  return Array.from(program.rowFilter, (_, r) => values.subarray(program.rowStart[r]!, program.rowStart[r + 1]!));
}

/** u and its variance for every row and position, without read noise; and how many emitted values were not 0. */
function multiplyRows(program: Conv2dProgram, streamed: Float64Array) {
  const positions = program.geometry.output[0] * program.geometry.output[1];
  const R = program.rowFilter.length;
  const u = new Float64Array(R * positions);
  const variance = new Float64Array(R * positions);
  const { shot, intensity, constant, table } = program.noise;
  const { dPlus, dMinus, chirp_nm } = program;
  const lightPoint = program.lightPoint ?? 0;
  let litSamples = 0;
  for (let r = 0; r < R; r++) {
    const f = program.rowFilter[r]!;
    const g = program.gain[f]!;
    for (let position = 0; position < positions; position++) {
      let signal = 0;
      let power = 0;
      let square = 0;
      for (let e = program.rowStart[r]!; e < program.rowStart[r + 1]!; e++) {
        const at = inputIndex(program.geometry, f, program.entryK[e]!, position);
        const v = at < 0 ? 0 : streamed[at]!;
        if (v === 0) continue;
        litSamples++;
        const b = program.hPlus[e]! - program.hMinus[e]!;
        const chirp = dPlus && dMinus ? chirp_nm * (v - lightPoint) * (dPlus[e]! - dMinus[e]!) : 0;
        signal += v * (b + chirp);
        power += v * (program.hPlus[e]! + program.hMinus[e]!);
        square += v * v * b * b;
      }
      const noiseless = (g * signal) / program.c;
      u[r * positions + position] = noiseless;
      variance[r * positions + position] =
        shot * g * power + intensity * g * g * square + constant + tableVariance(table, noiseless);
    }
  }
  return { u, variance, litSamples };
}

/**
 * One image through a convolution in fidelity `exact`.
 * @param x [rows][columns][channels], float32.
 * @returns y [positions][filters] before any activation, and everything on the way.
 */
export function photonicConv2dReference(
  program: Conv2dProgram,
  x: Float32Array,
  options: ReferenceOptions,
): ReferenceResult {
  const positions = program.geometry.output[0] * program.geometry.output[1];
  const counts = countActivations(program, x);
  if (!hasOptics(program)) return { y: shiftOnly(program, positions), ...counts, passes: [] };
  const sums = new Float64Array(positions * program.filters);
  const passes: ReferencePass[] = [];
  for (let pass = 0; pass < program.passes; pass++) {
    const { code, value } = quantiseActivations(program, x, pass);
    const { u, variance, litSamples } = multiplyRows(inLightOf(program, x), emit(program, value));
    addReadNoise(program, options, pass, u, variance, positions, ceil4(positions));
    const { adcCode, clippedConversions, converted } = convert(program, options, u);
    for (let at = 0; at < u.length; at++) {
      const filter = program.rowFilter[Math.floor(at / positions)]!;
      sums[(at % positions) * program.filters + filter]! += pass === 0 ? converted[at]! : -converted[at]!;
    }
    passes.push({
      activationCode: code,
      k: Array.from(program.rowFilter, (_, r) =>
        program.entryK.subarray(program.rowStart[r]!, program.rowStart[r + 1]!),
      ),
      held: rowsOf(program, program.held),
      hPlus: rowsOf(program, program.hPlus),
      hMinus: rowsOf(program, program.hMinus),
      dPlus: program.dPlus && rowsOf(program, program.dPlus),
      dMinus: program.dMinus && rowsOf(program, program.dMinus),
      u,
      variance,
      adcCode,
      clippedConversions,
      litSamples,
    });
  }
  return { y: referenceOutputs(program, x, sums), ...counts, passes };
}

/** One image through a convolution in fidelity `lumped`: one normal per output. Shapes as y of `exact`. */
export function lumpedConv2dReference(
  program: Conv2dProgram,
  x: Float32Array,
  options: ReferenceOptions,
): LumpedResult {
  const positions = program.geometry.output[0] * program.geometry.output[1];
  const value = new Float64Array(positions * program.filters);
  const variance = new Float64Array(positions * program.filters);
  if (!hasOptics(program)) return { value, variance, y: shiftOnly(program, positions), litSamples: 0 };
  let litSamples = 0;
  for (let pass = 0; pass < program.passes; pass++) {
    const streamed = emit(program, quantiseActivations(program, x, pass).value);
    const rows = multiplyRows(inLightOf(program, x), streamed);
    litSamples += rows.litSamples;
    for (let at = 0; at < rows.u.length; at++) {
      const output = (at % positions) * program.filters + program.rowFilter[Math.floor(at / positions)]!;
      value[output]! += pass === 0 ? rows.u[at]! : -rows.u[at]!;
      variance[output]! += rows.variance[at]! + roundingVariance(program);
    }
  }
  const sampleOf = (at: number) => (at % program.filters) * ceil4(positions) + Math.floor(at / program.filters);
  const noisy = lump(program, options, value, variance, sampleOf, program.filters * ceil4(positions));
  return { value, variance, y: referenceOutputs(program, x, noisy), litSamples };
}
