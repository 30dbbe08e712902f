/** Detunings of a CONV bank (section 4 of the contract): imprinted values, solved so that neighbours are made up for. */
import { type Bank, isBalanced } from './bank.js';
import { convTransmission, detuning_nm, fcTransmission, transmission } from './ring.js';

/** Detunings of both rails of a CONV bank, [slots] each. */
export interface RailDetunings {
  readonly plus: Float64Array;
  /** Empty where weights are offset: there is no such rail. */
  readonly minus: Float64Array;
}

const JACOBI_ROUNDS = 8;
/** Values whose detunings are remembered: those of a DAC are few. A power of 2. */
const REMEMBERED = 2 ** 10;

/** The detuning of a value without neighbours, remembered by the value's bits. */
function imprinter({ ring }: Bank, balanced: boolean): (value: number) => number {
  const known = new Float64Array(REMEMBERED).fill(Number.NaN);
  const detuning = new Float64Array(REMEMBERED);
  const one = new Float64Array(1);
  const halves = new Uint32Array(one.buffer);
  return (value) => {
    one[0] = value;
    const place = (Math.imul(halves[0]! ^ halves[1]!, 0x9e3779b1) >>> 16) % REMEMBERED;
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
  /** Of ring `slot`: T(lambda_j - lambda_slot - delta) by channel j of its waveguide, [slots][w]. */
  readonly #passed: Float64Array;
  readonly #parked: Float64Array;
  readonly detuning_nm: Float64Array;

  constructor(
    private readonly bank: Bank,
    private readonly parked_nm: number,
  ) {
    const { slots, ringsPerWaveguide: w } = bank;
    this.#passed = new Float64Array(slots * w);
    this.detuning_nm = new Float64Array(slots);
    for (let slot = 0; slot < slots; slot++) this.#move(slot, parked_nm);
    this.#parked = this.#passed.slice();
  }

  #move(slot: number, to_nm: number): void {
    const { ring, channel_nm, ringsPerWaveguide: w } = this.bank;
    this.detuning_nm[slot] = to_nm;
    const i = slot % w;
    for (let j = 0; j < w; j++)
      if (j !== i) this.#passed[slot * w + j] = transmission(ring, channel_nm[j]! - channel_nm[i]! - to_nm);
  }

  /** Detunes a ring. Returns whether it stood elsewhere. */
  detune(slot: number, to_nm: number): boolean {
    if (this.detuning_nm[slot] === to_nm) return false;
    if (to_nm === this.parked_nm) {
      const { ringsPerWaveguide: w } = this.bank;
      this.detuning_nm[slot] = to_nm;
      for (let at = slot * w; at < (slot + 1) * w; at++) this.#passed[at] = this.#parked[at]!;
    } else this.#move(slot, to_nm);
    return true;
  }

  /** Product over the other rings of a slot's waveguide of what they let pass of its channel. */
  neighbours(slot: number): number {
    const { ringsPerWaveguide: w } = this.bank;
    const j = slot % w;
    const first = slot - j;
    let product = 1;
    for (let i = 0; i < w; i++) if (i !== j) product *= this.#passed[(first + i) * w + j]!;
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
  const next_nm = new Float64Array(slots);
  const result = { plus: plus.detuning_nm, minus: minus ? minus.detuning_nm : new Float64Array(0) };
  /** Own transmission that a slot needs behind its neighbours. */
  const wanted = (value: number, slot: number): number => {
    if (!minus) return (X * value * Tfs) / plus.neighbours(slot);
    const [own, other] = value > 0 ? [plus, minus] : [minus, plus];
    const xOwn = own.neighbours(slot);
    return (X * Math.abs(value) * (Tfs - Tmin) + Tmin * other.neighbours(slot)) / xOwn;
  };
  return (held, count = held.length) => {
    const used = Math.min(count, slots);
    for (let slot = 0; slot < slots; slot++) {
      const value = slot < used ? held[slot]! : 0;
      plus.detune(slot, imprint(Math.max(value, 0)));
      minus?.detune(slot, imprint(Math.max(-value, 0)));
    }
    for (let round = 0; round < rounds; round++) {
      for (let slot = 0; slot < used; slot++) {
        const value = held[slot]!;
        if (minus && value === 0) continue;
        next_nm[slot] = detuning_nm(ring, Math.min(Math.max(wanted(value, slot), Tmin), Tfs));
      }
      let moved = false;
      for (let slot = 0; slot < used; slot++) {
        const value = held[slot]!;
        if (minus && value === 0) continue;
        const rail = minus && value < 0 ? minus : plus;
        if (rail.detune(slot, next_nm[slot]!)) moved = true;
      }
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
