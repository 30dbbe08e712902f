/**
 * Dense layer on FC units: the image's active inputs are cut into rows and held on a bank; the emitted weights stream
 * past, sixteen filters at a time, through noise and ADC into sums per output.
 */
import { endPass, scaleSums } from './adc';
import { holdRow, storeHeld } from './denseHold';
import { DenseJob } from './denseJob';
import { rowNoisy, rowPlain } from './denseSums';
import { Bank } from './fcBank';
import { MODE_HOLD, MODE_LUMPED, MODE_NOISY, MODE_PLAIN } from './modes';
import { fillNormals } from './philox';

/** Holds a row, and does with it what `mode` says. @param out where `MODE_HOLD` leaves what it transmits. */
function runRow(job: DenseJob, mode: u32, pass: u32, row: u32, count: u32, out: usize): void {
  holdRow(job, pass, row, count);
  if (mode == MODE_HOLD) {
    storeHeld(job, count, out);
  } else if (mode == MODE_PLAIN) {
    rowPlain(job, pass, row, count);
  } else {
    if (mode == MODE_NOISY) {
      const group = <u32>((<u64>row * <u64>job.pitch) >> 2);
      fillNormals(pass ? job.stream1 : job.stream0, group, job.pitch >> 2, job.normals);
    }
    rowNoisy(job, pass, row, count, mode);
  }
}

/** Cuts a pass's active inputs into rows and runs each. Returns how many there were. */
function runPass(job: DenseJob, mode: u32, pass: u32, out: usize): u32 {
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
      runRow(job, mode, pass, row, count, out);
      row++;
      count = 0;
    }
  }
  if (count > 0) {
    runRow(job, mode, pass, row, count, out);
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
  job.rows0 = runPass(job, mode, 0, 0);
  endPass(job.sums, bytes, bytes, job.rows0, job.converter, job.codes1 != 0);
  job.rows1 = 0;
  if (job.codes1) {
    job.rows1 = runPass(job, mode, 1, 0);
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
  return runPass(changetype<DenseJob>(address), MODE_HOLD, pass, out);
}
