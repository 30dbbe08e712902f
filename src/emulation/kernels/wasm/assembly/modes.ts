/** What is done with a row: `mode` of `convolve` and `multiplyDense`. Dense layers also only hold rows. */
export const MODE_PLAIN: u32 = 0;
export const MODE_NOISY: u32 = 1;
export const MODE_MAXIMA: u32 = 2;
export const MODE_LUMPED: u32 = 3;
export const MODE_HOLD: u32 = 4;
