/** Detunings of a CONV bank (section 4 of the contract): imprinted values, solved so that neighbours are made up for. */
import { type Bank, isBalanced } from './bank.js';
import { convTransmission, fcTransmission } from './ring.js';
import { type RingPlaces, ringPlaces } from './ringPlaces.js';

/** The rings of a rail, [slots] each. */
export interface RailRings {
  readonly detuning_nm: Float64Array;
  /** T(-delta): what a ring transmits of its own channel. */
  readonly transmission: Float64Array;
}

/** The rings of both rails of a CONV bank. */
export interface RailDetunings {
  readonly plus: RailRings;
  /** Empty where weights are offset: there is no such rail. */
  readonly minus: RailRings;
}

const NO_RINGS: RailRings = { detuning_nm: new Float64Array(0), transmission: new Float64Array(0) };

export const JACOBI_ROUNDS = 8;
/** Values whose places are remembered: those of a DAC are few. A power of 2. */
const REMEMBERED = 2 ** 10;

/** The place of a value in [0, 1] without neighbours, remembered: values close together share an entry. */
function imprinter({ ring }: Bank, balanced: boolean, { placeOf }: RingPlaces): (value: number) => number {
  const known = new Float64Array(REMEMBERED).fill(Number.NaN);
  const places = new Float64Array(REMEMBERED);
  return (value) => {
    const entry = (value * (REMEMBERED - 1)) & (REMEMBERED - 1);
    if (known[entry] !== value) {
      known[entry] = value;
      places[entry] = placeOf(balanced ? convTransmission(ring, value) : fcTransmission(ring, value));
    }
    return places[entry]!;
  };
}

/**
 * What the channels of a rail's waveguides lose to each of its rings. Of a ring that stays where it is nothing is computed
 * anew, which is nearly all there is to save: most are parked, and the others hardly move after the second round.
 */
class RailLosses implements RailRings {
  /** Of channel `slot`: T(lambda_slot - lambda_i - delta) by ring i of its waveguide, 1 of its own, [slots][w]. */
  private readonly passed: Float64Array;
  private readonly parked: Float64Array;
  private readonly w: number;
  private readonly place: Float64Array;
  /** Places that detunings and transmissions are of. */
  private readonly settled: Float64Array;
  readonly detuning_nm: Float64Array;
  readonly transmission: Float64Array;

  constructor(
    { slots, ringsPerWaveguide: w }: Bank,
    private readonly places: RingPlaces,
    private readonly parkedAt: number,
  ) {
    this.w = w;
    this.passed = new Float64Array(slots * w).fill(1);
    this.place = new Float64Array(slots);
    for (let slot = 0; slot < slots; slot++) this.move(slot, parkedAt);
    this.parked = this.passed.slice();
    this.settled = new Float64Array(slots).fill(Number.NaN);
    this.detuning_nm = new Float64Array(slots);
    this.transmission = new Float64Array(slots);
  }

  private move(slot: number, to: number): void {
    const { w } = this;
    this.place[slot] = to;
    const i = slot % w;
    this.places.writePassed(to, i, this.passed, (slot - i) * w + i);
  }

  /** Has a ring stand elsewhere. Returns whether it did not stand there already. */
  detune(slot: number, to: number): boolean {
    if (this.place[slot] === to) return false;
    if (to !== this.parkedAt) {
      this.move(slot, to);
      return true;
    }
    const { w, passed, parked } = this;
    this.place[slot] = to;
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

  /** Says by how much the rings are detuned, now that they stay. */
  settle(): void {
    const { place, settled, places } = this;
    for (let slot = 0; slot < place.length; slot++) {
      const at = place[slot]!;
      if (settled[slot] === at) continue;
      settled[slot] = at;
      this.detuning_nm[slot] = places.detuning_nm(at);
      this.transmission[slot] = places.transmission(at);
    }
  }
}

/** Detunings of a row of held values, the first `count` of them. */
export type DetuningSolver = (held: ArrayLike<number>, count?: number) => RailDetunings;

/**
 * Detunings of one row of held values after the other: see `convDetunings`. The arrays of a result are those of the next.
 * Eight rounds of Jacobi's; where a round moves no ring, all that follow would move none either.
 */
export function detuningSolver(bank: Bank, solve: boolean): DetuningSolver {
  const { slots, X } = bank;
  const { Tfs, Tmin } = bank.ring;
  const balanced = isBalanced(bank);
  const places = ringPlaces(bank);
  const imprint = imprinter(bank, balanced, places);
  const parkedAt = imprint(0);
  const plus = new RailLosses(bank, places, parkedAt);
  const minus = balanced ? new RailLosses(bank, places, parkedAt) : null;
  const rounds = solve && bank.spectralCrosstalk ? JACOBI_ROUNDS : 0;
  /** Of the slots whose rings are to be solved: which, on what rail, what their channel is to transmit, and where they go. */
  const solved = new Int32Array(slots);
  const isMinus = new Uint8Array(slots);
  const signal = new Float64Array(slots);
  const next = new Float64Array(slots);
  const result = { plus, minus: minus ?? NO_RINGS };
  return (held, count = held.length) => {
    const used = Math.min(count, slots);
    let toSolve = 0;
    for (let slot = 0; slot < slots; slot++) {
      const value = slot < used ? held[slot]! : 0;
      plus.detune(slot, value > 0 ? imprint(value) : parkedAt);
      minus?.detune(slot, value < 0 ? imprint(-value) : parkedAt);
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
        next[n] = places.placeOf(Math.min(Math.max(wanted / own.neighbours(slot), Tmin), Tfs));
      }
      let moved = false;
      for (let n = 0; n < toSolve; n++)
        if ((isMinus[n] === 1 ? minus! : plus).detune(solved[n]!, next[n]!)) moved = true;
      if (!moved) break;
    }
    plus.settle();
    minus?.settle();
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
