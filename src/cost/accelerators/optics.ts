/** Electrical power of the lasers of photonic designs. */

export interface LaserParameters {
  /** Optical power that a detector needs. */
  readonly sensitivity_dBm: number;
  /** Optical over electrical power. */
  readonly wallPlug: number;
}

/**
 * Electrical power of the laser of one waveguide, W: sensitivity + losses + 10 log10(wavelengths) in dBm (CrossLight,
 * arXiv 2102.06960, equation of the laser power), over the wall-plug efficiency.
 */
export function laserPower_W(
  { sensitivity_dBm, wallPlug }: LaserParameters,
  loss_dB: number,
  wavelengths: number,
): number {
  const optical_dBm = sensitivity_dBm + loss_dB + 10 * Math.log10(wavelengths);
  return (10 ** (optical_dBm / 10) * 1e-3) / wallPlug;
}
