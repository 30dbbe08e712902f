/**
 * What the heaters must drive to hold every ring of the chip, surplus ones too, on its channel against process variation
 * (section 2 of the cost contract): all the time, at toPower / FSR per nm.
 */

import type { HardwareDescription } from '../description.js';
import type { BankKind } from './bank.js';
import { couplingMatrix } from './thermal.js';
import { drawTrims } from './variation.js';

/** Shifts that trimming must undo, in nm, [units][2 rails][slots] of each kind of unit. */
export interface ChipTrims {
  readonly conv: Float64Array;
  readonly fc: Float64Array;
}

/** The trims of a chip. */
export function chipTrims(hardware: HardwareDescription, chipSeed: number): ChipTrims {
  return { conv: drawTrims(hardware, chipSeed, 'conv'), fc: drawTrims(hardware, chipSeed, 'fc') };
}

/** Lower triangular L of K = L L^T, row-major; K is positive definite since coupling falls off with distance. */
export function cholesky(K: Float64Array, size: number): Float64Array {
  const L = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = K[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= L[i * size + k]! * L[j * size + k]!;
      L[i * size + j] = i === j ? Math.sqrt(sum) : sum / L[j * size + j]!;
    }
  }
  return L;
}

/** x of L L^T x = b, in place of b. */
export function solveCholesky(L: Float64Array, b: Float64Array): Float64Array {
  const size = b.length;
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) b[i]! -= L[i * size + k]! * b[k]!;
    b[i]! /= L[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) b[i]! -= L[k * size + i]! * b[k]!;
    b[i]! /= L[i * size + i]!;
  }
  return b;
}

/**
 * Sum over a bank's rings of the shift their heaters drive, in nm. With TED the drives are K^-1 s of each waveguide and
 * rail, and a negative one (a heater cannot cool) is 0; without, every ring is driven by its own s.
 * @param trims_nm s, [waveguides of all units and rails][rings of a waveguide].
 */
export function drivenShift_nm(
  hardware: HardwareDescription,
  trims_nm: Float64Array,
  ringsPerWaveguide: number,
): number {
  if (!hardware.tuning.ted) return trims_nm.reduce((sum, s) => sum + s, 0);
  const L = cholesky(couplingMatrix(hardware, ringsPerWaveguide), ringsPerWaveguide);
  let sum_nm = 0;
  for (let first = 0; first < trims_nm.length; first += ringsPerWaveguide) {
    const drive_nm = solveCholesky(L, trims_nm.slice(first, first + ringsPerWaveguide));
    for (const drive of drive_nm) sum_nm += Math.max(0, drive);
  }
  return sum_nm;
}

/**
 * Sum of the shifts that the trimming heaters of all units of both kinds drive, in nm.
 * @param trims of a chip; null: every ring needs tuning.trimShift_nm.
 */
export function trimDrive_nm(hardware: HardwareDescription, trims: ChipTrims | null): number {
  const ofKind = (kind: BankKind): number => {
    const { size, units } = hardware.vdu[kind];
    const ringsPerWaveguide = Math.min(size, hardware.grid.wavelengthsPerWaveguide);
    if (trims) return drivenShift_nm(hardware, trims[kind], ringsPerWaveguide);
    const nominal = new Float64Array(ringsPerWaveguide).fill(hardware.tuning.trimShift_nm);
    return units * 2 * Math.ceil(size / ringsPerWaveguide) * drivenShift_nm(hardware, nominal, ringsPerWaveguide);
  };
  return ofKind('conv') + ofKind('fc');
}
