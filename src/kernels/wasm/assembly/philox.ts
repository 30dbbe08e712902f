/**
 * Philox4x32-10 (Salmon et al., SC'11) seeded as TensorFlow's StatelessRandomNormal, four groups at a time.
 * A stream in memory: ten round keys (k0, k1), then the high half of the counter, 22 words of 32 bits.
 */
import { cosine, onePlusUniform, radius, sine } from './gaussian';

const M0: u32 = 0xd2511f53;
const M1: u32 = 0xcd9e8d57;
const W0: u32 = 0x9e3779b9;
const W1: u32 = 0xbb67ae85;
const ROUNDS: i32 = 10;
const COUNTER_HIGH: usize = 8 * 10;

/** Low and high halves of four 64-bit products in two vectors. */
@inline
function low(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 2, 4, 6);
}
@inline
function high(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 1, 3, 5, 7);
}

/** Writes the stream of a seed pair: its key and high counter are Philox of the seeds under a fixed key. */
export function seedStream(stream: usize, s0: u32, s1: u32): void {
  let c0 = s0, c1: u32 = 0, c2 = s1, c3: u32 = 0;
  let k0: u32 = 0x3ec8f720, k1: u32 = 0x02461e29;
  for (let round = 0; round < ROUNDS; round++) {
    const p0 = <u64>M0 * <u64>c0;
    const p1 = <u64>M1 * <u64>c2;
    c0 = <u32>(p1 >> 32) ^ c1 ^ k0;
    c1 = <u32>p1;
    c2 = <u32>(p0 >> 32) ^ c3 ^ k1;
    c3 = <u32>p0;
    k0 += W0;
    k1 += W1;
  }
  for (let round = 0; round < ROUNDS; round++) {
    store<u32>(stream + 8 * round, c0 + W0 * round);
    store<u32>(stream + 8 * round, c1 + W1 * round, 4);
  }
  store<u32>(stream, c2, COUNTER_HIGH);
  store<u32>(stream, c3, COUNTER_HIGH + 4);
}

/** Writes four vectors, one per word of the group, as four groups in order. */
@inline
function storeTransposed(out: usize, a: v128, b: v128, c: v128, d: v128): void {
  const t0 = v128.shuffle<i32>(a, b, 0, 4, 1, 5), t1 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const t2 = v128.shuffle<i32>(c, d, 0, 4, 1, 5), t3 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<i64>(t0, t2, 0, 2));
  v128.store(out, v128.shuffle<i64>(t0, t2, 1, 3), 16);
  v128.store(out, v128.shuffle<i64>(t1, t3, 0, 2), 32);
  v128.store(out, v128.shuffle<i64>(t1, t3, 1, 3), 48);
}

@inline
function generate(stream: usize, firstGroup: u32, groups: u32, out: usize, normal: bool): void {
  const m0 = i32x4.splat(M0), m1 = i32x4.splat(M1);
  // Only the counter's first word differs between groups, so half of the first two rounds is the same for all.
  const high0 = load<u32>(stream, COUNTER_HIGH), high1 = load<u32>(stream, COUNTER_HIGH + 4);
  const product1 = <u64>M1 * <u64>high0;
  const product2 = <u64>M0 * <u64>(<u32>(product1 >> 32) ^ load<u32>(stream));
  const mask1 = i32x4.splat(high1 ^ load<u32>(stream, 4));
  const mask2 = i32x4.splat(<u32>product1 ^ load<u32>(stream, 8));
  const mask3 = i32x4.splat(<u32>(product2 >> 32) ^ load<u32>(stream, 12));
  const low2 = i32x4.splat(<u32>product2);
  let group = i32x4.add(i32x4.splat(firstGroup), i32x4(0, 1, 2, 3));
  for (const end = out + 16 * <usize>groups; out < end; out += 64) {
    let a = i64x2.extmul_low_i32x4_u(group, m0), b = i64x2.extmul_high_i32x4_u(group, m0);
    group = i32x4.add(group, i32x4.splat(4));
    let c2 = v128.xor(high(a, b), mask1);
    const low1 = low(a, b);
    a = i64x2.extmul_low_i32x4_u(c2, m1);
    b = i64x2.extmul_high_i32x4_u(c2, m1);
    let c0 = v128.xor(high(a, b), mask2);
    let c1 = low(a, b);
    c2 = v128.xor(low1, mask3);
    let c3 = low2;
    for (let keys = stream + 16; keys < stream + 8 * ROUNDS; keys += 8) {
      a = i64x2.extmul_low_i32x4_u(c0, m0);
      b = i64x2.extmul_high_i32x4_u(c0, m0);
      const c = i64x2.extmul_low_i32x4_u(c2, m1), d = i64x2.extmul_high_i32x4_u(c2, m1);
      c0 = v128.xor(v128.xor(high(c, d), c1), v128.load32_splat(keys));
      c2 = v128.xor(v128.xor(high(a, b), c3), v128.load32_splat(keys, 4));
      c1 = low(c, d);
      c3 = low(a, b);
    }
    if (normal) {
      const r0 = radius(c0), angle0 = onePlusUniform(c1);
      const r2 = radius(c2), angle2 = onePlusUniform(c3);
      storeTransposed(
        out,
        f32x4.mul(r0, sine(angle0)),
        f32x4.mul(r0, cosine(angle0)),
        f32x4.mul(r2, sine(angle2)),
        f32x4.mul(r2, cosine(angle2)),
      );
    } else {
      storeTransposed(out, c0, c1, c2, c3);
    }
  }
}

/** Four float32 normals of each group from `firstGroup` on; writes in steps of four groups. */
export function fillNormals(stream: usize, firstGroup: u32, groups: u32, out: usize): void {
  generate(stream, firstGroup, groups, out, true);
}

/** The four words of each group, likewise. */
export function fillWords(stream: usize, firstGroup: u32, groups: u32, out: usize): void {
  generate(stream, firstGroup, groups, out, false);
}
