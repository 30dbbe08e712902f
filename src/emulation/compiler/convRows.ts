/** A convolution as chunk rows on CONV units: what is held, and what it transmits with all static effects. */

import { shareableFloat64, shareableInt32, shareableUint8 } from '../../base/sharedArrays.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { type Bank, bankTransmission } from '../../hardware/optics/bank.js';
import { detuningSolver } from '../../hardware/optics/convBank.js';
import { addHeating, type BankErrors, thermoOpticShift_nm, unitErrors } from '../../hardware/optics/variation.js';
import { valuesFrom } from '../program/coded.js';
import type { Conv2dProgram } from '../program/types.js';
import { type ConvSpec, patchSize } from './layerSpec.js';

/** `held` are the numbers themselves. */
type Rows = Pick<Conv2dProgram, 'rowFilter' | 'rowStart' | 'entryK'> & { readonly held: Float64Array };

/** Where a filter's weights are cut into chunks, and how many channels its patch has. */
export interface Chunking {
  readonly mode: HardwareDescription['vdu']['conv']['chunking'];
  /** Channels of a filter's group. */
  readonly channels: number;
}

/** k of a filter's patch in the order in which chunks take them, and after how many of them a chunk must end. */
function takingOrder(patch: number, { mode, channels }: Chunking): { order: Int32Array; together: number } {
  const taps = patch / channels;
  // Of a 1 x 1 kernel a slice is one weight.
  if (mode === 'concatenated' || taps === 1)
    return { order: Int32Array.from({ length: patch }, (_, k) => k), together: patch };
  return {
    order: Int32Array.from({ length: patch }, (_, i) => (i % taps) * channels + Math.floor(i / taps)),
    together: taps,
  };
}

/**
 * Cuts each filter's kept weights into rows of `size` (section 1): by slices of one channel, or all in one list.
 * @param kept which weights take part; null: those that are not 0.
 */
export function chunkRows(
  value: Float64Array,
  filters: number,
  patch: number,
  size: number,
  chunking: Chunking,
  kept: Uint8Array | null = null,
): Rows {
  const isKept = (at: number) => (kept ? kept[at] !== 0 : value[at] !== 0);
  const { order, together } = takingOrder(patch, chunking);
  let entries = 0;
  for (let at = 0; at < value.length; at++) if (isKept(at)) entries++;
  // Rows are at most as many as entries.
  const filterOf = new Int32Array(entries);
  const startOf = new Int32Array(entries);
  let count = 0;
  const entryK = shareableInt32(entries);
  const held = new Float64Array(entries);
  let entry = 0;
  for (let f = 0; f < filters; f++) {
    let first = entry;
    for (let i = 0; i < patch; i++) {
      if (i % together === 0) first = entry;
      const k = order[i]!;
      const w = value[k * filters + f]!;
      if (!isKept(k * filters + f)) continue;
      if ((entry - first) % size === 0) {
        filterOf[count] = f;
        startOf[count++] = entry;
      }
      entryK[entry] = k;
      held[entry++] = w;
    }
  }
  const rowFilter = shareableInt32(count);
  const rowStart = shareableInt32(count + 1);
  rowFilter.set(filterOf.subarray(0, count));
  rowStart.set(startOf.subarray(0, count));
  rowStart[count] = entry;
  return { rowFilter, rowStart, entryK, held };
}

/** What light does to the rings of a convolution: the shift of one that takes all of it, and m_k - m0 of each patch entry. */
export interface ConvHeating {
  readonly full_nm: number;
  /** Of a filter's entry k. */
  readonly excess: (filter: number, k: number) => number;
}

type Banks = Pick<
  Conv2dProgram,
  'hPlus' | 'hMinus' | 'dPlus' | 'dMinus' | 'rowEoShift_nm' | 'rowToShift_nm' | 'rowSlow'
>;

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

/**
 * Detunings, errors and transmissions of every row on its unit (sections 4 and 5).
 * @param heating null: light does not heat.
 * @param slopes whether dH/dlambda is wanted.
 */
function holdRows(
  rows: Rows,
  hardware: HardwareDescription,
  bank: Bank,
  errors: BankErrors,
  heating: ConvHeating | null,
  slopes: boolean,
): Banks {
  const { rowFilter, rowStart, entryK, held } = rows;
  const { slots, ring } = bank;
  const { units } = hardware.vdu.conv;
  const R = rowFilter.length;
  const entries = held.length;
  const out = {
    hPlus: shareableFloat64(entries),
    hMinus: shareableFloat64(entries),
    dPlus: slopes ? shareableFloat64(entries) : null,
    dMinus: slopes ? shareableFloat64(entries) : null,
    rowEoShift_nm: shareableFloat64(R),
    rowToShift_nm: shareableFloat64(R),
    rowSlow: shareableUint8(R),
  };
  const detuningsOf = detuningSolver(bank, hardware.grid.compensation === 'full');
  const fastErrors = electroOpticErrors(bank, errors);
  const rails = bank.rails === 1 ? ([0] as const) : ([0, 1] as const);
  const unitsErrors = Array.from({ length: units }, (_, unit) =>
    rails.map((rail) => unitErrors(errors, bank, unit, rail)),
  );
  const error_nm = new Float64Array(slots);
  const H = new Float64Array(slots);
  const D = slopes ? new Float64Array(slots) : null;
  const excess = new Float64Array(slots);
  const thermoOptic_nm = new Float64Array(slots);
  for (let r = 0; r < R; r++) {
    const [start, end] = [rowStart[r]!, rowStart[r + 1]!];
    const count = end - start;
    const unit = r % units;
    const detunings = detuningsOf(held.subarray(start, end));
    if (heating) {
      excess.fill(0);
      for (let e = start; e < end; e++) excess[e - start] = heating.excess(rowFilter[r]!, entryK[e]!);
    }
    let [eo_nm, to_nm, slow] = [0, 0, 0];
    for (const rail of rails) {
      const delta_nm = rail === 0 ? detunings.plus : detunings.minus;
      let isFast = true;
      for (let slot = 0; slot < slots; slot++) {
        const delta = delta_nm[slot]!;
        const thermoOptic = thermoOpticShift_nm(hardware, delta);
        thermoOptic_nm[slot] = thermoOptic;
        eo_nm += delta - thermoOptic;
        to_nm += thermoOptic;
        if (thermoOptic === 0) continue;
        isFast = false;
        if (thermoOptic > 0) slow = 1;
      }
      if (isFast) error_nm.set(fastErrors(unit, rail));
      else errors.rail(unit, rail, thermoOptic_nm, error_nm, 0);
      if (heating) addHeating(ring, { full_nm: heating.full_nm, excess, detuning_nm: delta_nm }, error_nm);
      bankTransmission(bank, delta_nm, error_nm, 0, H, unitsErrors[unit]![rail]!, D, count);
      const [h, d] = rail === 0 ? [out.hPlus, out.dPlus] : [out.hMinus, out.dMinus];
      for (let slot = 0; slot < count; slot++) {
        h[start + slot] = H[slot]!;
        if (D) d![start + slot] = D[slot]!;
      }
    }
    out.rowEoShift_nm[r] = eo_nm;
    out.rowToShift_nm[r] = to_nm;
    out.rowSlow[r] = slow;
  }
  return out;
}

/** m_k - m0 of a filter's patch entry, from means by (kernel row, kernel column, input channel of the layer). */
export function streamExcess(
  { geometry, filters }: ConvSpec,
  streamMean: Float64Array,
  operatingPoint: number,
): ConvHeating['excess'] {
  const channels = geometry.input[2];
  const perGroup = channels / geometry.groups;
  return (filter, k) => {
    const group = Math.floor(filter / (filters / geometry.groups));
    return streamMean[Math.floor(k / perGroup) * channels + group * perGroup + (k % perGroup)]! - operatingPoint;
  };
}

/** Rows and banks of a convolution whose quantised weights are `value`; `kept` as in `chunkRows`. */
export function compileConv(
  spec: ConvSpec,
  value: Float64Array,
  kept: Uint8Array | null,
  hardware: HardwareDescription,
  bank: Bank,
  errors: BankErrors,
  heating: ConvHeating | null,
  slopes: boolean,
): Pick<Conv2dProgram, keyof Rows> & Banks {
  const chunking = { mode: hardware.vdu.conv.chunking, channels: spec.geometry.input[2] / spec.geometry.groups };
  const rows = chunkRows(value, spec.filters, patchSize(spec), bank.size, chunking, kept);
  const held = valuesFrom(rows.held.length, (e) => rows.held[e]!);
  return { ...rows, held, ...holdRows(rows, hardware, bank, errors, heating, slopes) };
}
