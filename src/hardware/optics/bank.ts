/**
 * A bank of rings on waveguides (section 4 of the contract): which channels there are, what a channel loses to the other
 * rings, and the detunings that make up for it. Wavelengths are relative to the centre, in nm.
 */
import { DescriptionError } from '../../base/errors.js';
import { channelSpacing_nm, type HardwareDescription, railsOf } from '../description.js';
import {
  convTransmission,
  detuning_nm,
  fcTransmission,
  type Ring,
  ringConstants,
  transmission,
  transmissionSlope_per_nm,
} from './ring.js';

export type BankKind = 'conv' | 'fc';

export interface Bank {
  readonly kind: BankKind;
  readonly ring: Ring;
  /** Vector size of the unit (n or m). */
  readonly size: number;
  /** w: rings per waveguide and rail, surplus ones included. */
  readonly ringsPerWaveguide: number;
  readonly waveguides: number;
  /** waveguides * ringsPerWaveguide. */
  readonly slots: number;
  readonly channelSpacing_nm: number;
  /** lambda_c - lambda0 of the channels of a waveguide. */
  readonly channel_nm: Float64Array;
  readonly spectralCrosstalk: boolean;
  /** 1 where weights are offset. */
  readonly rails: 1 | 2;
  /** Mean transmission of a channel through its neighbours at half scale; 1 if not compensated for. */
  readonly X: number;
  /** What a product of two full-scale values transmits: (Tfs - Tmin) X or Tfs X. */
  readonly c: number;
}

/** Mean over channels j of the product over the other rings, all detuned by `delta_nm`. */
function meanNeighbourTransmission(ring: Ring, channel_nm: Float64Array, delta_nm: number): number {
  const shifts = new Float64Array(channel_nm.length).fill(delta_nm);
  let sum = 0;
  for (let j = 0; j < channel_nm.length; j++) sum += neighbourProduct(ring, channel_nm, shifts, 0, j);
  return sum / channel_nm.length;
}

/** Product over the rings i != j of the waveguide that starts at `first` of T(lambda_j - lambda_i - shift_i). */
function neighbourProduct(
  ring: Ring,
  channel_nm: Float64Array,
  shift_nm: Float64Array,
  first: number,
  j: number,
): number {
  let product = 1;
  for (let i = 0; i < channel_nm.length; i++) {
    if (i !== j) product *= transmission(ring, channel_nm[j]! - channel_nm[i]! - shift_nm[first + i]!);
  }
  return product;
}

/** X at a common held value v (the CONV imprint), compensation and effects aside. */
export function crosstalkAt(hardware: HardwareDescription, kind: BankKind, v: number): number {
  const bank = layOut(hardware, kind);
  return meanNeighbourTransmission(bank.ring, bank.channel_nm, detuning_nm(bank.ring, convTransmission(bank.ring, v)));
}

function layOut(hardware: HardwareDescription, kind: BankKind) {
  const { size } = hardware.vdu[kind];
  const ringsPerWaveguide = Math.min(size, hardware.grid.wavelengthsPerWaveguide);
  const waveguides = Math.ceil(size / ringsPerWaveguide);
  const spacing_nm = channelSpacing_nm(hardware, ringsPerWaveguide);
  return {
    kind,
    ring: ringConstants(hardware),
    size,
    ringsPerWaveguide,
    waveguides,
    slots: waveguides * ringsPerWaveguide,
    channelSpacing_nm: spacing_nm,
    channel_nm: Float64Array.from(
      { length: ringsPerWaveguide },
      (_, c) => (c - (ringsPerWaveguide - 1) / 2) * spacing_nm,
    ),
    spectralCrosstalk: hardware.effects.spectralCrosstalk,
    rails: railsOf(hardware),
  };
}

/** Noise is divided by the square of X: below this that would leave the range of numbers. */
const LEAST_TRANSMISSION = 1e-100;

/**
 * The bank of a CONV or FC unit.
 * @throws DescriptionError where neighbours leave a channel no light.
 */
export function bankOf(hardware: HardwareDescription, kind: BankKind): Bank {
  const bank = layOut(hardware, kind);
  const compensated = hardware.grid.compensation !== 'none' && bank.spectralCrosstalk;
  const X = compensated ? crosstalkAt(hardware, kind, 0.5) : 1;
  const { Tfs, Tmin } = bank.ring;
  if (!(X > LEAST_TRANSMISSION)) {
    throw new DescriptionError(
      `${kind.toUpperCase()} bank: a channel transmits ${X.toPrecision(3)} of its light past the ${bank.ringsPerWaveguide - 1} other rings of ` +
        'its waveguide, too little to compute with; lower grid.wavelengthsPerWaveguide, or choose another grid.channelSpacing_nm',
    );
  }
  return { ...bank, X, c: (isBalanced(bank) ? Tfs - Tmin : Tfs) * X };
}

/** What of a unit is off besides its resonances; all read from an offset on, [slots] each. */
export interface UnitErrors {
  /** How far each slot's VCSEL stands off its channel, nm; null: not at all. */
  readonly source_nm: Float64Array | null;
  readonly sourceOffset: number;
  /** Factor on each slot's transmission on this rail; null: 1. */
  readonly gain: Float64Array | null;
  readonly gainOffset: number;
}

const NO_ERRORS: UnitErrors = { source_nm: null, sourceOffset: 0, gain: null, gainOffset: 0 };

/**
 * H_j: transmission of every channel of a rail with all static effects.
 * @param detuning delta of every slot of the rail, nm, [slots].
 * @param error_nm e of every slot of the rail, read from `errorOffset` on.
 * @param out [slots], written.
 * @param slope_per_nm [slots], written where given: dH_j/dlambda_j, gain errors included.
 */
export function bankTransmission(
  bank: Bank,
  detuning: Float64Array,
  error_nm: Float64Array,
  errorOffset: number,
  out: Float64Array,
  { source_nm, sourceOffset, gain, gainOffset }: UnitErrors = NO_ERRORS,
  slope_per_nm: Float64Array | null = null,
): void {
  const { ring, channel_nm, ringsPerWaveguide: w } = bank;
  const shift_nm = detuning.map((delta, slot) => delta + error_nm[errorOffset + slot]!);
  for (let slot = 0; slot < bank.slots; slot++) {
    const j = slot % w;
    const source = source_nm ? source_nm[sourceOffset + slot]! : 0;
    const own_nm = source - shift_nm[slot]!;
    const own = transmission(ring, own_nm);
    // What the other rings let pass, and its slope by the product rule, without a division: a notch may transmit nothing.
    let [others, othersSlope] = [1, 0];
    for (let i = 0; bank.spectralCrosstalk && i < w; i++) {
      if (i === j) continue;
      const distance_nm = channel_nm[j]! + source - channel_nm[i]! - shift_nm[slot - j + i]!;
      const T = transmission(ring, distance_nm);
      if (slope_per_nm) othersSlope = othersSlope * T + others * transmissionSlope_per_nm(ring, distance_nm);
      others *= T;
    }
    const factor = gain ? gain[gainOffset + slot]! : 1;
    out[slot] = own * others * factor;
    if (slope_per_nm)
      slope_per_nm[slot] = (transmissionSlope_per_nm(ring, own_nm) * others + own * othersSlope) * factor;
  }
}

/** Whether a pedestal cancels between two rails of one stream: CONV's, unless weights are offset. */
function isBalanced({ kind, rails }: Pick<Bank, 'kind' | 'rails'>): boolean {
  return kind === 'conv' && rails === 2;
}

/** Detunings of both rails of a CONV bank, [slots] each. */
export interface RailDetunings {
  readonly plus: Float64Array;
  /** Empty where weights are offset: there is no such rail. */
  readonly minus: Float64Array;
}

const JACOBI_ROUNDS = 8;

/**
 * Detunings of an offset CONV bank: own transmissions are solved so that H = X v Tfs, if at all.
 * @param held values in [0, 1], up to [slots]; missing slots are parked.
 */
function offsetDetunings(bank: Bank, held: ArrayLike<number>, solve: boolean): RailDetunings {
  const { ring, X, channel_nm, ringsPerWaveguide: w } = bank;
  let plus = fcDetunings(bank, held);
  for (let round = 0; solve && bank.spectralCrosstalk && round < JACOBI_ROUNDS; round++) {
    const before = plus;
    plus = before.slice();
    for (let slot = 0; slot < Math.min(held.length, bank.slots); slot++) {
      const j = slot % w;
      const wanted = (X * held[slot]! * ring.Tfs) / neighbourProduct(ring, channel_nm, before, slot - j, j);
      plus[slot] = detuning_nm(ring, Math.min(Math.max(wanted, ring.Tmin), ring.Tfs));
    }
  }
  return { plus, minus: new Float64Array(0) };
}

/**
 * Detunings for signed held values: |w| sits in the ring of its sign's rail, the other rail's ring is parked. With
 * compensation `full` and spectral crosstalk, own transmissions are solved so that H+ - H- = X w (Tfs - Tmin).
 * @param held signed values in [-1, 1] (offset ones in [0, 1]), up to [slots]; missing slots are parked.
 * @param solve whether to solve (grid.compensation is `full`).
 */
export function convDetunings(bank: Bank, held: ArrayLike<number>, solve: boolean): RailDetunings {
  if (!isBalanced(bank)) return offsetDetunings(bank, held, solve);
  const { ring, slots, X, channel_nm, ringsPerWaveguide: w } = bank;
  const imprint = (sign: number) =>
    Float64Array.from({ length: slots }, (_, slot) => {
      const value = (held[slot] ?? 0) * sign;
      return detuning_nm(ring, convTransmission(ring, Math.max(value, 0)));
    });
  const rails = { plus: imprint(1), minus: imprint(-1) };
  if (!solve || !bank.spectralCrosstalk) return rails;
  for (let round = 0; round < JACOBI_ROUNDS; round++) {
    const [plusBefore, minusBefore] = [rails.plus.slice(), rails.minus.slice()];
    for (let slot = 0; slot < Math.min(held.length, slots); slot++) {
      const value = held[slot]!;
      if (value === 0) continue;
      const [own, other] = value > 0 ? [plusBefore, minusBefore] : [minusBefore, plusBefore];
      const j = slot % w;
      const xOwn = neighbourProduct(ring, channel_nm, own, slot - j, j);
      const xOther = neighbourProduct(ring, channel_nm, other, slot - j, j);
      const wanted = (X * Math.abs(value) * (ring.Tfs - ring.Tmin) + ring.Tmin * xOther) / xOwn;
      const rail = value > 0 ? rails.plus : rails.minus;
      rail[slot] = detuning_nm(ring, Math.min(Math.max(wanted, ring.Tmin), ring.Tfs));
    }
  }
  return rails;
}

/** Detunings of an FC bank, the same on both rails, [slots]; missing slots are parked at v = 0. */
export function fcDetunings(bank: Bank, held: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: bank.slots }, (_, slot) =>
    detuning_nm(bank.ring, fcTransmission(bank.ring, held[slot] ?? 0)),
  );
}
