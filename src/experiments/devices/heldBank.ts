/** What a bank reads for the values it holds, with the errors of a chip or without any: the common part of the studies. */

import { philoxUniforms } from '../../base/random/philox.js';
import { staticSeed } from '../../base/random/seeds.js';
import { rootMeanSquare } from '../../base/statistics/moments.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { type Bank, type BankKind, bankOf, bankTransmission, fcDetunings } from '../../hardware/optics/bank.js';
import { convDetunings } from '../../hardware/optics/convBank.js';
import type { MeasuredChip } from '../../hardware/optics/measuredChip.js';
import {
  type BankErrors,
  bankErrors,
  drawStaticMaps,
  fcThermoOpticShift_nm,
  thermoOpticShift_nm,
  unitErrors,
} from '../../hardware/optics/variation.js';
import { effectiveBits } from './effectiveBits.js';

/** Both rails of a bank that holds values; everything [slots] but `read`. */
export interface HeldBank {
  /** Detunings of the rails; an FC bank has the same on both. */
  readonly detuning_nm: readonly [plus: Float64Array, minus: Float64Array];
  /** e of the rails. */
  readonly error_nm: readonly [plus: Float64Array, minus: Float64Array];
  /** Transmissions of the channels on the rails. */
  readonly transmission: readonly [plus: Float64Array, minus: Float64Array];
  /** What the values read as, [held]: (H+ - H-) / c of a CONV bank, H+ / c of an FC bank. */
  readonly read: Float64Array;
}

/** Where on a chip a bank is. */
export interface BankPlace {
  readonly errors: BankErrors;
  readonly unit: number;
}

/** The static errors of chip `chipSeed` for banks of one kind. @param measured what of them is not drawn. */
export function chipErrors(
  hardware: HardwareDescription,
  bank: Bank,
  chipSeed: number,
  measured: MeasuredChip | null = null,
): BankErrors {
  return bankErrors(hardware, bank, drawStaticMaps(hardware, chipSeed, bank.kind, measured));
}

/**
 * Holds values on a bank.
 * @param held in [-1, 1] (CONV) or [0, 1] (FC, and offset weights), at most as many as the bank has slots.
 * @param place unit whose static errors apply; null for a bank without any.
 */
export function holdBank(
  hardware: HardwareDescription,
  bank: Bank,
  held: ArrayLike<number>,
  place: BankPlace | null,
): HeldBank {
  const isConv = bank.kind === 'conv';
  const rails = isConv ? convDetunings(bank, held, hardware.grid.compensation === 'full') : null;
  const shared = rails ? null : fcDetunings(bank, held);
  const detunings: [Float64Array, Float64Array] = rails
    ? [rails.plus.detuning_nm, rails.minus.detuning_nm]
    : [shared!, shared!];
  const rail = (index: 0 | 1) => {
    const error_nm = new Float64Array(bank.slots);
    if (place) {
      const thermoOptic_nm = detunings[index].map((delta) =>
        isConv ? thermoOpticShift_nm(hardware, delta) : fcThermoOpticShift_nm(hardware, bank),
      );
      place.errors.rail(place.unit, index, thermoOptic_nm, error_nm, 0);
    }
    const transmission = new Float64Array(bank.slots);
    const rest = place ? unitErrors(place.errors, bank, place.unit, index) : undefined;
    bankTransmission(bank)(detunings[index], error_nm, 0, transmission, rest);
    return { error_nm, transmission };
  };
  // Of a bank that holds offset weights the other rail is not there.
  const none = () => new Float64Array(bank.slots);
  const absent = () => ({ error_nm: none(), transmission: none() });
  if (bank.rails === 1) detunings[1] = none();
  const [plus, minus] = [rail(0), bank.rails === 1 ? absent() : rail(1)];
  const read = Float64Array.from({ length: held.length }, (_, j) => {
    const signal = plus.transmission[j]! - (isConv ? minus.transmission[j]! : 0);
    return signal / bank.c;
  });
  return {
    detuning_nm: detunings,
    error_nm: [plus.error_nm, minus.error_nm],
    transmission: [plus.transmission, minus.transmission],
    read,
  };
}

/** A map number of the chip's streams that no chip uses. */
const EXPLORER_MAP = 1000;

/**
 * `count` values to hold, uniform over [-1, 1] (CONV) or [0, 1] (FC, and offset weights).
 * @param seed the same seed gives the same values.
 */
export function drawHeld({ kind, rails }: Pick<Bank, 'kind' | 'rails'>, count: number, seed: number): Float64Array {
  const uniforms = philoxUniforms(staticSeed(seed, EXPLORER_MAP), 0, count);
  return kind === 'conv' && rails === 2 ? uniforms.map((uniform) => 2 * uniform - 1) : uniforms;
}

/** Errors of held values, full scale 1. */
export interface ErrorStatistics {
  readonly rms: number;
  readonly largest: number;
  readonly effectiveBits: number;
  /** How many values they are of. */
  readonly values: number;
}

/** Statistics of what was read against what was held. */
export function errorStatistics(read: ArrayLike<number>, held: ArrayLike<number>): ErrorStatistics {
  const errors = Float64Array.from(read, (value, i) => value - held[i]!);
  const rms = rootMeanSquare(errors);
  const largest = errors.reduce((most, error) => Math.max(most, Math.abs(error)), 0);
  return { rms, largest, effectiveBits: effectiveBits(rms), values: errors.length };
}

/** How the random banks of a study are drawn. */
export interface DrawOptions {
  /** At least so many values; whole banks are drawn. */
  readonly values: number;
  /** Seed of the values. */
  readonly seed: number;
  /** Seed of the chip whose units the banks are on, dealt in turn; null for banks without static errors. */
  readonly chipSeed: number | null;
  /** Static errors that are not drawn. */
  readonly measured?: MeasuredChip | null | undefined;
}

/** What random banks read. */
export interface RandomBanks {
  readonly statistics: ErrorStatistics;
  /** e of every ring of all rails of the banks, in nm. */
  readonly error_nm: Float64Array;
}

/** Holds random values on banks of `hardware`, full ones, and reads them. */
export function readRandomBanks(
  hardware: HardwareDescription,
  kind: BankKind,
  { values, seed, chipSeed, measured = null }: DrawOptions,
): RandomBanks {
  const bank = bankOf(hardware, kind);
  const { units } = hardware.vdu[kind];
  const banks = Math.ceil(values / bank.size);
  const held = drawHeld(bank, banks * bank.size, seed);
  const errors = chipSeed === null ? null : chipErrors(hardware, bank, chipSeed, measured);
  const read = new Float64Array(held.length);
  const error_nm = new Float64Array(banks * bank.rails * bank.slots);
  for (let b = 0; b < banks; b++) {
    const first = b * bank.size;
    const place = errors && { errors, unit: b % units };
    const result = holdBank(hardware, bank, held.subarray(first, first + bank.size), place);
    read.set(result.read, first);
    for (let rail = 0; rail < bank.rails; rail++)
      error_nm.set(result.error_nm[rail as 0 | 1], (bank.rails * b + rail) * bank.slots);
  }
  return { statistics: errorStatistics(read, held), error_nm };
}
