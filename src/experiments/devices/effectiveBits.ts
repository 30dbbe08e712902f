/** Errors as the bits of a uniform quantiser that would make the same (section 5 of the contract). */

/**
 * -log2(RMS * sqrt(12) / full scale): a quantiser of 2^b equal steps has an RMS error of 2^-b / sqrt(12).
 * @param rms root-mean-square error.
 * @param fullScale in the unit of `rms`; 1 for a held value or one full-scale product.
 * @returns Infinity where there is no error; negative where the error is larger than no value at all would be.
 */
export function effectiveBits(rms: number, fullScale = 1): number {
  return -Math.log2((rms / fullScale) * Math.sqrt(12));
}
