/**
 * Trims that heat can make (section 5 of the contract; section 2 of the cost contract). Heaters hold every ring of a chip,
 * surplus ones too, on its channel against process variation, all the time; they cannot cool. With thermal eigenmode
 * decomposition (TED) the drives of a rail of a waveguide are (K + 1)^-1 s, and where one would be negative the rail's
 * rings are made shorter by one common length, so that none is.
 */
import { DescriptionError } from '../../base/errors.js';
import type { HardwareDescription } from '../description.js';
import { couplingMatrix } from './thermal.js';

/** Lower triangular L of K = L L^T, row-major; NaN where K is not positive definite. */
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

/** What the rails of a bank need of TED: the factored coupling, and the drives h that shift all rings by 1 nm. */
interface Ted {
  readonly L: Float64Array;
  /** h = (K + 1)^-1 1, [rings]. */
  readonly common: Float64Array;
}

function tedOf(hardware: HardwareDescription, rings: number): Ted {
  const L = cholesky(couplingMatrix(hardware, rings), rings);
  const common = solveCholesky(L, new Float64Array(rings).fill(1));
  if (!common.every((h) => h > 0)) {
    throw new DescriptionError(
      `microring.gap_um ${hardware.microring.gap_um}: ${rings} rings a waveguide stand too close for thermal eigenmode ` +
        'decomposition (no drive shifts them all alike); raise the gap, lower grid.wavelengthsPerWaveguide, or set tuning.ted to false',
    );
  }
  return { L, common };
}

/** o: by how much a rail's rings are made shorter, nm, so that no drive of its trims is negative. */
function commonShift_nm({ L, common }: Ted, trim_nm: Float64Array): number {
  const drive_nm = solveCholesky(L, trim_nm.slice());
  let shift_nm = 0;
  for (let i = 0; i < drive_nm.length; i++) shift_nm = Math.max(shift_nm, -drive_nm[i]! / common[i]!);
  return shift_nm;
}

/**
 * s': the trims that heaters make, nm, of the drawn ones; the same without TED.
 * @param trim_nm s, [waveguides of all units and rails][rings of a waveguide].
 * @throws DescriptionError where the rings are too close for TED.
 */
export function heatedTrims_nm(
  hardware: HardwareDescription,
  trim_nm: Float64Array,
  ringsPerWaveguide: number,
): Float64Array {
  if (!hardware.tuning.ted) return trim_nm;
  const ted = tedOf(hardware, ringsPerWaveguide);
  const heated = trim_nm.slice();
  for (let first = 0; first < heated.length; first += ringsPerWaveguide) {
    const rail = heated.subarray(first, first + ringsPerWaveguide);
    const shift_nm = commonShift_nm(ted, rail);
    for (let i = 0; i < rail.length; i++) rail[i]! += shift_nm;
  }
  return heated;
}

/**
 * Sum over a bank's rings of the shift their heaters drive, in nm: with TED (K + 1)^-1 s' of each waveguide and rail,
 * without, every ring's own s.
 * @param trim_nm s as drawn, [waveguides of all units and rails][rings of a waveguide].
 */
export function drivenShift_nm(
  hardware: HardwareDescription,
  trim_nm: Float64Array,
  ringsPerWaveguide: number,
): number {
  if (!hardware.tuning.ted) return trim_nm.reduce((sum, s) => sum + s, 0);
  const { L } = tedOf(hardware, ringsPerWaveguide);
  const heated = heatedTrims_nm(hardware, trim_nm, ringsPerWaveguide);
  let sum_nm = 0;
  for (let first = 0; first < heated.length; first += ringsPerWaveguide) {
    for (const drive of solveCholesky(L, heated.slice(first, first + ringsPerWaveguide))) sum_nm += drive;
  }
  return sum_nm;
}
