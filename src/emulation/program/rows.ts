/** Chunk rows of a convolution on CONV units before and after its rings are tuned: what compiling hands to whoever holds them. */
import type { HardwareDescription } from '../../hardware/description.js';
import type { Bank } from '../../hardware/optics/bank.js';
import type { BankErrors } from '../../hardware/optics/variation.js';
import type { Conv2dProgram } from './types.js';

/** What light does to the rings of a convolution. */
export interface ConvHeating {
  /** Shift of a ring that takes all of a full-scale wavelength, nm. */
  readonly full_nm: number;
  /** m_k - m0, [groups][patch]. */
  readonly excess: Float64Array;
  readonly patch: number;
  readonly filtersPerGroup: number;
}

/** Rows to be held. Plain data: threads may have some of them each. */
export interface ChunkRows extends Pick<Conv2dProgram, 'rowFilter' | 'rowStart' | 'entryK' | 'held'> {
  /** Null: light does not heat. */
  readonly heating: ConvHeating | null;
  /** Whether dH/dlambda is wanted. */
  readonly slopes: boolean;
}

export type Banks = Pick<
  Conv2dProgram,
  'hPlus' | 'hMinus' | 'dPlus' | 'dMinus' | 'rowEoShift_nm' | 'rowToShift_nm' | 'rowSlow'
>;

/** Holds the rows from one on up to another, that not included, and writes their banks. */
export type RowHolder = (rows: ChunkRows, from: number, to: number, out: Banks) => void;

/** Makes what holds rows on the CONV units of a chip: their definition in float64 (`compiler/holdRows.ts`), or what does the same faster. */
export type MakeRowHolder = (hardware: HardwareDescription, bank: Bank, errors: BankErrors) => RowHolder;
