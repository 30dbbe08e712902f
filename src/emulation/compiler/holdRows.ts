/** What the rings of chunk rows transmit on CONV units with all static effects (sections 4 and 5), a range of rows at a time. */
import { shareableBytes } from '../../base/sharedArrays.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { type Bank, bankTransmission } from '../../hardware/optics/bank.js';
import { detuningSolver } from '../../hardware/optics/convBank.js';
import { addHeating, type BankErrors, electroOpticRange_nm, unitErrors } from '../../hardware/optics/variation.js';
import { readerOf } from '../program/coded.js';
import type { Banks, ChunkRows, RowHolder } from '../program/rows.js';

/** Has rows held: their banks, which may be written later. */
export type HoldRows = (rows: ChunkRows) => Banks;

/** Room for the banks of rows. @param room makes that of so many bytes. */
export function emptyBanks({ rowFilter, entryK, slopes }: ChunkRows, room: (bytes: number) => ArrayBufferLike): Banks {
  const float64 = (length: number) => new Float64Array(room(8 * length));
  const [rows, entries] = [rowFilter.length, entryK.length];
  return {
    hPlus: float64(entries),
    hMinus: float64(entries),
    dPlus: slopes ? float64(entries) : null,
    dMinus: slopes ? float64(entries) : null,
    rowEoShift_nm: float64(rows),
    rowToShift_nm: float64(rows),
    rowSlow: new Uint8Array(room(rows)),
  };
}

/** e of a rail of a unit with no ring beyond the electro-optic tuner, self-heating aside: most rows have that. */
function electroOpticErrors({ slots }: Bank, errors: BankErrors): (unit: number, rail: 0 | 1) => Float64Array {
  const known: (Float64Array | undefined)[] = [];
  const none = new Float64Array(slots);
  return (unit, rail) => {
    const at = 2 * unit + rail;
    const found = known[at];
    if (found) return found;
    const error_nm = new Float64Array(slots);
    errors.rail(unit, rail, none, error_nm, 0);
    known[at] = error_nm;
    return error_nm;
  };
}

/** Holds rows on the CONV units of a chip. */
export function rowHolder(hardware: HardwareDescription, bank: Bank, errors: BankErrors): RowHolder {
  const { slots } = bank;
  const { units } = hardware.vdu.conv;
  const eoRange_nm = electroOpticRange_nm(hardware);
  const detuningsOf = detuningSolver(bank, hardware.grid.compensation === 'full');
  const transmissionOf = bankTransmission(bank);
  const fastErrors = electroOpticErrors(bank, errors);
  const rails = bank.rails === 1 ? ([0] as const) : ([0, 1] as const);
  const unitsErrors = Array.from({ length: units }, (_, unit) =>
    rails.map((rail) => unitErrors(errors, bank, unit, rail)),
  );
  const row = new Float64Array(slots);
  const error_nm = new Float64Array(slots);
  const [H, slope] = [new Float64Array(slots), new Float64Array(slots)];
  const excess = new Float64Array(slots);
  const thermoOptic_nm = new Float64Array(slots);
  return ({ rowFilter, rowStart, entryK, held, heating, slopes }, from, to, out) => {
    const valueAt = readerOf(held);
    const D = slopes ? slope : null;
    for (let r = from; r < to; r++) {
      const start = rowStart[r]!;
      const count = rowStart[r + 1]! - start;
      const unit = r % units;
      for (let slot = 0; slot < count; slot++) row[slot] = valueAt(start + slot);
      const detunings = detuningsOf(row, count);
      if (heating) {
        const first = Math.floor(rowFilter[r]! / heating.filtersPerGroup) * heating.patch;
        for (let slot = 0; slot < slots; slot++)
          excess[slot] = slot < count ? heating.excess[first + entryK[start + slot]!]! : 0;
      }
      let eo_nm = 0;
      let to_nm = 0;
      for (const rail of rails) {
        const { detuning_nm, transmission } = rail === 0 ? detunings.plus : detunings.minus;
        let isFast = true;
        for (let slot = 0; slot < slots; slot++) {
          const delta = detuning_nm[slot]!;
          const thermoOptic = Math.max(delta - eoRange_nm, 0);
          thermoOptic_nm[slot] = thermoOptic;
          eo_nm += delta - thermoOptic;
          to_nm += thermoOptic;
          if (thermoOptic > 0) isFast = false;
        }
        if (isFast) error_nm.set(fastErrors(unit, rail));
        else errors.rail(unit, rail, thermoOptic_nm, error_nm, 0);
        if (heating) addHeating({ full_nm: heating.full_nm, excess, transmission }, error_nm);
        transmissionOf(detuning_nm, error_nm, 0, H, unitsErrors[unit]![rail]!, D, count);
        const h = rail === 0 ? out.hPlus : out.hMinus;
        for (let slot = 0; slot < count; slot++) h[start + slot] = H[slot]!;
        if (!D) continue;
        const d = (rail === 0 ? out.dPlus : out.dMinus)!;
        for (let slot = 0; slot < count; slot++) d[start + slot] = D[slot]!;
      }
      out.rowEoShift_nm[r] = eo_nm;
      out.rowToShift_nm[r] = to_nm;
      out.rowSlow[r] = to_nm > 0 ? 1 : 0;
    }
  };
}

/** Holds rows as they come, in this thread. */
export function holdAtOnce(hold: RowHolder): HoldRows {
  return (rows) => {
    const banks = emptyBanks(rows, shareableBytes);
    hold(rows, 0, rows.rowFilter.length, banks);
    return banks;
  };
}

/** Rows that a thread takes at a time: some 50 ms. */
const ROWS = 2 ** 14;

/** A layer's rows, of which several threads hold some each. */
export interface RowsShare {
  readonly rows: ChunkRows;
  /** In memory that threads share. */
  readonly banks: Banks;
  /** The first row that nobody has taken; in such memory too. */
  readonly next: Int32Array;
}

/** Takes the next rows that nobody has, and holds them. Returns whether there were any. */
export function holdNext(hold: RowHolder, { rows, banks, next }: RowsShare): boolean {
  const { length } = rows.rowFilter;
  const from = Atomics.add(next, 0, ROWS);
  if (from >= length) return false;
  hold(rows, from, Math.min(from + ROWS, length), banks);
  return true;
}
