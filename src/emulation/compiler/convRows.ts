/** A convolution as chunk rows on CONV units: what is held, and what it transmits with all static effects. */

import type { HardwareDescription } from '../../hardware/description.js';
import { type Bank, bankTransmission, convDetunings } from '../../hardware/optics/bank.js';
import { addHeating, type BankErrors, thermoOpticShift_nm, unitErrors } from '../../hardware/optics/variation.js';
import type { Conv2dProgram } from '../program/types.js';
import { type ConvSpec, patchSize } from './layerSpec.js';

type Rows = Pick<Conv2dProgram, 'rowFilter' | 'rowStart' | 'entryK' | 'held'>;

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
  const rowFilter: number[] = [];
  const rowStart: number[] = [];
  let entries = 0;
  for (let at = 0; at < value.length; at++) if (isKept(at)) entries++;
  const entryK = new Int32Array(entries);
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
        rowFilter.push(f);
        rowStart.push(entry);
      }
      entryK[entry] = k;
      held[entry++] = w;
    }
  }
  rowStart.push(entry);
  return { rowFilter: Int32Array.from(rowFilter), rowStart: Int32Array.from(rowStart), entryK, held };
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
  const R = rows.rowFilter.length;
  const entries = rows.held.length;
  const out = {
    hPlus: new Float64Array(entries),
    hMinus: new Float64Array(entries),
    dPlus: slopes ? new Float64Array(entries) : null,
    dMinus: slopes ? new Float64Array(entries) : null,
    rowEoShift_nm: new Float64Array(R),
    rowToShift_nm: new Float64Array(R),
    rowSlow: new Uint8Array(R),
  };
  const solve = hardware.grid.compensation === 'full';
  const error_nm = new Float64Array(bank.slots);
  const H = new Float64Array(bank.slots);
  const D = slopes ? new Float64Array(bank.slots) : null;
  const excess = new Float64Array(bank.slots);
  for (let r = 0; r < R; r++) {
    const [start, end] = [rows.rowStart[r]!, rows.rowStart[r + 1]!];
    const unit = r % hardware.vdu.conv.units;
    const detunings = convDetunings(bank, rows.held.subarray(start, end), solve);
    if (heating) {
      excess.fill(0);
      for (let e = start; e < end; e++) excess[e - start] = heating.excess(rows.rowFilter[r]!, rows.entryK[e]!);
    }
    for (const rail of bank.rails === 1 ? ([0] as const) : ([0, 1] as const)) {
      const delta_nm = rail === 0 ? detunings.plus : detunings.minus;
      const thermoOptic_nm = delta_nm.map((delta) => thermoOpticShift_nm(hardware, delta));
      errors.rail(unit, rail, thermoOptic_nm, error_nm, 0);
      if (heating) addHeating(bank.ring, { full_nm: heating.full_nm, excess, detuning_nm: delta_nm }, error_nm);
      bankTransmission(bank, delta_nm, error_nm, 0, H, unitErrors(errors, bank, unit, rail), D);
      (rail === 0 ? out.hPlus : out.hMinus).set(H.subarray(0, end - start), start);
      if (D) (rail === 0 ? out.dPlus : out.dMinus)!.set(D.subarray(0, end - start), start);
      for (let slot = 0; slot < bank.slots; slot++) {
        out.rowEoShift_nm[r]! += delta_nm[slot]! - thermoOptic_nm[slot]!;
        out.rowToShift_nm[r]! += thermoOptic_nm[slot]!;
        if (thermoOptic_nm[slot]! > 0) out.rowSlow[r] = 1;
      }
    }
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
): Rows & Banks {
  const chunking = { mode: hardware.vdu.conv.chunking, channels: spec.geometry.input[2] / spec.geometry.groups };
  const rows = chunkRows(value, spec.filters, patchSize(spec), bank.size, chunking, kept);
  return { ...rows, ...holdRows(rows, hardware, bank, errors, heating, slopes) };
}
