/** One row of an FC unit in float64: what its rings transmit on both rails (sections 3 to 5 of the contract). */
import { type Bank, bankTransmission, fcDetunings } from '../../../hardware/optics/bank.js';
import { ownTransmission } from '../../../hardware/optics/ring.js';
import { addHeating, unitErrors } from '../../../hardware/optics/variation.js';
import type { DenseBank, DenseProgram } from '../../program/types.js';

/** The bank that a program's constants describe. */
export function bankOfProgram(program: DenseProgram): Bank {
  const {
    size,
    ringsPerWaveguide: w,
    waveguides,
    rails,
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
    rails,
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

/** Of both rails, [slots] each. */
export interface HeldOnUnit {
  readonly H: readonly [plus: Float64Array, minus: Float64Array];
  /** dH/dlambda, 1/nm; null where nothing chirps. */
  readonly D: readonly [plus: Float64Array, minus: Float64Array] | null;
  /** The same on both rails. */
  readonly detuning_nm: Float64Array;
}

/**
 * Holds a row's values on a unit.
 * @param held values in [0, 1], at most as many as the unit has slots; the other rings are parked.
 * @param excess m - m0 of the filled slots of a rail; null: light does not heat.
 */
export type HoldRow = (unit: number, held: Float64Array, excess: (rail: 0 | 1) => Float64Array | null) => HeldOnUnit;

/** @param bank `bankOfProgram` of the program. */
export function rowHolderOf(program: DenseProgram, bank: Bank): HoldRow {
  const { slots } = bank;
  const { heating } = program.bank;
  const transmissionOf = bankTransmission(bank);
  return (unit, held, excess) => {
    const detuning_nm = fcDetunings(bank, held);
    const transmission = heating && ownTransmission(bank.ring, detuning_nm);
    const rails = ([0, 1] as const).map((rail) => {
      const offset = (unit * 2 + rail) * slots;
      const error_nm = program.bank.error_nm.slice(offset, offset + slots);
      const ofRail = excess(rail);
      if (heating && ofRail)
        addHeating({ full_nm: heating.full_nm, excess: ofRail, transmission: transmission! }, error_nm);
      const H = new Float64Array(slots);
      const D = program.chirp_nm === 0 ? null : new Float64Array(slots);
      transmissionOf(detuning_nm, error_nm, 0, H, unitErrors(program.bank, bank, unit, rail), D);
      return { H, D };
    });
    const [plus, minus] = [rails[0]!, rails[1]!];
    return { H: [plus.H, minus.H], D: plus.D && minus.D ? [plus.D, minus.D] : null, detuning_nm };
  };
}

/** Tuning that a row's rings hold, over all rails, in nm; and whether one is beyond the electro-optic range. */
export function rowTuning(
  bank: DenseBank,
  detuning_nm: ArrayLike<number>,
): { eo_nm: number; to_nm: number; slow: boolean } {
  let [eo_nm, to_nm, slow] = [0, 0, false];
  for (let j = 0; j < detuning_nm.length; j++) {
    const delta = detuning_nm[j]!;
    eo_nm += bank.rails * Math.min(delta, bank.eoRange_nm);
    to_nm += bank.rails * Math.max(delta - bank.eoRange_nm, 0);
    if (delta > bank.eoRange_nm) slow = true;
  }
  return { eo_nm, to_nm, slow };
}
