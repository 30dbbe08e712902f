/** A convolution as chunk rows on CONV units: what is held, and what it transmits with all static effects. */

import type { HardwareDescription } from '../../hardware/description.js';
import { type Bank, bankTransmission, convDetunings } from '../../hardware/optics/bank.js';
import { type RailErrors, thermoOpticShift_nm } from '../../hardware/optics/variation.js';
import type { Conv2dProgram } from '../program/types.js';
import { type ConvSpec, patchSize } from './layerSpec.js';

type Rows = Pick<Conv2dProgram, 'rowFilter' | 'rowStart' | 'entryK' | 'held'>;

/** Cuts each filter's non-zero weights into rows of `size`, k ascending (section 1). */
export function chunkRows(value: Float64Array, filters: number, patch: number, size: number): Rows {
  const lengths = new Int32Array(filters);
  for (let at = 0; at < value.length; at++) if (value[at] !== 0) lengths[at % filters]!++;
  const rowCount = lengths.reduce((rows, length) => rows + Math.ceil(length / size), 0);
  const entries = lengths.reduce((sum, length) => sum + length, 0);
  const rows = {
    rowFilter: new Int32Array(rowCount),
    rowStart: new Int32Array(rowCount + 1),
    entryK: new Int32Array(entries),
    held: new Float64Array(entries),
  };
  let [row, entry] = [0, 0];
  for (let f = 0; f < filters; f++) {
    const first = entry;
    for (let k = 0; k < patch; k++) {
      const w = value[k * filters + f]!;
      if (w === 0) continue;
      if ((entry - first) % size === 0) {
        rows.rowFilter[row] = f;
        rows.rowStart[row++] = entry;
      }
      rows.entryK[entry] = k;
      rows.held[entry++] = w;
    }
  }
  rows.rowStart[row] = entry;
  return rows;
}

type Banks = Pick<Conv2dProgram, 'hPlus' | 'hMinus' | 'rowEoShift_nm' | 'rowToShift_nm' | 'rowSlow'>;

/** Detunings, errors and transmissions of every row on its unit (sections 4 and 5). */
function holdRows(rows: Rows, hardware: HardwareDescription, bank: Bank, errors: RailErrors): Banks {
  const R = rows.rowFilter.length;
  const out: Banks = {
    hPlus: new Float64Array(rows.held.length),
    hMinus: new Float64Array(rows.held.length),
    rowEoShift_nm: new Float64Array(R),
    rowToShift_nm: new Float64Array(R),
    rowSlow: new Uint8Array(R),
  };
  const solve = hardware.grid.compensation === 'full';
  const error_nm = new Float64Array(bank.slots);
  const H = new Float64Array(bank.slots);
  for (let r = 0; r < R; r++) {
    const [start, end] = [rows.rowStart[r]!, rows.rowStart[r + 1]!];
    const detunings = convDetunings(bank, rows.held.subarray(start, end), solve);
    for (const rail of [0, 1] as const) {
      const delta_nm = rail === 0 ? detunings.plus : detunings.minus;
      const thermoOptic_nm = delta_nm.map((delta) => thermoOpticShift_nm(hardware, delta));
      errors(r % hardware.vdu.conv.units, rail, thermoOptic_nm, error_nm, 0);
      bankTransmission(bank, delta_nm, error_nm, 0, H);
      (rail === 0 ? out.hPlus : out.hMinus).set(H.subarray(0, end - start), start);
      for (let slot = 0; slot < bank.slots; slot++) {
        out.rowEoShift_nm[r]! += delta_nm[slot]! - thermoOptic_nm[slot]!;
        out.rowToShift_nm[r]! += thermoOptic_nm[slot]!;
        if (thermoOptic_nm[slot]! > 0) out.rowSlow[r] = 1;
      }
    }
  }
  return out;
}

/** Rows and banks of a convolution whose quantised weights are `value`. */
export function compileConv(
  spec: ConvSpec,
  value: Float64Array,
  hardware: HardwareDescription,
  bank: Bank,
  errors: RailErrors,
): Rows & Banks {
  const rows = chunkRows(value, spec.filters, patchSize(spec), bank.size);
  return { ...rows, ...holdRows(rows, hardware, bank, errors) };
}
