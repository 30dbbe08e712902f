/** Whether rings in float32 are precise enough for a program (section 9 of the contract: u within 1e-6 of the ADC's range). */
import { readerOf } from '../../program/coded.js';
import type { DenseBank, DenseProgram } from '../../program/types.js';

/** Rounding of float32, and what the steepest flank of a ring makes of an angle: sqrt(F) times this. */
const [ULP, FLANK] = [2 ** -24, (3 * Math.sqrt(3)) / 8];
/** What H is off by in the mean square where no ring stands far off; measured on two presets (docs/decisions/fc-banks-in-float64.md). */
const H_ROUNDING = 5e-8;
/** Most that a ring's distance may add to it. */
const MOST_OF_DISTANCE = 2e-7;
/** Of the ADC's range. */
const U_TOLERANCE = 1e-6;

function largest(values: ArrayLike<number> | null | undefined, least = 0): number {
  return values ? Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), least) : least;
}

/** What a ring far off, in linewidths, adds: it stands only where its distance rounds to, and its flank magnifies that. */
function offByDistance({ finesseCoefficient, freeSpectralRange_nm, error_nm, source_nm, heating }: DenseBank): number {
  const distance_nm = largest(error_nm) + largest(source_nm) + (heating?.full_nm ?? 0) * largest(heating?.excess);
  const angle = Math.min((Math.PI * distance_nm) / freeSpectralRange_nm, 1);
  return FLANK * Math.sqrt(finesseCoefficient) * ULP * angle;
}

/** Of the filter that is moved most, what moves u where H is off by 1 in the mean square, entry by entry. */
function sensitivity({ streamed, filters, gain, inputs, bank, c }: DenseProgram): number {
  const squares = new Float64Array(filters);
  const valueAt = readerOf(streamed);
  for (let at = 0; at < inputs * filters; at++) squares[at % filters]! += valueAt(at) ** 2;
  const ofRow = Math.min(1, bank.size / inputs);
  return squares.reduce((most, sum, f) => Math.max(most, (gain[f]! / c) * Math.sqrt(ofRow * sum)), 0);
}

/**
 * Whether the device holds the program's activations. Three standard deviations of what rounding moves u by are within its
 * tolerance. Rings of a measured response, and such that stand far off, are the host's.
 */
export function holdsOnDevice(program: DenseProgram): boolean {
  const { bank, adc } = program;
  if (bank.response) return false;
  const distance = offByDistance(bank);
  const gain = largest(bank.gain, 1);
  if (distance * gain > MOST_OF_DISTANCE) return false;
  return 3 * gain * (H_ROUNDING + distance) * sensitivity(program) <= U_TOLERANCE * adc.range;
}
