/** Detunings of a CONV bank (section 4 of the contract): imprinted values, solved so that neighbours are made up for. */
import { type Bank, isBalanced } from './bank.js';
import { convTransmission, detuning_nm, fcTransmission, type Ring, transmission } from './ring.js';

/** Detunings of both rails of a CONV bank, [slots] each. */
export interface RailDetunings {
  readonly plus: Float64Array;
  /** Empty where weights are offset: there is no such rail. */
  readonly minus: Float64Array;
}

const JACOBI_ROUNDS = 8;
/** Values whose detunings are remembered: those of a DAC are few. A power of 2. */
const REMEMBERED = 2 ** 10;

/** The detuning of a value in [0, 1] without neighbours, remembered: values close together share a place. */
function imprinter({ ring }: Bank, balanced: boolean): (value: number) => number {
  const known = new Float64Array(REMEMBERED).fill(Number.NaN);
  const detuning = new Float64Array(REMEMBERED);
  return (value) => {
    const place = (value * (REMEMBERED - 1)) & (REMEMBERED - 1);
    if (known[place] !== value) {
      known[place] = value;
      detuning[place] = detuning_nm(ring, balanced ? convTransmission(ring, value) : fcTransmission(ring, value));
    }
    return detuning[place]!;
  };
}

/**
 * What the channels of a rail's waveguides lose to each of its rings. Of a ring that stays where it is nothing is computed
 * anew, which is nearly all there is to save: most are parked, and the others hardly move after the second round.
 */
class RailLosses {
  /** Of channel `slot`: T(lambda_slot - lambda_i - delta) by ring i of its waveguide, 1 of its own, [slots][w]. */
  private readonly passed: Float64Array;
  private readonly parked: Float64Array;
  /** lambda_j - lambda_i, [w][w]. */
  private readonly distance_nm: Float64Array;
  private readonly w: number;
  private readonly ring: Ring;
  readonly detuning_nm: Float64Array;

  constructor(
    { ring, slots, channel_nm, ringsPerWaveguide: w }: Bank,
    private readonly parked_nm: number,
  ) {
    this.w = w;
    this.ring = ring;
    this.distance_nm = Float64Array.from(
      { length: w * w },
      (_, at) => channel_nm[Math.floor(at / w)]! - channel_nm[at % w]!,
    );
    this.passed = new Float64Array(slots * w).fill(1);
    this.detuning_nm = new Float64Array(slots);
    for (let slot = 0; slot < slots; slot++) this.move(slot, parked_nm);
    this.parked = this.passed.slice();
  }

  private move(slot: number, to_nm: number): void {
    const { w, ring, passed, distance_nm } = this;
    this.detuning_nm[slot] = to_nm;
    const i = slot % w;
    const first = (slot - i) * w + i;
    for (let j = 0; j < w; j++)
      if (j !== i) passed[first + j * w] = transmission(ring, distance_nm[j * w + i]! - to_nm);
  }

  /** Detunes a ring. Returns whether it stood elsewhere. */
  detune(slot: number, to_nm: number): boolean {
    if (this.detuning_nm[slot] === to_nm) return false;
    if (to_nm !== this.parked_nm) {
      this.move(slot, to_nm);
      return true;
    }
    const { w, passed, parked } = this;
    this.detuning_nm[slot] = to_nm;
    const i = slot % w;
    const first = (slot - i) * w + i;
    for (let at = first; at < first + w * w; at += w) passed[at] = parked[at]!;
    return true;
  }

  /** Product over the other rings of a slot's waveguide of what they let pass of its channel. */
  neighbours(slot: number): number {
    const { w, passed } = this;
    let product = 1;
    for (let at = slot * w; at < slot * w + w; at++) product *= passed[at]!;
    return product;
  }
}

/** Detunings of a row of held values, the first `count` of them. */
export type DetuningSolver = (held: ArrayLike<number>, count?: number) => RailDetunings;

/**
 * Detunings of one row of held values after the other: see `convDetunings`. The arrays of a result are those of the next.
 * Eight rounds of Jacobi's; where a round moves no ring, all that follow would move none either.
 */
export function detuningSolver(bank: Bank, solve: boolean): DetuningSolver {
  const { ring, slots, X } = bank;
  const { Tfs, Tmin } = ring;
  const balanced = isBalanced(bank);
  const imprint = imprinter(bank, balanced);
  const parked_nm = imprint(0);
  const plus = new RailLosses(bank, parked_nm);
  const minus = balanced ? new RailLosses(bank, parked_nm) : null;
  const rounds = solve && bank.spectralCrosstalk ? JACOBI_ROUNDS : 0;
  /** Of the slots whose rings are to be solved: which, on what rail, what their channel is to transmit, and where they go. */
  const solved = new Int32Array(slots);
  const isMinus = new Uint8Array(slots);
  const signal = new Float64Array(slots);
  const next_nm = new Float64Array(slots);
  const result = { plus: plus.detuning_nm, minus: minus ? minus.detuning_nm : new Float64Array(0) };
  return (held, count = held.length) => {
    const used = Math.min(count, slots);
    let toSolve = 0;
    for (let slot = 0; slot < slots; slot++) {
      const value = slot < used ? held[slot]! : 0;
      plus.detune(slot, value > 0 ? imprint(value) : parked_nm);
      minus?.detune(slot, value < 0 ? imprint(-value) : parked_nm);
      if (slot >= used || (minus && value === 0)) continue;
      solved[toSolve] = slot;
      isMinus[toSolve] = minus && value < 0 ? 1 : 0;
      signal[toSolve++] = minus ? X * Math.abs(value) * (Tfs - Tmin) : X * value * Tfs;
    }
    for (let round = 0; round < rounds; round++) {
      for (let n = 0; n < toSolve; n++) {
        const slot = solved[n]!;
        const own = isMinus[n] === 1 ? minus! : plus;
        // Between two rails, what the other rail's pedestal gives is made up for too.
        const wanted = minus ? signal[n]! + Tmin * (own === plus ? minus : plus).neighbours(slot) : signal[n]!;
        next_nm[n] = detuning_nm(ring, Math.min(Math.max(wanted / own.neighbours(slot), Tmin), Tfs));
      }
      let moved = false;
      for (let n = 0; n < toSolve; n++)
        if ((isMinus[n] === 1 ? minus! : plus).detune(solved[n]!, next_nm[n]!)) moved = true;
      if (!moved) break;
    }
    return result;
  };
}

/**
 * Detunings for signed held values: |w| sits in the ring of its sign's rail, the other rail's ring is parked. With
 * compensation `full` and spectral crosstalk, own transmissions are solved so that H+ - H- = X w (Tfs - Tmin); of offset
 * values, on one rail, so that H = X v Tfs, if at all.
 * @param held signed values in [-1, 1] (offset ones in [0, 1]), up to [slots]; missing slots are parked.
 * @param solve whether to solve (grid.compensation is `full`).
 */
export function convDetunings(bank: Bank, held: ArrayLike<number>, solve: boolean): RailDetunings {
  return detuningSolver(bank, solve)(held);
}
