/** A dense layer on FC units: what streams past its rings, and the constants of the banks that activations are held on. */

import type { HardwareDescription } from '../../hardware/description.js';
import type { Bank } from '../../hardware/optics/bank.js';
import { emitted } from '../../hardware/optics/converter.js';
import { type BankErrors, electroOpticRange_nm, fcThermoOpticShift_nm } from '../../hardware/optics/variation.js';
import { countOf, type Values } from '../program/coded.js';
import type { DenseBank, DenseProgram } from '../program/types.js';

/** e of every ring of every unit, [units][2 rails][slots]. */
function errors_nm(hardware: HardwareDescription, bank: Bank, errors: BankErrors): Float64Array {
  const { units } = hardware.vdu.fc;
  const thermoOptic_nm = new Float64Array(bank.slots).fill(fcThermoOpticShift_nm(hardware, bank));
  const out = new Float64Array(units * 2 * bank.slots);
  for (let unit = 0; unit < units; unit++) {
    for (const rail of [0, 1] as const) errors.rail(unit, rail, thermoOptic_nm, out, (unit * 2 + rail) * bank.slots);
  }
  return out;
}

/** Gains of slots and rails; a rail that is not there transmits nothing. */
function gainsOf(units: number, bank: Bank, { gain }: BankErrors): Float64Array | null {
  if (bank.rails === 2) return gain;
  const isPlus = (at: number) => Math.floor(at / bank.slots) % 2 === 0;
  return Float64Array.from({ length: units * 2 * bank.slots }, (_, at) => (isPlus(at) ? (gain?.[at] ?? 1) : 0));
}

/** What the kernels need to know of an FC bank. */
function compileDenseBank(
  hardware: HardwareDescription,
  bank: Bank,
  errors: BankErrors,
  heating: DenseBank['heating'],
): DenseBank {
  const { response } = bank.ring;
  return {
    size: bank.size,
    ringsPerWaveguide: bank.ringsPerWaveguide,
    waveguides: bank.waveguides,
    units: hardware.vdu.fc.units,
    rails: bank.rails,
    channelSpacing_nm: bank.channelSpacing_nm,
    freeSpectralRange_nm: bank.ring.freeSpectralRange_nm,
    Tmin: bank.ring.Tmin,
    Tfs: bank.ring.Tfs,
    finesseCoefficient: bank.ring.finesseCoefficient,
    response: response && { detuning_nm: response.detuning_nm, transmission: response.transmission },
    spectralCrosstalk: bank.spectralCrosstalk,
    error_nm: errors_nm(hardware, bank, errors),
    heating,
    source_nm: errors.source_nm,
    gain: gainsOf(hardware.vdu.fc.units, bank, errors),
    eoRange_nm: electroOpticRange_nm(hardware),
  };
}

/** What streams past the rings of each rail's bus on average over the filters (section 5). */
export interface DenseStreams {
  /** m_k, [2 rails][inputs]. */
  readonly mean: Float64Array;
  /** m0 of each rail. */
  readonly operatingPoint: readonly [number, number];
  /** v0 of each rail. */
  readonly lightPoint: readonly [number, number];
}

/** Of every level of coded values |v|, its part in the mean over `filters`, and v^2. */
function levelTables(levels: Float64Array, filters: number) {
  const magnitude = levels.map(Math.abs);
  return {
    rail: Uint8Array.from(levels, (v) => (v < 0 ? 1 : 0)),
    magnitude,
    share: magnitude.map((v) => v / filters),
    square: levels.map((v) => v * v),
  };
}

/** @param streamed emitted weights with effective sign, [inputs][filters]. */
export function denseStreams(streamed: Values, inputs: number): DenseStreams {
  const filters = countOf(streamed) / inputs;
  // Plain numbers are levels each.
  const { codes, levels } = streamed instanceof Float64Array ? { codes: null, levels: streamed } : streamed;
  const of = codes ? levelTables(levels, filters) : null;
  const mean = new Float64Array(2 * inputs);
  const [sum, square] = [new Float64Array(2), new Float64Array(2)];
  for (let k = 0; k < inputs; k++) {
    for (let at = k * filters; at < (k + 1) * filters; at++) {
      if (of) {
        const code = codes![at]!;
        const rail = of.rail[code]!;
        mean[rail * inputs + k]! += of.share[code]!;
        sum[rail]! += of.magnitude[code]!;
        square[rail]! += of.square[code]!;
        continue;
      }
      const v = levels[at]!;
      const rail = v < 0 ? 1 : 0;
      mean[rail * inputs + k]! += Math.abs(v) / filters;
      sum[rail]! += Math.abs(v);
      square[rail]! += v * v;
    }
  }
  const perRail = (of: (rail: 0 | 1) => number): [number, number] => [of(0), of(1)];
  return {
    mean,
    operatingPoint: perRail((rail) => operatingPoint(mean.subarray(rail * inputs, (rail + 1) * inputs))),
    lightPoint: perRail((rail) => (sum[rail] === 0 ? 0 : square[rail]! / sum[rail]!)),
  };
}

/** m0: the mean of the stream means above 0; 0 where there are none. */
export function operatingPoint(streamMean: Float64Array): number {
  let [sum, count] = [0, 0];
  for (const m of streamMean) {
    if (m > 0) {
      sum += m;
      count++;
    }
  }
  return count === 0 ? 0 : sum / count;
}

/** What a VCSEL emits of a weight, with its sign. */
export function emittedWeight(value: number, floor: number): number {
  return Math.sign(value) * emitted(Math.abs(value), floor);
}

/**
 * The bank of a dense layer, and the light in which it was tuned.
 * @param streamsOf what streams past its rings; called where something depends on it.
 * @param full_nm shift of a ring that takes all of a full-scale wavelength; null: light does not heat.
 */
export function compileDense(
  streamsOf: () => DenseStreams,
  inputs: number,
  hardware: HardwareDescription,
  bank: Bank,
  errors: BankErrors,
  full_nm: number | null,
  chirps: boolean,
): Pick<DenseProgram, 'bank' | 'operatingPoint' | 'lightPoint'> {
  const streams = full_nm !== null || chirps ? streamsOf() : null;
  const excess = streams?.mean.map((m, at) => m - streams.operatingPoint[at < inputs ? 0 : 1]);
  return {
    bank: compileDenseBank(hardware, bank, errors, full_nm && excess ? { full_nm, excess } : null),
    operatingPoint: full_nm === null ? null : streams!.operatingPoint,
    lightPoint: chirps ? streams![hardware.vcsel.tuningPoint === 'stream' ? 'operatingPoint' : 'lightPoint'] : null,
  };
}
