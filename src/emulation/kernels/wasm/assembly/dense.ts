/**
 * Dense layer on FC units: an image's active inputs are cut into rows and held on a bank; the emitted weights stream
 * past, sixteen filters at a time, through noise and ADC into sums per output.
 */
import { endPass, scaleSums } from './adc';
import { holdRow, storeHeld } from './denseHold';
import { DenseJob, JOB_BYTES } from './denseJob';
import { rowNoisy, rowPlain } from './denseSums';
import { Bank } from './fcBank';
import { MODE_HOLD, MODE_LUMPED, MODE_NOISY, MODE_PLAIN } from './modes';
import { fillNormals } from './philox';

/** Bytes of weights that are read for all images before the next: they stay in a core's second cache. */
const TILE_BYTES: u32 = 1 << 18;

/** Holds a row, and does with it what `mode` says. @param out where `MODE_HOLD` leaves what it transmits. */
function runRow(job: DenseJob, mode: u32, pass: u32, row: u32, count: u32, out: usize): void {
  holdRow(job, pass, row, count);
  if (mode == MODE_HOLD) {
    storeHeld(job, count, out);
  } else if (mode == MODE_PLAIN) {
    rowPlain(job, pass, row, count);
  } else {
    if (mode == MODE_NOISY) {
      const group = <u32>((<u64>row * <u64>job.pitch) >> 2) + job.firstGroup;
      fillNormals(pass ? job.stream1 : job.stream0, group, job.groups, job.normals);
    }
    rowNoisy(job, pass, row, count, mode);
  }
}

/** Cuts a pass's active inputs into rows, each to its end, and runs those that begin before `end`. */
function runInputs(job: DenseJob, mode: u32, pass: u32, end: u32, out: usize): void {
  const divisor = load<f64>(job.divisor);
  const codes = pass ? job.codes1 : job.codes0;
  const streamExcess = changetype<Bank>(job.bank).streamExcess, excess = changetype<Bank>(job.bank).excess;
  let k = job.next;
  while (k < end) {
    let count: u32 = 0;
    for (; k < job.inputs && count < job.size; k++) {
      const code = load<f32>(codes + 4 * k);
      if (code == 0) continue;
      store<u32>(job.entries + 4 * count, <u32>job.weights + 64 * k);
      store<f64>(job.values + 8 * count, min(<f64>code / divisor, 1));
      if (streamExcess) v128.store(excess + 16 * count, v128.load(streamExcess + 16 * k));
      count++;
    }
    if (count > 0) runRow(job, mode, pass, job.row++, count, out);
  }
  job.next = k;
}

/** One pass of all images, by stretches of inputs, so that weights are read from memory once for all of them. */
function runPass(jobs: usize, end: usize, mode: u32, pass: u32): void {
  const first = changetype<DenseJob>(jobs);
  const inputs = first.inputs, blocks = first.blocks;
  for (let at = jobs; at < end; at += JOB_BYTES) {
    const job = changetype<DenseJob>(at);
    job.next = 0;
    job.row = 0;
  }
  const tile = jobs + JOB_BYTES == end ? inputs : max(TILE_BYTES / (64 * blocks), 1);
  for (let from: u32 = 0; from < inputs; from += tile) {
    const to = min(from + tile, inputs);
    for (let at = jobs; at < end; at += JOB_BYTES) runInputs(changetype<DenseJob>(at), mode, pass, to, 0);
  }
  for (let at = jobs; at < end; at += JOB_BYTES) {
    const job = changetype<DenseJob>(at);
    const bytes: usize = 64 * blocks;
    if (pass) job.rows1 = job.row;
    else job.rows0 = job.row;
    endPass(job.sums, bytes, bytes, job.row, job.converter, pass == 0 && job.codes1 != 0);
  }
}

/** Adds one normal an output to the lumped sums, negated if there were two passes: the scale is, then. */
function drawLumped(job: DenseJob): void {
  // Constant variance is in every row's already.
  const dark = f32x4.splat(<f32>(job.rows0 + job.rows1) * (job.lumpedVariance - job.constantVariance));
  fillNormals(job.stream0, job.firstGroup, job.groups, job.normals);
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

/** From the sums of both passes to the outputs. */
function storeOutputs(job: DenseJob): void {
  const bytes: usize = 64 * job.blocks;
  const factor = load<f64>(job.scaling), scale = f64x2.splat(job.codes1 ? -factor : factor);
  const shift = job.scaling + 8;
  for (let at: usize = 0; at < bytes; at += 16) {
    const low = v128.load(shift + 2 * at), high = v128.load(shift + 2 * at, 16);
    v128.store(job.out + at, scaleSums(job.sums + at, bytes, job.converter, scale, low, high));
  }
}

/** Both passes of `count` images, each with a job of its own behind the one before, from the codes to the outputs. */
export function multiplyDense(jobs: usize, count: u32, mode: u32): void {
  const end = jobs + JOB_BYTES * count;
  for (let at = jobs; at < end; at += JOB_BYTES) {
    const job = changetype<DenseJob>(at);
    const bytes: usize = 64 * job.blocks;
    memory.fill(job.sums, 0, 2 * bytes);
    if (mode == MODE_LUMPED) memory.fill(job.variances, 0, bytes);
    job.rows1 = 0;
  }
  runPass(jobs, end, mode, 0);
  if (changetype<DenseJob>(jobs).codes1) runPass(jobs, end, mode, 1);
  for (let at = jobs; at < end; at += JOB_BYTES) {
    const job = changetype<DenseJob>(at);
    if (mode == MODE_LUMPED) drawLumped(job);
    storeOutputs(job);
  }
}

/**
 * Only holds the activations of a pass: what every active input transmits on either rail, for the fidelity that sums
 * later. `out` is [inputs] of H+ and [inputs] of H-, and where VCSELs chirp the same of dH/dlambda, float32, zero on entry.
 * Returns the number of rows.
 */
export function holdDense(address: usize, pass: u32, out: usize): u32 {
  const job = changetype<DenseJob>(address);
  job.next = 0;
  job.row = 0;
  runInputs(job, MODE_HOLD, pass, job.inputs, out);
  return job.row;
}
