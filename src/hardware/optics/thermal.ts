/**
 * Thermal coupling between the rings of a waveguide (section 5 of the contract): the fraction of a heater's shift that a
 * ring at an edge-to-edge distance feels. Fit to the published heat simulations of SONIC's first author.
 */
import type { HardwareDescription } from '../description.js';

/** Parasitic shift over own shift at an edge-to-edge gap in um. */
export function thermalCoupling(gap_um: number): number {
  return 0.278 * Math.exp(-gap_um / 2.73) + 0.00614 * Math.exp(-gap_um / 8.72);
}

/** K_0j of a waveguide of `rings` rings: coupling of two rings j places apart; 0 for j = 0. */
export function couplingByDistance(hardware: HardwareDescription, rings: number): Float64Array {
  const { radius_um, gap_um } = hardware.microring;
  return Float64Array.from({ length: rings }, (_, j) =>
    j === 0 ? 0 : thermalCoupling(j * (2 * radius_um + gap_um) - 2 * radius_um),
  );
}

/** K of a waveguide, row-major [rings][rings], ones on the diagonal: shift seen = K * shift driven. */
export function couplingMatrix(hardware: HardwareDescription, rings: number): Float64Array {
  const byDistance = couplingByDistance(hardware, rings);
  return Float64Array.from({ length: rings * rings }, (_, at) => {
    const distance = Math.abs(Math.floor(at / rings) - (at % rings));
    return distance === 0 ? 1 : byDistance[distance]!;
  });
}
