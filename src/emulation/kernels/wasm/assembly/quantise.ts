/**
 * Activations of one image through their DAC and, where they are streamed, the VCSELs' floor: from [elements][channels]
 * to one plane per channel and pass.
 */

/** In memory, written by the host; 4 bytes a field. */
@unmanaged
export class Quantiser {
  /** [rows][columns][channels] float32. */
  x: usize;
  rows: u32;
  columns: u32;
  channels: u32;
  /** First element of the planes of max(x, 0), and of max(-x, 0) or 0. */
  plane0: usize;
  plane1: usize;
  /** Bytes from one element to the next row's and the next channel's; columns are 4 apart. */
  rowPitch: usize;
  planePitch: usize;
  /** How many (row entry, sample) pairs read each element, [rows][columns][channels] i32. */
  uses: usize;
  /** Four masks of the first 4, 1, 2, 3 lanes. */
  laneMasks: usize;
  /** 0, or where the codes go as float32: [passes][elements]. */
  codes: usize;
  /** Whether activations are rounded to codes; otherwise codes are magnitudes over codeScale: values, or magnitudes that are held. */
  rounds: u32;
  codeScale: f32;
  maximumCode: f32;
  /** Codes below are gated; codes below the second are lifted to `floor`. */
  firstLitCode: f32;
  firstCodeAboveFloor: f32;
  floor: f32;
  /** What a code is divided by. */
  divisor: f32;
  /** Largest float32 that is not clipped. */
  largestUnclipped: f32;
  /** Results. */
  clipped: u32;
  zero: u32;
  /** Elements that are negative in a one-pass layer, or NaN. */
  invalid: u32;
  /** Emitted values that were not 0, weighted with `uses`. */
  litLow: u32;
  litHigh: u32;
}

@inline
function sumOfLanes(x: v128): u32 {
  return i32x4.extract_lane(x, 0) + i32x4.extract_lane(x, 1) + i32x4.extract_lane(x, 2) + i32x4.extract_lane(x, 3);
}

@inline
function emitted(q: Quantiser, code: v128): v128 {
  let v = f32x4.div(code, f32x4.splat(q.divisor));
  v = v128.bitselect(f32x4.splat(q.floor), v, f32x4.lt(code, f32x4.splat(q.firstCodeAboveFloor)));
  return v128.and(v, f32x4.ge(code, f32x4.splat(q.firstLitCode)));
}

@inline
function storePlanes(to: usize, pitch: usize, v: v128, lanes: u32): void {
  v128.store_lane<f32>(to, v, 0);
  if (lanes > 1) v128.store_lane<f32>(to + pitch, v, 1);
  if (lanes > 2) v128.store_lane<f32>(to + 2 * pitch, v, 2);
  if (lanes > 3) v128.store_lane<f32>(to + 3 * pitch, v, 3);
}

export function quantise(job: usize): void {
  const q = changetype<Quantiser>(job);
  const zero = i32x4.splat(0);
  let clipped = zero, zeros = zero, invalid = zero;
  let lit: u64 = 0;
  let x = q.x, uses = q.uses, codes = q.codes;
  const codesOfPass1 = q.rows * q.columns * q.channels * 4;
  for (let row: usize = 0; row < <usize>q.rows; row++) {
    let litOfRow = zero;
    for (let column: usize = 0; column < <usize>q.columns; column++) {
      let at: usize = row * q.rowPitch + 4 * column;
      for (let channel: u32 = 0; channel < q.channels; channel += 4) {
        const lanes = min<u32>(4, q.channels - channel);
        const valid = v128.load(q.laneMasks + 16 * (lanes & 3));
        const value = v128.and(v128.load(x), valid);
        const magnitude = f32x4.abs(value);
        let code: v128;
        if (q.rounds) {
          code = f32x4.nearest(f32x4.pmin(f32x4.splat(q.maximumCode), f32x4.mul(magnitude, f32x4.splat(q.codeScale))));
        } else {
          code = f32x4.pmin(f32x4.splat(q.maximumCode), f32x4.div(magnitude, f32x4.splat(q.codeScale)));
        }
        const negative = f32x4.lt(value, zero);
        clipped = i32x4.sub(clipped, f32x4.gt(magnitude, f32x4.splat(q.largestUnclipped)));
        zeros = i32x4.sub(zeros, v128.and(valid, f32x4.eq(code, zero)));
        invalid = v128.or(invalid, f32x4.ne(value, value));
        const v = emitted(q, code);
        litOfRow = i32x4.add(litOfRow, v128.and(v128.load(uses), v128.and(valid, f32x4.ne(v, zero))));
        storePlanes(q.plane0 + at, q.planePitch, v128.andnot(v, negative), lanes);
        if (q.plane1) storePlanes(q.plane1 + at, q.planePitch, v128.and(v, negative), lanes);
        else invalid = v128.or(invalid, negative);
        if (codes) {
          storePlanes(codes, 4, v128.andnot(code, negative), lanes);
          if (q.plane1) storePlanes(codes + codesOfPass1, 4, v128.and(code, negative), lanes);
          codes += 4 * lanes;
        }
        at += 4 * q.planePitch;
        x += 4 * lanes;
        uses += 4 * lanes;
      }
    }
    lit += <u64>sumOfLanes(litOfRow);
  }
  q.clipped = sumOfLanes(clipped);
  q.zero = sumOfLanes(zeros);
  q.invalid = v128.any_true(invalid) ? 1 : 0;
  q.litLow = <u32>lit;
  q.litHigh = <u32>(lit >> 32);
}
