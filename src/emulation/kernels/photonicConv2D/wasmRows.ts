/**
 * Rows of rings held by the WebAssembly kernel, two at a time. It takes rings of the Airy form; rows with a ring beyond the
 * electro-optic range, whose heater warms the others, are held by their definition (`compiler/holdRows.ts`).
 */
import type { HardwareDescription } from '../../../hardware/description.js';
import type { Bank } from '../../../hardware/optics/bank.js';
import { type BankErrors, electroOpticRange_nm } from '../../../hardware/optics/variation.js';
import { readerOf } from '../../program/coded.js';
import type { Banks, ChunkRows, MakeRowHolder, RowHolder } from '../../program/rows.js';
import { compileKernels, instantiateKernels, type KernelInstance } from '../wasm/instance.js';
import { blockOf, HEATING, loadBank, ROWS_JOB } from './wasmRowsBank.js';

/** Columns of a block: what slot `slot` of its row `row` has. */
interface Block {
  readonly from: number;
  readonly count: number;
  /** Rows between slots. */
  readonly pitch: number;
}

function writeBlock(
  { memory }: KernelInstance,
  job: number,
  { rowFilter, rowStart, entryK, held, heating }: ChunkRows,
  { from, count, pitch }: Block,
  units: number,
  slots: number,
): void {
  const { f64, u32 } = memory;
  const address = (field: 'held' | 'places' | 'excess') => ROWS_JOB.read(memory, job, field);
  const [heldAt, placesAt, excessAt] = [address('held') / 8, address('places') / 4, address('excess') / 8];
  const valueAt = readerOf(held);
  f64.fill(0, heldAt, heldAt + slots * pitch);
  if (heating) f64.fill(0, excessAt, excessAt + slots * pitch);
  for (let i = 0; i < pitch; i++) {
    const r = from + i;
    const [start, end] = i < count ? [rowStart[r]!, rowStart[r + 1]!] : [0, 0];
    u32[placesAt + 2 * i] = r % units;
    u32[placesAt + 2 * i + 1] = end - start;
    const first = heating && i < count ? Math.floor(rowFilter[r]! / heating.filtersPerGroup) * heating.patch : 0;
    for (let e = start, at = i; e < end; e++, at += pitch) {
      f64[heldAt + at] = valueAt(e);
      if (heating) f64[excessAt + at] = heating.excess[first + entryK[e]!]!;
    }
  }
}

/** Copies a block's results, but for rows that the kernel leaves to others. Returns these. */
function readBlock(
  { memory }: KernelInstance,
  job: number,
  { rowStart }: ChunkRows,
  { from, count, pitch }: Block,
  slots: number,
  rails: 1 | 2,
  out: Banks,
): number[] {
  const { f64 } = memory;
  const address = (field: 'H' | 'slopes' | 'tuning') => ROWS_JOB.read(memory, job, field) / 8;
  const [H, D, tuning] = [address('H'), address('slopes'), address('tuning')];
  const left: number[] = [];
  const copy = (to: Float64Array, first: number, r: number) => {
    const start = rowStart[r]!;
    for (let e = start, at = first + (r - from); e < rowStart[r + 1]!; e++, at += pitch) to[e] = f64[at]!;
  };
  for (let i = 0; i < count; i++) {
    const r = from + i;
    const tuned_nm = f64[tuning + i]!;
    if (Number.isNaN(tuned_nm)) {
      left.push(r);
      continue;
    }
    copy(out.hPlus, H, r);
    if (rails === 2) copy(out.hMinus, H + slots * pitch, r);
    if (D) copy(out.dPlus!, D, r);
    if (D && rails === 2) copy(out.dMinus!, D + slots * pitch, r);
    out.rowEoShift_nm[r] = tuned_nm;
    out.rowToShift_nm[r] = 0;
    out.rowSlow[r] = 0;
  }
  return left;
}

/** A row holder on the kernels of an instance, whose memory it keeps. @param definition what holds rows that are left. */
function rowHolderOn(
  instance: KernelInstance,
  hardware: HardwareDescription,
  bank: Bank,
  errors: BankErrors,
  definition: RowHolder,
): RowHolder {
  // A heater that holds a ring is beyond what the kernel knows, and so is a response that is looked up.
  if (bank.ring.response || electroOpticRange_nm(hardware) === 0) return definition;
  const { slots, rails, ring } = bank;
  const { units } = hardware.vdu.conv;
  const { memory, kernels } = instance;
  const job = loadBank(instance, hardware, bank, errors);
  const numbers = slots * blockOf(bank);
  const room: { excess: number; slopes: number } = { excess: 0, slopes: 0 };
  return (rows, from, to, out) => {
    const { heating, slopes } = rows;
    if (heating) room.excess ||= memory.allocate(8 * numbers);
    if (slopes) room.slopes ||= memory.allocate(16 * numbers);
    const full = heating ? (Math.PI * heating.full_nm) / ring.freeSpectralRange_nm : 0;
    memory.f64[ROWS_JOB.read(memory, job, 'constants') / 8 + HEATING] = full;
    for (let first = from; first < to; first += blockOf(bank)) {
      const count = Math.min(blockOf(bank), to - first);
      const block = { from: first, count, pitch: count + (count % 2) };
      ROWS_JOB.write(memory, job, {
        rows: block.pitch,
        excess: heating ? room.excess : 0,
        slopes: slopes ? room.slopes : 0,
      });
      writeBlock(instance, job, rows, block, units, slots);
      kernels.holdRows(job);
      for (const r of readBlock(instance, job, rows, block, slots, rails, out)) definition(rows, r, r + 1, out);
    }
  };
}

/**
 * Row holders on kernels of their own, one at a time: the next takes the memory of the one before.
 * @param define what they stand in for, and leave rows to.
 * @throws BackendUnavailableError where there are no kernels.
 */
export async function wasmRowHolders(define: MakeRowHolder): Promise<MakeRowHolder> {
  const instance = await instantiateKernels(await compileKernels());
  const empty = instance.memory.mark();
  return (hardware, bank, errors) => {
    instance.memory.release(empty);
    return rowHolderOn(instance, hardware, bank, errors, define(hardware, bank, errors));
  };
}
