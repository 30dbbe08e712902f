/** What the heaters of a whole chip drive to trim it: all the time, at toPower / FSR per nm (section 2 of the cost contract). */
import { railsOf } from '../derived.js';
import type { HardwareDescription } from '../description.js';
import type { BankKind } from './bank.js';
import type { MeasuredChip } from './measuredChip.js';
import { drivenShift_nm } from './trims.js';
import { drawTrims } from './variation.js';

/** Shifts that trimming must undo, s in nm, [units][2 rails][slots] of each kind of unit. */
export interface ChipTrims {
  readonly conv: Float64Array;
  readonly fc: Float64Array;
}

/** The trims of a chip. @param measured those that were measured; the others are drawn. */
export function chipTrims(
  hardware: HardwareDescription,
  chipSeed: number,
  measured: Partial<ChipTrims> = {},
): ChipTrims {
  return {
    conv: measured.conv ?? drawTrims(hardware, chipSeed, 'conv'),
    fc: measured.fc ?? drawTrims(hardware, chipSeed, 'fc'),
  };
}

/** The trims that somebody measured. */
export function measuredTrims({ conv, fc }: MeasuredChip): Partial<ChipTrims> {
  return { ...(conv.trim_nm ? { conv: conv.trim_nm } : {}), ...(fc.trim_nm ? { fc: fc.trim_nm } : {}) };
}

/** Those of the rails that are there: of two all, of one the first. @param trim_nm [units][2 rails][slots]. */
function ofRails(hardware: HardwareDescription, trim_nm: Float64Array, units: number): Float64Array {
  if (railsOf(hardware) === 2) return trim_nm;
  const slots = trim_nm.length / (2 * units);
  return trim_nm.filter((_, at) => Math.floor(at / slots) % 2 === 0);
}

/**
 * Sum of the shifts that the trimming heaters of all units of both kinds drive, in nm.
 * @param trims of a chip; null: every ring needs tuning.trimShift_nm.
 */
export function trimDrive_nm(hardware: HardwareDescription, trims: ChipTrims | null): number {
  const ofKind = (kind: BankKind): number => {
    const { size, units } = hardware.vdu[kind];
    const ringsPerWaveguide = Math.min(size, hardware.grid.wavelengthsPerWaveguide);
    if (trims) return drivenShift_nm(hardware, ofRails(hardware, trims[kind], units), ringsPerWaveguide);
    const nominal = new Float64Array(ringsPerWaveguide).fill(hardware.tuning.trimShift_nm);
    const waveguides = units * railsOf(hardware) * Math.ceil(size / ringsPerWaveguide);
    return waveguides * drivenShift_nm(hardware, nominal, ringsPerWaveguide);
  };
  return ofKind('conv') + ofKind('fc');
}
