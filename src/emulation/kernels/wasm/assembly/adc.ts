/**
 * The converter, on u in units of its step. Off: sums stay float32. Narrow: limits below 2^22, and sums of codes below 2^31.
 * Otherwise wide: what a code has beyond its 12 lowest bits has a sum of its own, `high` bytes behind the others.
 */

const ADC_OFF: u32 = 0;
export const ADC_NARROW: u32 = 1;
export const ADC_WIDE: u32 = 2;

/** Bits of a wide code in the first of its sums. */
const LOW_BITS: i32 = 12;

/** Bits of 1.5 * 2^23. A float32 of magnitude below 2^22 added to it is rounded to nearest, ties to even. */
const MAGIC_BITS: i32 = 0x4b400000;

/** `count` less one in lanes whose rounded code lies beyond the limit: the limit is odd, so its tie rounds outwards. */
@inline
function countClipped(count: v128, x: v128, limitPlusHalf: v128): v128 {
  return i32x4.sub(count, f32x4.ge(f32x4.abs(x), limitPlusHalf));
}

/** Code of x plus MAGIC_BITS; `endPass` takes that away from the sums for all terms at once. */
@inline
function narrowCode(x: v128, limit: v128): v128 {
  const clipped = f32x4.pmax(f32x4.neg(limit), f32x4.pmin(limit, x));
  return f32x4.add(clipped, f32x4.splat(12582912));
}

/** Code of x, for limits of 2^22 and more. */
@inline
function wideCode(x: v128, limit: v128): v128 {
  const clipped = f32x4.pmax(f32x4.neg(limit), f32x4.pmin(limit, x));
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(clipped));
}

/** A code into both of its sums. */
@inline
function addWide(sums: usize, high: usize, code: v128): void {
  v128.store(sums, i32x4.add(v128.load(sums), v128.and(code, i32x4.splat((1 << LOW_BITS) - 1))));
  v128.store(sums + high, i32x4.add(v128.load(sums + high), i32x4.shr_s(code, LOW_BITS)));
}

/**
 * Sixteen samples in steps through the converter into their sums, 64 bytes each.
 * @param high bytes from `sums` to the sums that only the wide converter has.
 * @param clipped vector of counts.
 * @param tap 0, or where the samples go, and `codes` what they became.
 */
@inline
export function convertBlock(
  converter: u32,
  limit: f32,
  limitPlusHalf: f32,
  clipped: usize,
  sums: usize,
  high: usize,
  tap: usize,
  codes: usize,
  x0: v128,
  x1: v128,
  x2: v128,
  x3: v128,
): void {
  if (tap) storeBlock(tap, x0, x1, x2, x3);
  if (converter == ADC_OFF) {
    addBlock(sums, x0, x1, x2, x3);
  } else {
    const bound = f32x4.splat(limitPlusHalf), last = f32x4.splat(limit);
    let count = countClipped(v128.load(clipped), x0, bound);
    count = countClipped(count, x1, bound);
    count = countClipped(count, x2, bound);
    v128.store(clipped, countClipped(count, x3, bound));
    if (converter == ADC_NARROW) {
      x0 = narrowCode(x0, last);
      x1 = narrowCode(x1, last);
      x2 = narrowCode(x2, last);
      x3 = narrowCode(x3, last);
      v128.store(sums, i32x4.add(v128.load(sums), x0));
      v128.store(sums, i32x4.add(v128.load(sums, 16), x1), 16);
      v128.store(sums, i32x4.add(v128.load(sums, 32), x2), 32);
      v128.store(sums, i32x4.add(v128.load(sums, 48), x3), 48);
    } else {
      x0 = wideCode(x0, last);
      x1 = wideCode(x1, last);
      x2 = wideCode(x2, last);
      x3 = wideCode(x3, last);
      addWide(sums, high, x0);
      addWide(sums + 16, high, x1);
      addWide(sums + 32, high, x2);
      addWide(sums + 48, high, x3);
    }
  }
  if (tap) storeBlock(codes, x0, x1, x2, x3);
}

@inline
export function storeBlock(to: usize, x0: v128, x1: v128, x2: v128, x3: v128): void {
  v128.store(to, x0);
  v128.store(to, x1, 16);
  v128.store(to, x2, 32);
  v128.store(to, x3, 48);
}

/** Adds a block to float32 sums. */
@inline
export function addBlock(to: usize, x0: v128, x1: v128, x2: v128, x3: v128): void {
  v128.store(to, f32x4.add(v128.load(to), x0));
  v128.store(to, f32x4.add(v128.load(to, 16), x1), 16);
  v128.store(to, f32x4.add(v128.load(to, 32), x2), 32);
  v128.store(to, f32x4.add(v128.load(to, 48), x3), 48);
}

/** Raises the vectors of maxima at `maxima`: |x|, then the variance w. */
@inline
export function raiseMaxima(
  maxima: usize,
  x0: v128,
  x1: v128,
  x2: v128,
  x3: v128,
  w0: v128,
  w1: v128,
  w2: v128,
  w3: v128,
): void {
  const x = f32x4.pmax(f32x4.pmax(f32x4.abs(x0), f32x4.abs(x1)), f32x4.pmax(f32x4.abs(x2), f32x4.abs(x3)));
  v128.store(maxima, f32x4.pmax(v128.load(maxima), x));
  const w = f32x4.pmax(f32x4.pmax(w0, w1), f32x4.pmax(w2, w3));
  v128.store(maxima, f32x4.pmax(v128.load(maxima, 16), w), 16);
}

/** Value of `upper` with which all magnitudes are counted, by the upper half of their bits. */
const ALL: u32 = 0xffffffff;

@inline
function countLane(counts: usize, upper: u32, word: u32): void {
  if (upper != ALL && word >> 16 != upper) return;
  const at = counts + ((upper == ALL ? word >> 16 : word & 0xffff) << 2);
  store<u32>(at, load<u32>(at) + 1);
}

function countVector(counts: usize, upper: u32, x: v128): void {
  const words = f32x4.abs(x);
  if (upper != ALL && !v128.any_true(i32x4.eq(i32x4.shr_u(words, 16), i32x4.splat(upper)))) return;
  countLane(counts, upper, i32x4.extract_lane(words, 0));
  countLane(counts, upper, i32x4.extract_lane(words, 1));
  countLane(counts, upper, i32x4.extract_lane(words, 2));
  countLane(counts, upper, i32x4.extract_lane(words, 3));
}

/**
 * Counts sixteen magnitudes: by the upper half of their bits, or, where `upper` is one, those that have it by the lower half.
 * @param counts 0, or [2^15] or [2^16] u32.
 */
@inline
export function countMagnitudes(counts: usize, upper: u32, x0: v128, x1: v128, x2: v128, x3: v128): void {
  if (!counts) return;
  countVector(counts, upper, x0);
  countVector(counts, upper, x1);
  countVector(counts, upper, x2);
  countVector(counts, upper, x3);
}

/** After a pass of `rows` terms each: takes MAGIC_BITS away, and negates where the other pass is to be taken from it. */
export function endPass(sums: usize, bytes: usize, high: usize, rows: u32, converter: u32, negate: bool): void {
  if (converter == ADC_WIDE) {
    if (!negate) return;
    for (const end = sums + bytes; sums < end; sums += 16) {
      v128.store(sums, i32x4.neg(v128.load(sums)));
      v128.store(sums + high, i32x4.neg(v128.load(sums + high)));
    }
    return;
  }
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

/** scale * sum + shift in float64, rounded to float32, of the four sums at `sums` (`high` as in `convertBlock`). */
@inline
export function scaleSums(
  sums: usize,
  high: usize,
  converter: u32,
  scale: v128,
  shiftLow: v128,
  shiftHigh: v128,
): v128 {
  const sum = v128.load(sums);
  const upper = v128.shuffle<i64>(sum, sum, 1, 1);
  let low = converter == ADC_OFF ? f64x2.promote_low_f32x4(sum) : f64x2.convert_low_i32x4_s(sum);
  let far = converter == ADC_OFF ? f64x2.promote_low_f32x4(upper) : f64x2.convert_low_i32x4_s(upper);
  if (converter == ADC_WIDE) {
    const rest = v128.load(sums + high), unit = f64x2.splat(<f64>(1 << LOW_BITS));
    low = f64x2.add(low, f64x2.mul(unit, f64x2.convert_low_i32x4_s(rest)));
    far = f64x2.add(far, f64x2.mul(unit, f64x2.convert_low_i32x4_s(v128.shuffle<i64>(rest, rest, 1, 1))));
  }
  const yLow = f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(low, scale), shiftLow));
  const yHigh = f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(far, scale), shiftHigh));
  return v128.shuffle<i64>(yLow, yHigh, 0, 2);
}
