/**
 * Dense layer on FC units: the image's active inputs are cut into rows and held on a bank; the emitted weights stream
 * past, sixteen filters at a time, through noise and ADC into sums per output.
 */
import { convertBlock, countMagnitudes, endPass, raiseMaxima, scaleSums } from './adc';
import { Bank, detune, transmit } from './fcBank';
import { MODE_LUMPED, MODE_NOISY, MODE_PLAIN } from './conv';
import { addTable } from './noiseTable';
import { fillNormals } from './philox';

/** In memory, written by the host; 4 bytes a field. */
@unmanaged
export class DenseJob {
  inputs: u32;
  filters: u32;
  /** Rounded up to a multiple of 4: samples of a row in the noise's stream. */
  pitch: u32;
  /** Groups of 16 filters. */
  blocks: u32;
  /** Slots of a unit. */
  size: u32;
  /** Codes (or values) of each pass, [inputs] float32; the second may be 0. */
  codes0: usize;
  codes1: usize;
  /** float64: what a code is divided by. */
  divisor: usize;
  /** [blocks][inputs][16] float32. */
  weights: usize;
  bank: usize;
  /** Random stream of each pass. */
  stream0: usize;
  stream1: usize;
  /** [(blocks + 2) * 16] float32, then 128 bytes of scratch. */
  normals: usize;
  /** Scratch of a row: addresses of its entries' weights in the first block, [size] u32, and their values, float64. */
  entries: usize;
  values: usize;
  /**
   * Scratch: half sum and half difference of H+ and H-, [size] pairs of float32. Where VCSELs chirp, triples of pairs: of H,
   * of H - chirp v0 D and of chirp D.
   */
  H: usize;
  /** [3][blocks * 16] float32, from products to steps: of the signal, of its magnitude and of its square. */
  coefficients: usize;
  /** [blocks * 16] of 32 bits. */
  sums: usize;
  /** 0 if the last block is full, or 4 vectors that mask its filters. */
  lastMask: usize;
  /** scale, then the shift of each filter, float64, room for a multiple of 16. */
  scaling: usize;
  /** [blocks * 16] float32. */
  out: usize;
  /**
   * 0, or [passes * rows][blocks * 16] for u in steps, and the same again for codes. In fidelity lumped 0, or
   * [blocks * 16] for values in steps, and the same again for variances in steps squared.
   */
  tap: usize;
  /** 0, or per row of the passes: [size] of k, u32, and [size] of H+, H-, float64. */
  tapEntries: usize;
  tapH: usize;
  tapRows: u32;
  converter: u32;
  limit: f32;
  limitPlusHalf: f32;
  constantVariance: f32;
  /** Vectors [clipped of pass 0, of pass 1, largest |u| in steps, largest variance], then of each pass 4 float64 of shifts. */
  results: usize;
  /** [2 passes][most rows] u32: whether the row is slow. */
  slowRows: usize;
  mostRows: u32;
  /** Noise variance of a dark sample and what rounding adds, in steps squared: of every row of a lumped output. */
  lumpedVariance: f32;
  /** [blocks * 16] float32: variances of lumped outputs. */
  variances: usize;
  /** Results. */
  rows0: u32;
  rows1: u32;
  /** Of `countMagnitudes`, in mode maxima. */
  counts: usize;
  upper: u32;
  /** 0, or the noise table of `addTable`. */
  table: usize;
}

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

/** Bytes of a slot's coefficients in `H` where VCSELs chirp. */
const CHIRPED: usize = 24;

/** v H of a VCSEL that chirps: v (H - chirp v0 D) + v |v| chirp D of the sign's rail. `H` is a slot's triple of pairs. */
@inline
function chirpedProduct(w: v128, H: usize): v128 {
  const linear = product(w, v128.load32_splat(H, 8), v128.load32_splat(H, 12));
  return f32x4.add(linear, f32x4.mul(f32x4.abs(w), product(w, v128.load32_splat(H, 16), v128.load32_splat(H, 20))));
}

/** One row without noise, of VCSELs that chirp. */
function rowChirped(job: DenseJob, pass: u32, row: u32, count: u32): void {
  const entries = job.entries, end = entries + 4 * count;
  const blockBytes = 64 * job.inputs;
  for (let block: u32 = 0; block < job.blocks; block++) {
    const weights = <usize>block * blockBytes;
    let H = job.H;
    let x0 = i32x4.splat(0), x1 = x0, x2 = x0, x3 = x0;
    for (let entry = entries; entry < end; entry += 4) {
      const at = weights + load<u32>(entry);
      x0 = f32x4.add(x0, chirpedProduct(v128.load(at), H));
      x1 = f32x4.add(x1, chirpedProduct(v128.load(at, 16), H));
      x2 = f32x4.add(x2, chirpedProduct(v128.load(at, 32), H));
      x3 = f32x4.add(x3, chirpedProduct(v128.load(at, 48), H));
      H += CHIRPED;
    }
    finishQuiet(job, pass, row, block, x0, x1, x2, x3);
  }
}

/** One row without noise. */
function rowPlain(job: DenseJob, pass: u32, row: u32, count: u32): void {
  const entries = job.entries, end = entries + 4 * count;
  const blockBytes = 64 * job.inputs;
  for (let block: u32 = 0; block < job.blocks; block++) {
    const weights = <usize>block * blockBytes;
    let H = job.H;
    let x0 = i32x4.splat(0), x1 = x0, x2 = x0, x3 = x0;
    for (let entry = entries; entry < end; entry += 4) {
      const at = weights + load<u32>(entry);
      const half = v128.load32_splat(H), difference = v128.load32_splat(H, 4);
      H += 8;
      x0 = f32x4.add(x0, product(v128.load(at), half, difference));
      x1 = f32x4.add(x1, product(v128.load(at, 16), half, difference));
      x2 = f32x4.add(x2, product(v128.load(at, 32), half, difference));
      x3 = f32x4.add(x3, product(v128.load(at, 48), half, difference));
    }
    finishQuiet(job, pass, row, block, x0, x1, x2, x3);
  }
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
    let t = product(v128.load(at), half, difference);
    x0 = f32x4.add(x0, chirp ? chirpedProduct(v128.load(at), H) : t);
    s0 = f32x4.add(s0, f32x4.abs(t));
    q0 = f32x4.add(q0, f32x4.mul(t, t));
    t = product(v128.load(at, 16), half, difference);
    x1 = f32x4.add(x1, chirp ? chirpedProduct(v128.load(at, 16), H) : t);
    s1 = f32x4.add(s1, f32x4.abs(t));
    q1 = f32x4.add(q1, f32x4.mul(t, t));
    H += chirp ? CHIRPED : 8;
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

/** Adds a block to float32 sums. */
@inline
function addBlock(to: usize, x0: v128, x1: v128, x2: v128, x3: v128): void {
  v128.store(to, f32x4.add(v128.load(to), x0));
  v128.store(to, f32x4.add(v128.load(to, 16), x1), 16);
  v128.store(to, f32x4.add(v128.load(to, 32), x2), 32);
  v128.store(to, f32x4.add(v128.load(to, 48), x3), 48);
}

/** One row with its noise's variance: the noise is drawn, or the maxima are taken, or both go to the lumped sums. */
function rowNoisy(job: DenseJob, pass: u32, row: u32, count: u32, mode: u32): void {
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

/** Half sum and half difference of what the rails transmit. */
@inline
function storeHalves(to: usize, plus: f64, minus: f64): void {
  store<f32>(to, <f32>(0.5 * (plus + minus)));
  store<f32>(to, <f32>(0.5 * (plus - minus)), 4);
}

/**
 * The host's evaluation of a bank whose response is measured: `bank.H`, and `bank.slopes` where there are any, of the first
 * `count` channels, and what tuning holds. Returns 1 where a ring is beyond the electro-optic range.
 */
@external("env", "holdMeasured")
declare function holdMeasured(bank: usize, unit: u32, values: usize, count: u32): u32;

/** Detunes the bank to a row's values and leaves what its channels transmit. */
function holdRow(job: DenseJob, pass: u32, row: u32, count: u32): void {
  const bank = changetype<Bank>(job.bank);
  bank.shifts = job.results + 64 + 32 * pass;
  const unit = row % bank.units;
  let slow: u32;
  if (bank.measured) {
    slow = holdMeasured(job.bank, unit, job.values, count);
  } else {
    slow = detune(bank, unit, job.values, count);
    transmit(bank, unit, count);
  }
  store<u32>(job.slowRows + 4 * (pass * job.mostRows + row), slow);
  const step: usize = bank.slopes ? CHIRPED : 8;
  for (let slot: usize = 0, to = job.H; slot < <usize>count; slot++, to += step) {
    const plus = load<f64>(bank.H + 16 * slot), minus = load<f64>(bank.H + 16 * slot, 8);
    storeHalves(to, plus, minus);
    if (!bank.slopes) continue;
    const chirp = load<f64>(bank.constants, 48);
    const slopePlus = chirp * load<f64>(bank.slopes + 16 * slot), slopeMinus = chirp * load<f64>(bank.slopes + 16 * slot, 8);
    storeHalves(to + 8, plus - load<f64>(bank.constants, 56) * slopePlus, minus - load<f64>(bank.constants, 64) * slopeMinus);
    storeHalves(to + 16, slopePlus, slopeMinus);
  }
  if (job.tapEntries) {
    const at = pass * job.tapRows + row;
    for (let slot: u32 = 0; slot < count; slot++) {
      store<u32>(job.tapEntries + 4 * (at * job.size + slot), (load<u32>(job.entries + 4 * slot) - <u32>job.weights) >> 6);
      v128.store(job.tapH + 16 * (at * job.size + slot), v128.load(bank.H + 16 * slot));
    }
  }
}

function multiplyRow(job: DenseJob, mode: u32, pass: u32, row: u32, count: u32): void {
  holdRow(job, pass, row, count);
  if (mode == MODE_PLAIN) {
    if (changetype<Bank>(job.bank).slopes) rowChirped(job, pass, row, count);
    else rowPlain(job, pass, row, count);
    return;
  }
  if (mode == MODE_NOISY) {
    const group = <u32>((<u64>row * <u64>job.pitch) >> 2);
    fillNormals(pass ? job.stream1 : job.stream0, group, job.pitch >> 2, job.normals);
  }
  rowNoisy(job, pass, row, count, mode);
}

/** Cuts a pass's active inputs into rows and runs each. Returns how many there were. */
function runPass(job: DenseJob, mode: u32, pass: u32): u32 {
  const divisor = load<f64>(job.divisor);
  const codes = pass ? job.codes1 : job.codes0;
  const streamExcess = changetype<Bank>(job.bank).streamExcess, excess = changetype<Bank>(job.bank).excess;
  let row: u32 = 0, count: u32 = 0;
  for (let k: u32 = 0; k < job.inputs; k++) {
    const code = load<f32>(codes + 4 * k);
    if (code == 0) continue;
    store<u32>(job.entries + 4 * count, <u32>job.weights + 64 * k);
    store<f64>(job.values + 8 * count, min(<f64>code / divisor, 1));
    if (streamExcess) v128.store(excess + 16 * count, v128.load(streamExcess + 16 * k));
    if (++count == job.size) {
      multiplyRow(job, mode, pass, row, count);
      row++;
      count = 0;
    }
  }
  if (count > 0) {
    multiplyRow(job, mode, pass, row, count);
    row++;
  }
  return row;
}

/** Adds one normal an output to the lumped sums, negated if there were two passes: the scale is, then. */
function drawLumped(job: DenseJob): void {
  // Constant variance is in every row's already.
  const dark = f32x4.splat(<f32>(job.rows0 + job.rows1) * (job.lumpedVariance - job.constantVariance));
  fillNormals(job.stream0, 0, job.pitch >> 2, job.normals);
  for (let at: usize = 0; at < 64 * <usize>job.blocks; at += 16) {
    const variance = f32x4.add(v128.load(job.variances + at), dark);
    const noise = f32x4.mul(f32x4.sqrt(variance), v128.load(job.normals + at));
    const sum = v128.load(job.sums + at);
    if (job.tap) {
      v128.store(job.tap + at, job.codes1 ? f32x4.neg(sum) : sum);
      v128.store(job.tap + 64 * job.blocks + at, variance);
    }
    v128.store(job.sums + at, job.codes1 ? f32x4.sub(sum, noise) : f32x4.add(sum, noise));
  }
}

/** Both passes, from the codes to the outputs. */
export function multiplyDense(address: usize, mode: u32): void {
  const job = changetype<DenseJob>(address);
  const bytes: usize = 64 * job.blocks;
  memory.fill(job.sums, 0, 2 * bytes);
  if (mode == MODE_LUMPED) memory.fill(job.variances, 0, bytes);
  let scale = load<f64>(job.scaling);
  job.rows0 = runPass(job, mode, 0);
  endPass(job.sums, bytes, bytes, job.rows0, job.converter, job.codes1 != 0);
  job.rows1 = 0;
  if (job.codes1) {
    job.rows1 = runPass(job, mode, 1);
    endPass(job.sums, bytes, bytes, job.rows1, job.converter, false);
    scale = -scale;
  }
  if (mode == MODE_LUMPED) drawLumped(job);
  const shift = job.scaling + 8;
  for (let at: usize = 0; at < bytes; at += 16) {
    const low = v128.load(shift + 2 * at), high = v128.load(shift + 2 * at, 16);
    v128.store(job.out + at, scaleSums(job.sums + at, bytes, job.converter, f64x2.splat(scale), low, high));
  }
}

/**
 * Only holds the activations of a pass: what every active input transmits on either rail, for the fidelity that sums
 * later. `out` is [inputs] of H+ and [inputs] of H-, and where VCSELs chirp the same of dH/dlambda, float32, zero on entry.
 * Returns the number of rows.
 */
export function holdDense(address: usize, pass: u32, out: usize): u32 {
  const job = changetype<DenseJob>(address);
  const divisor = load<f64>(job.divisor);
  const codes = pass ? job.codes1 : job.codes0;
  const minusRail: usize = 4 * job.inputs;
  const bank = changetype<Bank>(job.bank);
  let row: u32 = 0, count: u32 = 0;
  for (let k: u32 = 0; k <= job.inputs; k++) {
    const code: f32 = k < job.inputs ? load<f32>(codes + 4 * k) : 0;
    if (code != 0) {
      store<u32>(job.entries + 4 * count, k);
      store<f64>(job.values + 8 * count, min(<f64>code / divisor, 1));
      if (bank.streamExcess) v128.store(bank.excess + 16 * count, v128.load(bank.streamExcess + 16 * k));
      count++;
    }
    if (count == 0 || (count < job.size && k < job.inputs)) continue;
    holdRow(job, pass, row++, count);
    for (let slot: u32 = 0; slot < count; slot++) {
      const at = out + 4 * <usize>load<u32>(job.entries + 4 * slot);
      store<f32>(at, <f32>load<f64>(bank.H + 16 * slot));
      store<f32>(at + minusRail, <f32>load<f64>(bank.H + 16 * slot, 8));
      if (!bank.slopes) continue;
      store<f32>(at + 2 * minusRail, <f32>load<f64>(bank.slopes + 16 * slot));
      store<f32>(at + 3 * minusRail, <f32>load<f64>(bank.slopes + 16 * slot, 8));
    }
    count = 0;
  }
  return row;
}
