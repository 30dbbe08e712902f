/** A dense layer on FC units: emitted weights, and the constants of the banks that activations are held on. */

import type { HardwareDescription } from '../../hardware/description.js';
import type { Bank } from '../../hardware/optics/bank.js';
import { emitted } from '../../hardware/optics/converter.js';
import { fcThermoOpticShift_nm, type RailErrors } from '../../hardware/optics/variation.js';
import type { DenseBank, DenseProgram } from '../program/types.js';

/** e of every ring of every unit, [units][2 rails][slots]. */
function bankErrors_nm(hardware: HardwareDescription, bank: Bank, errors: RailErrors): Float64Array {
  const { units } = hardware.vdu.fc;
  const thermoOptic_nm = new Float64Array(bank.slots).fill(fcThermoOpticShift_nm(hardware, bank));
  const out = new Float64Array(units * 2 * bank.slots);
  for (let unit = 0; unit < units; unit++) {
    for (const rail of [0, 1] as const) errors(unit, rail, thermoOptic_nm, out, (unit * 2 + rail) * bank.slots);
  }
  return out;
}

/** What the kernels need to know of an FC bank. */
function compileDenseBank(hardware: HardwareDescription, bank: Bank, errors: RailErrors): DenseBank {
  return {
    size: bank.size,
    ringsPerWaveguide: bank.ringsPerWaveguide,
    waveguides: bank.waveguides,
    units: hardware.vdu.fc.units,
    channelSpacing_nm: bank.channelSpacing_nm,
    freeSpectralRange_nm: bank.ring.freeSpectralRange_nm,
    Tmin: bank.ring.Tmin,
    Tfs: bank.ring.Tfs,
    finesseCoefficient: bank.ring.finesseCoefficient,
    spectralCrosstalk: bank.spectralCrosstalk,
    error_nm: bankErrors_nm(hardware, bank, errors),
    eoRange_nm: hardware.tuning.mode === 'thermal' ? 0 : hardware.tuning.eoRange_nm,
  };
}

/** Streamed weights after the VCSEL's floor, which are written over `value`, and the bank. */
export function compileDense(
  value: Float64Array,
  floor: number,
  hardware: HardwareDescription,
  bank: Bank,
  errors: RailErrors,
): Pick<DenseProgram, 'streamed' | 'bank'> {
  for (let at = 0; at < value.length; at++) value[at] = Math.sign(value[at]!) * emitted(Math.abs(value[at]!), floor);
  return {
    streamed: value,
    bank: compileDenseBank(hardware, bank, errors),
  };
}
