/** Dense layer on FC units, float64: the definition (sections 1 to 6 and 10 of the contract). */

import { ceil4 } from '../../../base/random/seeds.js';
import { type Bank, bankTransmission, fcDetunings } from '../../../hardware/optics/bank.js';
import { addHeating, unitErrors } from '../../../hardware/optics/variation.js';
import { type DenseBank, type DenseProgram, hasOptics } from '../../program/types.js';
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
  scaleOutputs,
  shiftOnly,
} from '../referenceSteps.js';

/** The bank of `hardware/optics/bank.ts` that a program's constants describe. */
function asBank(program: DenseProgram): Bank {
  const {
    size,
    ringsPerWaveguide: w,
    waveguides,
    channelSpacing_nm,
    spectralCrosstalk,
    response,
    ...ring
  } = program.bank;
  return {
    kind: 'fc',
    size,
    ringsPerWaveguide: w,
    waveguides,
    slots: w * waveguides,
    channelSpacing_nm,
    channel_nm: Float64Array.from({ length: w }, (_, c) => (c - (w - 1) / 2) * channelSpacing_nm),
    spectralCrosstalk,
    X: program.X,
    c: program.c,
    ring: {
      ...ring,
      linewidth_nm: Number.NaN,
      fullScaleDetuning_nm: Number.NaN,
      response: response && { ...response, linewidth_nm: Number.NaN },
    },
  };
}

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
  const bank = asBank(program);
  const { heating } = program.bank;
  const active = Int32Array.from(value.keys()).filter((k) => value[k] !== 0);
  const rows: HeldRow[] = [];
  for (let start = 0; start < active.length; start += bank.size) {
    const k = active.subarray(start, start + bank.size);
    const held = Float64Array.from(k, (index) => value[index]!);
    const detuning_nm = fcDetunings(bank, held);
    const unit = rows.length % program.bank.units;
    const rails = ([0, 1] as const).map((rail) => {
      const offset = (unit * 2 + rail) * bank.slots;
      const error_nm = program.bank.error_nm.slice(offset, offset + bank.slots);
      if (heating) {
        const excess = Float64Array.from(k, (index) => heating.excess[rail * program.inputs + index]!);
        addHeating(bank.ring, { full_nm: heating.full_nm, excess, detuning_nm }, error_nm);
      }
      const H = new Float64Array(bank.slots);
      const D = program.chirp_nm === 0 ? null : new Float64Array(bank.slots);
      bankTransmission(bank, detuning_nm, error_nm, 0, H, unitErrors(program.bank, bank, unit, rail), D);
      return { H: H.subarray(0, k.length), D: D && D.subarray(0, k.length) };
    });
    const [plus, minus] = [rails[0]!, rails[1]!];
    rows.push({
      k,
      held,
      hPlus: plus.H,
      hMinus: minus.H,
      dPlus: plus.D,
      dMinus: minus.D,
      detuning_nm: detuning_nm.subarray(0, k.length),
    });
  }
  return rows;
}

/** u and its variance for every row and filter, without read noise; and how many emitted values were not 0. */
function multiplyRows(program: DenseProgram, rows: readonly HeldRow[]) {
  const { filters, streamed, gain, c } = program;
  const { shot, intensity, constant } = program.noise;
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
      u[r * filters + f] = (g * signal) / c;
      variance[r * filters + f] = shot * g * power + intensity * g * g * square + constant;
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
    const { u, variance, litSamples } = multiplyRows(program, rows);
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
  return { y: scaleOutputs(program, sums), ...counts, passes };
}

/** One image through a dense layer in fidelity `lumped`: one normal per output. */
export function lumpedDenseReference(program: DenseProgram, x: Float32Array, options: ReferenceOptions): LumpedResult {
  const { filters } = program;
  const value = new Float64Array(filters);
  const variance = new Float64Array(filters);
  if (!hasOptics(program)) return { value, variance, y: shiftOnly(program, 1), litSamples: 0 };
  let litSamples = 0;
  for (let pass = 0; pass < program.passes; pass++) {
    const rows = multiplyRows(program, holdActivations(program, quantiseActivations(program, x, pass).value));
    litSamples += rows.litSamples;
    for (let at = 0; at < rows.u.length; at++) {
      value[at % filters]! += pass === 0 ? rows.u[at]! : -rows.u[at]!;
      variance[at % filters]! += rows.variance[at]! + roundingVariance(program);
    }
  }
  const y = lump(program, options, value, variance, (f) => f, filters);
  return { value, variance, y, litSamples };
}

/** Tuning that a row's rings hold, over both rails, in nm; and whether one is beyond the electro-optic range. */
export function rowTuning(
  bank: DenseBank,
  detuning_nm: ArrayLike<number>,
): { eo_nm: number; to_nm: number; slow: boolean } {
  let [eo_nm, to_nm, slow] = [0, 0, false];
  for (let j = 0; j < detuning_nm.length; j++) {
    const delta = detuning_nm[j]!;
    eo_nm += 2 * Math.min(delta, bank.eoRange_nm);
    to_nm += 2 * Math.max(delta - bank.eoRange_nm, 0);
    if (delta > bank.eoRange_nm) slow = true;
  }
  return { eo_nm, to_nm, slow };
}
