/** The converter, on u in units of its step. `ADC_OFF`: sums stay float32; `ADC_WIDE`: codes of 24 bits. */

export const ADC_OFF: u32 = 0;
export const ADC_NARROW: u32 = 1;
export const ADC_WIDE: u32 = 2;

/** Bits of 1.5 * 2^23. A float32 of magnitude below 2^22 added to it is rounded to nearest, ties to even. */
export const MAGIC_BITS: i32 = 0x4b400000;

/** `count` less one in lanes whose rounded code lies beyond the limit: the limit is odd, so its tie rounds outwards. */
// @ts-ignore: decorator
@inline
export function countClipped(count: v128, x: v128, limitPlusHalf: v128): v128 {
  return i32x4.sub(count, f32x4.ge(f32x4.abs(x), limitPlusHalf));
}

/** Code of x plus MAGIC_BITS; `endPass` takes that away from the sums for all terms at once. */
// @ts-ignore: decorator
@inline
export function narrowCode(x: v128, limit: v128): v128 {
  const clipped = f32x4.pmax(f32x4.neg(limit), f32x4.pmin(limit, x));
  return f32x4.add(clipped, f32x4.splat(12582912));
}

/** Code of x, for limits of 2^22 and more. */
// @ts-ignore: decorator
@inline
export function wideCode(x: v128, limit: v128): v128 {
  const clipped = f32x4.pmax(f32x4.neg(limit), f32x4.pmin(limit, x));
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(clipped));
}

/** After a pass of `rows` terms each: takes MAGIC_BITS away, and negates where the other pass is to be taken from it. */
export function endPass(sums: usize, bytes: usize, rows: u32, converter: u32, negate: bool): void {
  const magic = i32x4.splat(converter == ADC_NARROW ? MAGIC_BITS * <i32>rows : 0);
  for (const end = sums + bytes; sums < end; sums += 16) {
    let sum = v128.load(sums);
    if (converter == ADC_OFF) {
      if (negate) sum = f32x4.neg(sum);
    } else {
      sum = i32x4.sub(sum, magic);
      if (negate) sum = i32x4.neg(sum);
    }
    v128.store(sums, sum);
  }
}

/** scale * sum + shift in float64, rounded to float32. */
// @ts-ignore: decorator
@inline
export function scaleSums(sum: v128, converter: u32, scale: v128, shiftLow: v128, shiftHigh: v128): v128 {
  const upper = v128.shuffle<i64>(sum, sum, 1, 1);
  const low = converter == ADC_OFF ? f64x2.promote_low_f32x4(sum) : f64x2.convert_low_i32x4_s(sum);
  const high = converter == ADC_OFF ? f64x2.promote_low_f32x4(upper) : f64x2.convert_low_i32x4_s(upper);
  const yLow = f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(low, scale), shiftLow));
  const yHigh = f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(high, scale), shiftHigh));
  return v128.shuffle<i64>(yLow, yHigh, 0, 2);
}
