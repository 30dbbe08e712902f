/**
 * A bank of rings on waveguides (section 4 of the contract): which channels there are, what a channel loses to the other
 * rings, and the detunings that make up for it. Wavelengths are relative to the centre, in nm.
 */
import { DescriptionError } from '../../base/errors.js';
import { channelSpacing_nm, railsOf } from '../derived.js';
import type { HardwareDescription } from '../description.js';
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

/** Sines and cosines of pi (lambda_j - lambda_i) / FSR, [channel j][ring i] of a waveguide. */
export interface ChannelAngles {
  readonly sine: Float64Array;
  readonly cosine: Float64Array;
}

export function channelAngles({ ring, channel_nm, ringsPerWaveguide: w }: Bank): ChannelAngles {
  const angle = Float64Array.from(
    { length: w * w },
    (_, at) => (Math.PI * (channel_nm[Math.floor(at / w)]! - channel_nm[at % w]!)) / ring.freeSpectralRange_nm,
  );
  return { sine: angle.map(Math.sin), cosine: angle.map(Math.cos) };
}

/**
 * H_j: transmission of every channel of a rail with all static effects.
 * @param detuning delta of every slot of the rail, nm, [slots].
 * @param error_nm e of every slot of the rail, read from `errorOffset` on.
 * @param out [slots], written.
 * @param slope_per_nm [slots], written where given: dH_j/dlambda_j, gain errors included.
 * @param count only the first so many channels are wanted.
 */
export type BankTransmission = (
  detuning: Float64Array,
  error_nm: Float64Array,
  errorOffset: number,
  out: Float64Array,
  errors?: UnitErrors,
  slope_per_nm?: Float64Array | null,
  count?: number,
) => void;

/** Of rings as measured: every distance is looked up. */
function measuredBank(bank: Bank): BankTransmission {
  const { ring, channel_nm, ringsPerWaveguide: w, slots, spectralCrosstalk } = bank;
  return (detuning, error_nm, errorOffset, out, errors = NO_ERRORS, slope_per_nm = null, count = slots) => {
    const { source_nm, sourceOffset, gain, gainOffset } = errors;
    for (let slot = 0; slot < count; slot++) {
      const j = slot % w;
      const source = source_nm ? source_nm[sourceOffset + slot]! : 0;
      const own_nm = source - (detuning[slot]! + error_nm[errorOffset + slot]!);
      const own = transmission(ring, own_nm);
      // What the other rings let pass, and its slope by the product rule, without a division: a notch may transmit nothing.
      let others = 1;
      let othersSlope = 0;
      for (let i = 0; spectralCrosstalk && i < w; i++) {
        if (i === j) continue;
        const other = slot - j + i;
        const shift_nm = detuning[other]! + error_nm[errorOffset + other]!;
        const distance_nm = channel_nm[j]! + source - channel_nm[i]! - shift_nm;
        const T = transmission(ring, distance_nm);
        if (slope_per_nm) othersSlope = othersSlope * T + others * transmissionSlope_per_nm(ring, distance_nm);
        others *= T;
      }
      const factor = gain ? gain[gainOffset + slot]! : 1;
      out[slot] = own * others * factor;
      if (slope_per_nm)
        slope_per_nm[slot] = (transmissionSlope_per_nm(ring, own_nm) * others + own * othersSlope) * factor;
    }
  };
}

/**
 * Of the Airy form: the sine of a channel's distance from a ring is that of a difference, so that a sine and a cosine of each
 * ring's shift do for all channels of its waveguide.
 */
function airyBank(bank: Bank): BankTransmission {
  const { ring, ringsPerWaveguide: w, slots, spectralCrosstalk } = bank;
  const { Tmin, finesseCoefficient: F } = ring;
  const perNm = Math.PI / ring.freeSpectralRange_nm;
  const { sine, cosine } = channelAngles(bank);
  const [shiftSine, shiftCosine] = [new Float64Array(w), new Float64Array(w)];
  return (detuning, error_nm, errorOffset, out, errors = NO_ERRORS, slope_per_nm = null, count = slots) => {
    const { source_nm, sourceOffset, gain, gainOffset } = errors;
    for (let first = 0; first < count; first += w) {
      for (let i = 0; i < w; i++) {
        const shift = perNm * (detuning[first + i]! + error_nm[errorOffset + first + i]!);
        const s = Math.sin(shift);
        shiftSine[i] = s;
        // Far from where its root would lose digits.
        shiftCosine[i] = Math.abs(shift) < 1 ? Math.sqrt(1 - s * s) : Math.cos(shift);
      }
      const channels = Math.min(w, count - first);
      for (let j = 0; j < channels; j++) {
        const source = source_nm ? perNm * source_nm[sourceOffset + first + j]! : 0;
        const sourceSine = source === 0 ? 0 : Math.sin(source);
        const sourceCosine = source === 0 ? 1 : Math.cos(source);
        // Of all rings, the own one among them, by the product rule without a division: a notch may transmit nothing.
        let H = 1;
        let slope = 0;
        for (let i = spectralCrosstalk ? 0 : j, end = spectralCrosstalk ? w : j + 1; i < end; i++) {
          const at = j * w + i;
          const s = source === 0 ? sine[at]! : sine[at]! * sourceCosine + cosine[at]! * sourceSine;
          const c = source === 0 ? cosine[at]! : cosine[at]! * sourceCosine - sine[at]! * sourceSine;
          const distanceSine = s * shiftCosine[i]! - c * shiftSine[i]!;
          const excess = F * distanceSine * distanceSine;
          const T = (Tmin + excess) / (1 + excess);
          if (slope_per_nm) {
            const distanceCosine = c * shiftCosine[i]! + s * shiftSine[i]!;
            const rate = 2 * perNm * F * distanceSine * distanceCosine;
            slope = slope * T + (H * (1 - Tmin) * rate) / ((1 + excess) * (1 + excess));
          }
          H *= T;
        }
        const factor = gain ? gain[gainOffset + first + j]! : 1;
        out[first + j] = H * factor;
        if (slope_per_nm) slope_per_nm[first + j] = slope * factor;
      }
    }
  };
}

/** What the channels of a bank's rails transmit. */
export function bankTransmission(bank: Bank): BankTransmission {
  return bank.ring.response ? measuredBank(bank) : airyBank(bank);
}

/** Whether a pedestal cancels between two rails of one stream: CONV's, unless weights are offset. */
export function isBalanced({ kind, rails }: Pick<Bank, 'kind' | 'rails'>): boolean {
  return kind === 'conv' && rails === 2;
}

/** Detunings of an FC bank, the same on both rails, [slots]; missing slots are parked at v = 0. */
export function fcDetunings(bank: Bank, held: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: bank.slots }, (_, slot) =>
    detuning_nm(bank.ring, fcTransmission(bank.ring, held[slot] ?? 0)),
  );
}
