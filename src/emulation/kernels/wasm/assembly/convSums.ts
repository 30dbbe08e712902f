/** Sums of a row's products over sixteen positions, and what their light adds to the noise. */
import { BlockConstants, ConvJob } from './convJob';
import { storeBlock } from './adc';
import { addTable } from './noiseTable';

/**
 * Bytes of an entry: beta, alpha, byte offset of what it reads. With r the root of the intensity noise's coefficient,
 * beta = r g (H+ - H-) / step, so that the square of v beta is that noise's variance in steps squared without another
 * factor, and u in steps is 1 / (r c) times the sum of v beta. alpha is the shot noise's coefficient in steps squared.
 */
const ENTRY: u32 = 12;
/**
 * Of VCSELs that chirp two more: linear and square, like beta of H - chirp v0 D and chirp D, so that u in steps is 1 / (r c)
 * times the sum of v (linear + v square); the noise keeps H.
 */
const CHIRPED_ENTRY: u32 = 20;

/** Signal of an entry at four positions. */
@inline
function signalOf(v: v128, linear: v128, square: v128, chirp: bool): v128 {
  return f32x4.mul(v, chirp ? f32x4.add(linear, f32x4.mul(v, square)) : linear);
}

/** Shot and intensity noise of an entry at four positions. */
@inline
function varianceOf(v: v128, alpha: v128, beta: v128): v128 {
  const t = f32x4.mul(v, beta);
  return f32x4.add(f32x4.mul(v, alpha), f32x4.mul(t, t));
}

/** `sumRows`; `variance` and `chirp` are constants where this is inlined. */
@inline
function accumulateRows(job: ConvJob, first: u32, end: u32, step: u32, block: u32, pass: u32, variance: bool, chirp: bool): void {
  const positions = (pass ? job.positions1 : job.positions0) + 16 * block;
  const image0 = <usize>load<u32>(positions), image1 = <usize>load<u32>(positions, 4);
  const image2 = <usize>load<u32>(positions, 8), image3 = <usize>load<u32>(positions, 12);
  const c = changetype<BlockConstants>(job.constants);
  let entry = <usize>load<u32>(job.rowEntries + 4 * first);
  let to = job.rowSums;
  const lastRow = job.rowEntries + 4 * end;
  for (let row = job.rowEntries + 4 * first; row < lastRow; row += 4 * step) {
    let x0 = i32x4.splat(0), x1 = x0, x2 = x0, x3 = x0;
    let w0 = c.constantVariance, w1 = w0, w2 = w0, w3 = w0;
    for (const rowEnd = <usize>load<u32>(row + 4 * step); entry < rowEnd; entry += chirp ? CHIRPED_ENTRY : ENTRY) {
      const beta = v128.load32_splat(entry);
      const alpha = variance ? v128.load32_splat(entry, 4) : beta;
      const offset = load<u32>(entry, 8);
      const linear = chirp ? v128.load32_splat(entry, 12) : beta, square = chirp ? v128.load32_splat(entry, 16) : beta;
      let v = v128.load(image0 + offset);
      x0 = f32x4.add(x0, signalOf(v, linear, square, chirp));
      if (variance) w0 = f32x4.add(w0, varianceOf(v, alpha, beta));
      v = v128.load(image1 + offset);
      x1 = f32x4.add(x1, signalOf(v, linear, square, chirp));
      if (variance) w1 = f32x4.add(w1, varianceOf(v, alpha, beta));
      v = v128.load(image2 + offset);
      x2 = f32x4.add(x2, signalOf(v, linear, square, chirp));
      if (variance) w2 = f32x4.add(w2, varianceOf(v, alpha, beta));
      v = v128.load(image3 + offset);
      x3 = f32x4.add(x3, signalOf(v, linear, square, chirp));
      if (variance) w3 = f32x4.add(w3, varianceOf(v, alpha, beta));
    }
    storeBlock(to, x0, x1, x2, x3);
    if (variance) storeBlock(to + 64, w0, w1, w2, w3);
    to += 128;
  }
}

/** VCSELs that chirp have functions of their own, so that those that do not pay nothing. */
function sumChirpedRows(job: ConvJob, first: u32, end: u32, step: u32, block: u32, pass: u32): void {
  accumulateRows(job, first, end, step, block, pass, true, true);
}

function sumChirpedSignals(job: ConvJob, first: u32, end: u32, step: u32, block: u32, pass: u32): void {
  accumulateRows(job, first, end, step, block, pass, false, true);
}

/** Adds the noise table's variances to those of the first `rows` rows of `rowSums`. */
function addTableToRows(job: ConvJob, rows: u32): void {
  const scale = f32x4.extract_lane(changetype<BlockConstants>(job.constants).signalScale, 0);
  for (let row: u32 = 0; row < rows; row++) addTable(job.table, job.rowSums + 128 * row, scale);
}

/**
 * Signals, and with `variance`, a constant, noise variances, of rows over a block of 16 positions: 64 and 64 bytes a row, to
 * `rowSums`. `step` rows are taken as one; a noise table wants them one by one, for a row's variance depends on its own sum.
 * Roots are drawn from them in a loop of its own: here they would hold up the rows that follow.
 */
@inline
export function sumRows(job: ConvJob, first: u32, end: u32, step: u32, block: u32, pass: u32, variance: bool): void {
  if (!job.chirp) accumulateRows(job, first, end, step, block, pass, variance, false);
  else if (variance) sumChirpedRows(job, first, end, step, block, pass);
  else sumChirpedSignals(job, first, end, step, block, pass);
  if (variance && job.table) addTableToRows(job, end - first);
}
