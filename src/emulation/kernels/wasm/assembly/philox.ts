/**
 * Philox4x32-10 (Salmon et al., SC'11) seeded as TensorFlow's StatelessRandomNormal. Two groups a, b are a pair of
 * vectors, (c0a, c0b, c2a, c2b) and (c1a, c1b, c3a, c3b). Four pairs go through the rounds side by side, each filling the
 * latencies of the others.
 */
import { Gaussian, storeGroups, transformPairs, writeGaussian } from './gaussian';

const M0: u32 = 0xd2511f53;
const M1: u32 = 0xcd9e8d57;
const W0: u32 = 0x9e3779b9;
const W1: u32 = 0xbb67ae85;
const ROUNDS: u32 = 10;

/** A stream in memory, of vectors. The low half of the counter is the group. */
/** Of rounds 2 to 9, in the order of their results. */
const KEYS: usize = 0;
/** (M0, M0, M1, M1) and (M1, M1, M0, M0). */
const MULTIPLIERS: usize = 128;
const SWAPPED_MULTIPLIERS: usize = 144;
/** Of rounds 0 and 1: (M1, ...), what is xored to the first one's c2 and to the second one's (c0, c0, c2, c2); its c3. */
const SECOND_MULTIPLIER: usize = 160;
const MASK: usize = 176;
const MASKS: usize = 192;
const C3: usize = 208;
/** M0 times 2, stride, stride + 2 and 2 stride, 64 bits, each twice. */
const STEPS: usize = 224;
const GAUSSIAN: usize = 288;
/** Bytes of a stream; the host allocates as many. */
export const STREAM_BYTES: usize = GAUSSIAN + offsetof<Gaussian>();

/** Groups that a step makes, and their bytes. */
const STEP_GROUPS: u32 = 8;
const STEP_BYTES: usize = 128;
/** Words that are made before they are transformed: few enough to stay in the first-level cache. */
const CHUNK_BYTES: usize = 32 * STEP_BYTES;

@inline
function store4(to: usize, a: u32, b: u32, c: u32, d: u32): void {
  store<u32>(to, a);
  store<u32>(to, b, 4);
  store<u32>(to, c, 8);
  store<u32>(to, d, 12);
}

/** Whether after a round the vectors hold c2 before c0. */
@inline
function isSwapped(round: u32): bool {
  return ((round - 1) & 2) != 0;
}

/**
 * Writes the stream of a seed pair: its key and high counter are Philox of the seeds under a fixed key. It is read in runs
 * of four groups, `stride` groups from one to the next.
 */
export function seedStream(stream: usize, s0: u32, s1: u32, stride: u32): void {
  let c0 = s0, c1: u32 = 0, c2 = s1, c3: u32 = 0;
  let k0: u32 = 0x3ec8f720, k1: u32 = 0x02461e29;
  for (let round: u32 = 0; round < ROUNDS; round++) {
    const p0 = <u64>M0 * <u64>c0;
    const p1 = <u64>M1 * <u64>c2;
    c0 = <u32>(p1 >> 32) ^ c1 ^ k0;
    c1 = <u32>p1;
    c2 = <u32>(p0 >> 32) ^ c3 ^ k1;
    c3 = <u32>p0;
    k0 += W0;
    k1 += W1;
  }
  // Now (c0, c1) is the key and (c2, c3) the counter's high half. Only its first word differs between groups, so half of
  // the first two rounds is the same for all.
  const product1 = <u64>M1 * <u64>c2;
  const product0 = <u64>M0 * <u64>(<u32>(product1 >> 32) ^ c0);
  v128.store(stream, i32x4.splat(M1), SECOND_MULTIPLIER);
  v128.store(stream, i32x4.splat(c3 ^ c1), MASK);
  const mask0 = <u32>product1 ^ (c0 + W0), mask2 = <u32>(product0 >> 32) ^ (c1 + W1);
  store4(stream + MASKS, mask0, mask0, mask2, mask2);
  v128.store(stream, i32x4.splat(<u32>product0), C3);
  const run = <u64>M0 * <u64>stride;
  v128.store(stream, i64x2.splat(2 * <u64>M0), STEPS);
  v128.store(stream, i64x2.splat(run), STEPS + 16);
  v128.store(stream, i64x2.splat(run + 2 * <u64>M0), STEPS + 32);
  v128.store(stream, i64x2.splat(2 * run), STEPS + 48);
  store4(stream + MULTIPLIERS, M0, M0, M1, M1);
  store4(stream + SWAPPED_MULTIPLIERS, M1, M1, M0, M0);
  for (let round: u32 = 2; round < ROUNDS; round++) {
    k0 = c0 + W0 * round;
    k1 = c1 + W1 * round;
    const to = stream + KEYS + 16 * (round - 2);
    if (isSwapped(round)) store4(to, k1, k1, k0, k0);
    else store4(to, k0, k0, k1, k1);
  }
  writeGaussian(changetype<Gaussian>(stream + GAUSSIAN));
}

/** High halves of the products of both pairs of lanes, the latter's first if `swap`. */
@inline
function highProducts(c: v128, multipliers: v128, swap: bool): v128 {
  const p = i64x2.extmul_low_i32x4_u(c, multipliers), q = i64x2.extmul_high_i32x4_u(c, multipliers);
  return swap ? v128.shuffle<i32>(q, p, 1, 3, 5, 7) : v128.shuffle<i32>(p, q, 1, 3, 5, 7);
}

/**
 * Writes the words of `bytes` / 16 groups, pair by pair, in steps of eight groups.
 * @param product M0 times the first group.
 */
function fillPairs(stream: usize, product: u64, out: usize, bytes: usize): void {
  // Products of M0 with the first two groups of each step; with the others by addition: the third and fourth pair are the next run.
  let first = i64x2.add(i64x2.splat(product), i64x2(0, M0));
  for (const end = out + bytes; out < end; out += STEP_BYTES) {
    const p1 = i64x2.add(first, v128.load(stream, STEPS)), p2 = i64x2.add(first, v128.load(stream, STEPS + 16));
    const p3 = i64x2.add(first, v128.load(stream, STEPS + 32));
    const multiplier = v128.load(stream, SECOND_MULTIPLIER), mask = v128.load(stream, MASK);
    const masks = v128.load(stream, MASKS), c3 = v128.load(stream, C3);
    // Round 0 gives c2, round 1 its products.
    let c2 = v128.xor(v128.shuffle<i32>(first, p1, 1, 3, 5, 7), mask);
    let q = i64x2.extmul_low_i32x4_u(c2, multiplier);
    let a = v128.xor(v128.shuffle<i32>(q, first, 1, 3, 4, 6), masks), a1 = v128.shuffle<i32>(q, c3, 0, 2, 4, 6);
    q = i64x2.extmul_high_i32x4_u(c2, multiplier);
    let b = v128.xor(v128.shuffle<i32>(q, p1, 1, 3, 4, 6), masks), b1 = v128.shuffle<i32>(q, c3, 0, 2, 4, 6);
    c2 = v128.xor(v128.shuffle<i32>(p2, p3, 1, 3, 5, 7), mask);
    q = i64x2.extmul_low_i32x4_u(c2, multiplier);
    let c = v128.xor(v128.shuffle<i32>(q, p2, 1, 3, 4, 6), masks), c1 = v128.shuffle<i32>(q, c3, 0, 2, 4, 6);
    q = i64x2.extmul_high_i32x4_u(c2, multiplier);
    let d = v128.xor(v128.shuffle<i32>(q, p3, 1, 3, 4, 6), masks), d1 = v128.shuffle<i32>(q, c3, 0, 2, 4, 6);
    first = i64x2.add(first, v128.load(stream, STEPS + 48));
    for (let keys = stream, last = stream + 16 * (ROUNDS - 2); keys < last; keys += 32) {
      const isOdd = ((keys - stream) & 32) != 0;
      const multipliers = isOdd ? v128.load(stream, SWAPPED_MULTIPLIERS) : v128.load(stream, MULTIPLIERS);
      let key = v128.load(keys);
      let low = i32x4.mul(a, multipliers);
      a = v128.xor(v128.xor(highProducts(a, multipliers, true), key), a1);
      a1 = low;
      low = i32x4.mul(b, multipliers);
      b = v128.xor(v128.xor(highProducts(b, multipliers, true), key), b1);
      b1 = low;
      low = i32x4.mul(c, multipliers);
      c = v128.xor(v128.xor(highProducts(c, multipliers, true), key), c1);
      c1 = low;
      low = i32x4.mul(d, multipliers);
      d = v128.xor(v128.xor(highProducts(d, multipliers, true), key), d1);
      d1 = low;
      key = v128.load(keys, 16);
      low = i32x4.mul(a, multipliers);
      a = v128.xor(v128.xor(highProducts(a, multipliers, false), key), a1);
      a1 = low;
      low = i32x4.mul(b, multipliers);
      b = v128.xor(v128.xor(highProducts(b, multipliers, false), key), b1);
      b1 = low;
      low = i32x4.mul(c, multipliers);
      c = v128.xor(v128.xor(highProducts(c, multipliers, false), key), c1);
      c1 = low;
      low = i32x4.mul(d, multipliers);
      d = v128.xor(v128.xor(highProducts(d, multipliers, false), key), d1);
      d1 = low;
    }
    v128.store(out, a);
    v128.store(out, a1, 16);
    v128.store(out, b, 32);
    v128.store(out, b1, 48);
    v128.store(out, c, 64);
    v128.store(out, c1, 80);
    v128.store(out, d, 96);
    v128.store(out, d1, 112);
  }
}

/** Four float32 normals of each of `groups` groups in runs from `firstGroup` on; writes in steps of eight groups. */
export function fillNormals(stream: usize, firstGroup: u32, groups: u32, out: usize): void {
  const end = out + STEP_BYTES * ((<usize>groups + STEP_GROUPS - 1) / STEP_GROUPS);
  const chunkProduct = load<u64>(stream, STEPS + 48) * (CHUNK_BYTES / STEP_BYTES);
  let product = <u64>M0 * <u64>firstGroup;
  for (; out < end; out += CHUNK_BYTES) {
    const bytes = min(CHUNK_BYTES, end - out);
    fillPairs(stream, product, out, bytes);
    transformPairs(changetype<Gaussian>(stream + GAUSSIAN), out, bytes);
    product += chunkProduct;
  }
}

/** The four words of each group, likewise. */
export function fillWords(stream: usize, firstGroup: u32, groups: u32, out: usize): void {
  const end = out + STEP_BYTES * ((<usize>groups + STEP_GROUPS - 1) / STEP_GROUPS);
  fillPairs(stream, <u64>M0 * <u64>firstGroup, out, end - out);
  for (; out < end; out += 32) storeGroups(out, v128.load(out), v128.load(out, 16));
}
