/** Convolution on CONV units, float64: the definition (sections 1, 2, 6 and 10 of the contract). */

import { ceil4 } from '../../../base/random/seeds.js';
import { tableVariance } from '../../../hardware/optics/noiseTable.js';
import { numbersOf } from '../../program/coded.js';
import type { Conv2dProgram, ConvGeometry } from '../../program/types.js';
import { inLightOf } from '../imageLight.js';
import { exactReference, lumpedReference, type ReferenceLayer } from '../referencePasses.js';
import { emit, type LumpedResult, type ReferenceOptions, type ReferenceResult } from '../referenceSteps.js';

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

function layerOf(program: Conv2dProgram, x: Float32Array): ReferenceLayer {
  const { geometry, filters, rowFilter, rowStart, entryK, dPlus, dMinus } = program;
  const positions = geometry.output[0] * geometry.output[1];
  return {
    samples: positions,
    rowPitch: ceil4(positions),
    positions,
    multiply: (value) => ({
      ...multiplyRows(inLightOf(program, x), emit(program, value)),
      rows: () => ({
        k: Array.from(rowFilter, (_, r) => entryK.subarray(rowStart[r]!, rowStart[r + 1]!)),
        held: rowsOf(program, numbersOf(program.held)),
        hPlus: rowsOf(program, program.hPlus),
        hMinus: rowsOf(program, program.hMinus),
        dPlus: dPlus && rowsOf(program, dPlus),
        dMinus: dMinus && rowsOf(program, dMinus),
      }),
    }),
    outputOf: (at) => (at % positions) * filters + rowFilter[Math.floor(at / positions)]!,
    sampleOf: (output) => (output % filters) * ceil4(positions) + Math.floor(output / filters),
    lumpedSamples: filters * ceil4(positions),
  };
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
  return exactReference(program, x, options, layerOf(program, x));
}

/** One image through a convolution in fidelity `lumped`. Shapes as y of `exact`. */
export function lumpedConv2dReference(
  program: Conv2dProgram,
  x: Float32Array,
  options: ReferenceOptions,
): LumpedResult {
  return lumpedReference(program, x, options, layerOf(program, x));
}
