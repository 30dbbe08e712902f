/** Dense layer on FC units, float64: the definition (sections 1 to 6 and 10 of the contract). */

import { ceil4 } from '../../../base/random/seeds.js';
import { tableVariance } from '../../../hardware/optics/noiseTable.js';
import { readerOf } from '../../program/coded.js';
import type { DenseProgram } from '../../program/types.js';
import { inLightOf } from '../imageLight.js';
import { exactReference, lumpedReference, type ReferenceLayer } from '../referencePasses.js';
import type { LumpedResult, ReferenceOptions, ReferenceResult } from '../referenceSteps.js';
import { bankOfProgram, rowHolderOf } from './holdRow.js';

interface HeldRow {
  readonly k: Int32Array;
  readonly held: Float64Array;
  readonly hPlus: Float64Array;
  readonly hMinus: Float64Array;
  /** dH/dlambda, 1/nm; null where nothing chirps. */
  readonly dPlus: Float64Array | null;
  readonly dMinus: Float64Array | null;
  /** Detuning of the row's entries, the same on both rails. */
  readonly detuning_nm: Float64Array;
}

/** Cuts the active inputs into rows, k ascending, and holds each on its unit's rings. */
export function holdActivations(program: DenseProgram, value: Float64Array): HeldRow[] {
  const bank = bankOfProgram(program);
  const holdRow = rowHolderOf(program, bank);
  const { heating } = program.bank;
  const active = Int32Array.from(value.keys()).filter((k) => value[k] !== 0);
  const rows: HeldRow[] = [];
  for (let start = 0; start < active.length; start += bank.size) {
    const k = active.subarray(start, start + bank.size);
    const held = Float64Array.from(k, (index) => value[index]!);
    const unit = rows.length % program.bank.units;
    const heat = (rail: 0 | 1) =>
      heating && Float64Array.from(k, (index) => heating.excess[rail * program.inputs + index]!);
    const { H, D, detuning_nm } = holdRow(unit, held, heat);
    const filled = (values: Float64Array) => values.subarray(0, k.length);
    rows.push({
      k,
      held,
      hPlus: filled(H[0]),
      hMinus: filled(H[1]),
      dPlus: D && filled(D[0]),
      dMinus: D && filled(D[1]),
      detuning_nm: filled(detuning_nm),
    });
  }
  return rows;
}

/** u and its variance for every row and filter, without read noise; and how many emitted values were not 0. */
function multiplyRows(program: DenseProgram, rows: readonly HeldRow[]) {
  const { filters, gain, c } = program;
  const streamed = readerOf(program.streamed);
  const { shot, intensity, constant, table } = program.noise;
  const lightPoint = program.lightPoint ?? [0, 0];
  const u = new Float64Array(rows.length * filters);
  const variance = new Float64Array(rows.length * filters);
  let litSamples = 0;
  rows.forEach((row, r) => {
    for (let f = 0; f < filters; f++) {
      let signal = 0;
      let power = 0;
      let square = 0;
      for (let j = 0; j < row.k.length; j++) {
        const v = streamed(row.k[j]! * filters + f);
        if (v === 0) continue;
        litSamples++;
        const product = v * (v > 0 ? row.hPlus[j]! : row.hMinus[j]!);
        const D = v > 0 ? row.dPlus : row.dMinus;
        const chirp = D ? program.chirp_nm * (Math.abs(v) - lightPoint[v > 0 ? 0 : 1]) * D[j]! : 0;
        signal += product + v * chirp;
        power += Math.abs(product);
        square += product * product;
      }
      const g = gain[f]!;
      const noiseless = (g * signal) / c;
      u[r * filters + f] = noiseless;
      variance[r * filters + f] =
        shot * g * power + intensity * g * g * square + constant + tableVariance(table, noiseless);
    }
  });
  return { u, variance, litSamples };
}

function layerOf(program: DenseProgram, x: Float32Array): ReferenceLayer {
  const { filters, chirp_nm } = program;
  return {
    samples: filters,
    rowPitch: ceil4(filters),
    positions: 1,
    multiply: (value) => {
      const held = holdActivations(program, value);
      return {
        ...multiplyRows(inLightOf(program, x), held),
        rows: () => ({
          k: held.map((row) => row.k),
          held: held.map((row) => row.held),
          hPlus: held.map((row) => row.hPlus),
          hMinus: held.map((row) => row.hMinus),
          dPlus: chirp_nm === 0 ? null : held.map((row) => row.dPlus!),
          dMinus: chirp_nm === 0 ? null : held.map((row) => row.dMinus!),
        }),
      };
    },
    outputOf: (at) => at % filters,
    sampleOf: (output) => output,
    lumpedSamples: filters,
  };
}

/**
 * One image through a dense layer in fidelity `exact`.
 * @param x [inputs], float32.
 * @returns y [filters] before any activation, and everything on the way.
 */
export function photonicDenseReference(
  program: DenseProgram,
  x: Float32Array,
  options: ReferenceOptions,
): ReferenceResult {
  return exactReference(program, x, options, layerOf(program, x));
}

/** One image through a dense layer in fidelity `lumped`. */
export function lumpedDenseReference(program: DenseProgram, x: Float32Array, options: ReferenceOptions): LumpedResult {
  return lumpedReference(program, x, options, layerOf(program, x));
}
