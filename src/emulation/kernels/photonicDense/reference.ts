/** Dense layer on FC units, float64: the definition (sections 1 to 6 and 10 of the contract). */

import { ceil4 } from '../../../base/random/seeds.js';
import { tableVariance } from '../../../hardware/optics/noiseTable.js';
import { type DenseProgram, hasOptics } from '../../program/types.js';
import { referenceOutputs } from '../electronics.js';
import { inLightOf } from '../imageLight.js';
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
} from '../referenceSteps.js';
import { bankOfProgram, holdRow } from './holdRow.js';

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
  const { heating } = program.bank;
  const active = Int32Array.from(value.keys()).filter((k) => value[k] !== 0);
  const rows: HeldRow[] = [];
  for (let start = 0; start < active.length; start += bank.size) {
    const k = active.subarray(start, start + bank.size);
    const held = Float64Array.from(k, (index) => value[index]!);
    const unit = rows.length % program.bank.units;
    const heat = (rail: 0 | 1) =>
      heating && Float64Array.from(k, (index) => heating.excess[rail * program.inputs + index]!);
    const { H, D, detuning_nm } = holdRow(program, bank, unit, held, heat);
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
  const { filters, streamed, gain, c } = program;
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
        const v = streamed[row.k[j]! * filters + f]!;
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
  const { filters } = program;
  const counts = countActivations(program, x);
  if (!hasOptics(program)) return { y: shiftOnly(program, 1), ...counts, passes: [] };
  const sums = new Float64Array(filters);
  const passes: ReferencePass[] = [];
  for (let pass = 0; pass < program.passes; pass++) {
    const { code, value } = quantiseActivations(program, x, pass);
    const rows = holdActivations(program, value);
    const { u, variance, litSamples } = multiplyRows(inLightOf(program, x), rows);
    addReadNoise(program, options, pass, u, variance, filters, ceil4(filters));
    const { adcCode, clippedConversions, converted } = convert(program, options, u);
    for (let at = 0; at < u.length; at++) sums[at % filters]! += pass === 0 ? converted[at]! : -converted[at]!;
    passes.push({
      activationCode: code,
      k: rows.map((row) => row.k),
      held: rows.map((row) => row.held),
      hPlus: rows.map((row) => row.hPlus),
      hMinus: rows.map((row) => row.hMinus),
      dPlus: program.chirp_nm === 0 ? null : rows.map((row) => row.dPlus!),
      dMinus: program.chirp_nm === 0 ? null : rows.map((row) => row.dMinus!),
      u,
      variance,
      adcCode,
      clippedConversions,
      litSamples,
    });
  }
  return { y: referenceOutputs(program, x, sums), ...counts, passes };
}

/** One image through a dense layer in fidelity `lumped`: one normal per output. */
export function lumpedDenseReference(program: DenseProgram, x: Float32Array, options: ReferenceOptions): LumpedResult {
  const { filters } = program;
  const value = new Float64Array(filters);
  const variance = new Float64Array(filters);
  if (!hasOptics(program)) return { value, variance, y: shiftOnly(program, 1), litSamples: 0 };
  let litSamples = 0;
  for (let pass = 0; pass < program.passes; pass++) {
    const held = holdActivations(program, quantiseActivations(program, x, pass).value);
    const rows = multiplyRows(inLightOf(program, x), held);
    litSamples += rows.litSamples;
    for (let at = 0; at < rows.u.length; at++) {
      value[at % filters]! += pass === 0 ? rows.u[at]! : -rows.u[at]!;
      variance[at % filters]! += rows.variance[at]! + roundingVariance(program);
    }
  }
  const noisy = lump(program, options, value, variance, (f) => f, filters);
  return { value, variance, y: referenceOutputs(program, x, noisy), litSamples };
}
