/** The ADC range that calibration images ask for (section 2 of the contract). */

/**
 * The smallest value that at least a share `quantile` of all values does not exceed. Reorders `values`.
 * @param values at least one.
 */
export function quantileOf(values: Float32Array | Float64Array, quantile: number): number {
  values.sort();
  return values[Math.max(Math.ceil(quantile * values.length) - 1, 0)]!;
}

/**
 * Calibrated full-scale range in units of u.
 * @param full the vector size of the unit, which is the largest |u| there can be.
 * @param magnitude quantile of |u| without read noise and ADC.
 * @param variance largest noise variance, without the converter's term.
 */
export function calibratedRange(full: number, magnitude: number, variance: number): number {
  const range = Math.min(full, 1.1 * magnitude + 6 * Math.sqrt(variance));
  return range > 0 ? range : full;
}
