/**
 * A row of a dense layer: the emitted weights, sixteen filters at a time, times what the bank transmits, through noise and
 * ADC into the sums.
 */
import { addBlock, convertBlock, countMagnitudes, raiseMaxima } from './adc';
import { CHIRPED_SLOT, DenseJob, SLOT } from './denseJob';
import { Bank } from './fcBank';
import { MODE_LUMPED, MODE_NOISY } from './modes';
import { addTable } from './noiseTable';

/** v H of the sign's rail, signed: with half sum h and half difference d of H+ and H-, v h + |v| d. */
@inline
function product(w: v128, half: v128, difference: v128): v128 {
  return f32x4.add(f32x4.mul(w, half), f32x4.mul(f32x4.abs(w), difference));
}

/** From u in steps, noise included, to the sums. */
@inline
function finishBlock(job: DenseJob, pass: u32, row: u32, block: u32, x0: v128, x1: v128, x2: v128, x3: v128): void {
  if (job.lastMask && block == job.blocks - 1) {
    x0 = v128.and(x0, v128.load(job.lastMask));
    x1 = v128.and(x1, v128.load(job.lastMask, 16));
    x2 = v128.and(x2, v128.load(job.lastMask, 32));
    x3 = v128.and(x3, v128.load(job.lastMask, 48));
  }
  const tap = job.tap ? job.tap + 64 * (job.blocks * (pass * job.tapRows + row) + block) : 0;
  const codes = tap + 128 * job.blocks * job.tapRows;
  const clipped = job.results + 16 * pass, sums = job.sums + 64 * block;
  convertBlock(job.converter, job.limit, job.limitPlusHalf, clipped, sums, 64 * job.blocks, tap, codes, x0, x1, x2, x3);
}

/** From sums of products without noise: u in steps, and on. */
@inline
function finishQuiet(job: DenseJob, pass: u32, row: u32, block: u32, x0: v128, x1: v128, x2: v128, x3: v128): void {
  const signal = job.coefficients + 64 * block;
  x0 = f32x4.mul(x0, v128.load(signal));
  x1 = f32x4.mul(x1, v128.load(signal, 16));
  x2 = f32x4.mul(x2, v128.load(signal, 32));
  x3 = f32x4.mul(x3, v128.load(signal, 48));
  finishBlock(job, pass, row, block, x0, x1, x2, x3);
}

/** v H of a VCSEL that chirps: v (H - chirp v0 D) + v |v| chirp D of the sign's rail. `H` is a slot's triple of pairs. */
@inline
function chirpedProduct(w: v128, H: usize): v128 {
  const linear = product(w, v128.load32_splat(H, 8), v128.load32_splat(H, 12));
  return f32x4.add(linear, f32x4.mul(f32x4.abs(w), product(w, v128.load32_splat(H, 16), v128.load32_splat(H, 20))));
}

/** Its signal: v H, or that of a VCSEL that chirps. `half` and `difference` are the slot's first pair. */
@inline
function signalOf(w: v128, H: usize, half: v128, difference: v128, chirp: bool): v128 {
  return chirp ? chirpedProduct(w, H) : product(w, half, difference);
}

/** One row without noise; `chirp` is a constant where this is inlined. */
@inline
function accumulateRow(job: DenseJob, pass: u32, row: u32, count: u32, chirp: bool): void {
  const entries = job.entries, end = entries + 4 * count;
  const blockBytes = 64 * job.inputs;
  for (let block: u32 = 0; block < job.blocks; block++) {
    const weights = <usize>block * blockBytes;
    let H = job.H;
    let x0 = i32x4.splat(0), x1 = x0, x2 = x0, x3 = x0;
    for (let entry = entries; entry < end; entry += 4) {
      const at = weights + load<u32>(entry);
      const half = v128.load32_splat(H), difference = v128.load32_splat(H, 4);
      x0 = f32x4.add(x0, signalOf(v128.load(at), H, half, difference, chirp));
      x1 = f32x4.add(x1, signalOf(v128.load(at, 16), H, half, difference, chirp));
      x2 = f32x4.add(x2, signalOf(v128.load(at, 32), H, half, difference, chirp));
      x3 = f32x4.add(x3, signalOf(v128.load(at, 48), H, half, difference, chirp));
      H += chirp ? CHIRPED_SLOT : SLOT;
    }
    finishQuiet(job, pass, row, block, x0, x1, x2, x3);
  }
}

/** The same of VCSELs that chirp; a function of its own, so that those that do not pay nothing. */
function accumulateChirpedRow(job: DenseJob, pass: u32, row: u32, count: u32): void {
  accumulateRow(job, pass, row, count, true);
}

/** One row without noise. */
export function rowPlain(job: DenseJob, pass: u32, row: u32, count: u32): void {
  if (changetype<Bank>(job.bank).slopes) accumulateChirpedRow(job, pass, row, count);
  else accumulateRow(job, pass, row, count, false);
}

/** Signal and variance of 8 filters, to `scratch` and 64 bytes behind it. */
@inline
function accumulateHalf(
  job: DenseJob,
  entries: usize,
  end: usize,
  weights: usize,
  coefficients: usize,
  scratch: usize,
  chirp: bool,
): void {
  const plane = 64 * job.blocks;
  let H = job.H;
  let x0 = i32x4.splat(0), x1 = x0, s0 = x0, s1 = x0, q0 = x0, q1 = x0;
  for (let entry = entries; entry < end; entry += 4) {
    const at = weights + load<u32>(entry);
    const half = v128.load32_splat(H), difference = v128.load32_splat(H, 4);
    let w = v128.load(at), t = product(w, half, difference);
    x0 = f32x4.add(x0, chirp ? chirpedProduct(w, H) : t);
    s0 = f32x4.add(s0, f32x4.abs(t));
    q0 = f32x4.add(q0, f32x4.mul(t, t));
    w = v128.load(at, 16);
    t = product(w, half, difference);
    x1 = f32x4.add(x1, chirp ? chirpedProduct(w, H) : t);
    s1 = f32x4.add(s1, f32x4.abs(t));
    q1 = f32x4.add(q1, f32x4.mul(t, t));
    H += chirp ? CHIRPED_SLOT : SLOT;
  }
  const constant = f32x4.splat(job.constantVariance);
  const shot = coefficients + plane, intensity = coefficients + 2 * plane;
  v128.store(scratch, f32x4.mul(x0, v128.load(coefficients)));
  v128.store(scratch, f32x4.mul(x1, v128.load(coefficients, 16)), 16);
  s0 = f32x4.add(constant, f32x4.mul(s0, v128.load(shot)));
  s1 = f32x4.add(constant, f32x4.mul(s1, v128.load(shot, 16)));
  v128.store(scratch, f32x4.add(s0, f32x4.mul(q0, v128.load(intensity))), 64);
  v128.store(scratch, f32x4.add(s1, f32x4.mul(q1, v128.load(intensity, 16))), 80);
}

/** The same of VCSELs that chirp; a function of its own, so that those that do not pay nothing. */
function accumulateChirpedHalf(job: DenseJob, entries: usize, end: usize, weights: usize, coefficients: usize, scratch: usize): void {
  accumulateHalf(job, entries, end, weights, coefficients, scratch, true);
}

/** One row with its noise's variance: the noise is drawn, or the maxima are taken, or both go to the lumped sums. */
export function rowNoisy(job: DenseJob, pass: u32, row: u32, count: u32, mode: u32): void {
  const entries = job.entries, end = entries + 4 * count;
  const blockBytes = 64 * job.inputs;
  // Behind the normals: [16] signals and [16] variances.
  const scratch = job.normals + 64 * (job.blocks + 2);
  const chirp = changetype<Bank>(job.bank).slopes != 0;
  let normals = job.normals;
  for (let block: u32 = 0; block < job.blocks; block++) {
    const weights = <usize>block * blockBytes;
    const coefficients = job.coefficients + 64 * block;
    for (let half: usize = 0; half < 64; half += 32) {
      if (chirp) accumulateChirpedHalf(job, entries, end, weights + half, coefficients + half, scratch + half);
      else accumulateHalf(job, entries, end, weights + half, coefficients + half, scratch + half, false);
    }
    if (job.table) addTable(job.table, scratch, 1);
    let x0 = v128.load(scratch), x1 = v128.load(scratch, 16), x2 = v128.load(scratch, 32), x3 = v128.load(scratch, 48);
    const w0 = v128.load(scratch, 64), w1 = v128.load(scratch, 80), w2 = v128.load(scratch, 96), w3 = v128.load(scratch, 112);
    if (mode == MODE_LUMPED) {
      addBlock(job.sums + 64 * block, x0, x1, x2, x3);
      addBlock(job.variances + 64 * block, w0, w1, w2, w3);
      continue;
    }
    if (mode == MODE_NOISY) {
      x0 = f32x4.add(x0, f32x4.mul(f32x4.sqrt(w0), v128.load(normals)));
      x1 = f32x4.add(x1, f32x4.mul(f32x4.sqrt(w1), v128.load(normals, 16)));
      x2 = f32x4.add(x2, f32x4.mul(f32x4.sqrt(w2), v128.load(normals, 32)));
      x3 = f32x4.add(x3, f32x4.mul(f32x4.sqrt(w3), v128.load(normals, 48)));
      normals += 64;
    } else {
      raiseMaxima(job.results + 32, x0, x1, x2, x3, w0, w1, w2, w3);
      countMagnitudes(job.counts, job.upper, x0, x1, x2, x3);
    }
    finishBlock(job, pass, row, block, x0, x1, x2, x3);
  }
}
