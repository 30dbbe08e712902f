/**
 * Convolution on CONV units: held weights as compressed sparse rows, times planes of emitted activations, sixteen
 * positions at a time, through noise and ADC into sums per output. Nothing of a row but its noise is ever in memory.
 */
import { ADC_NARROW, ADC_WIDE, convertBlock, countMagnitudes, endPass, raiseMaxima, scaleSums } from './adc';
import { addTable } from './noiseTable';
import { fillNormals } from './philox';

/** In memory, written by the host; 4 bytes a field. */
@unmanaged
export class ConvJob {
  filters: u32;
  /** Rounded up to a multiple of 4: samples of a row in the noise's stream. */
  pitch: u32;
  /** Groups of 16 positions. */
  blocks: u32;
  /** First row of each filter, [filters + 1]. */
  filterRows: usize;
  /** Address of each row's first entry, [rows + 1]. */
  rowEntries: usize;
  /** Address of the emitted activations of every group of 4 positions, [blocks * 4], in each pass; the second may be 0. */
  positions0: usize;
  positions1: usize;
  /** Random stream of each pass, in runs of 4 groups, a row apart. */
  stream0: usize;
  stream1: usize;
  /** [rowsPerFill + 1][16] float32. */
  normals: usize;
  rowsPerFill: u32;
  /** [rowsPerFill] of 16 signals and their 16 variances, float32. */
  rowSums: usize;
  /** [2][filtersPerGroup + 3][16] of 32 bits. */
  sums: usize;
  filtersPerGroup: u32;
  /** 0 if the last block is full, or 4 vectors that mask its positions. */
  lastMask: usize;
  /** scale, then the shift of each filter, float64, room for a multiple of 4. */
  scaling: usize;
  /** [positions rounded up to 16][filters] float32. */
  out: usize;
  /**
   * 0, or [passes * rows][blocks * 16] for u in steps, and the same again for codes. In fidelity lumped 0, or
   * [filters][blocks * 16] for values in steps, and the same again for variances in steps squared.
   */
  tap: usize;
  tapRows: u32;
  converter: u32;
  limit: f32;
  limitPlusHalf: f32;
  /** 1 where VCSELs chirp: entries are `CHIRPED_ENTRY` long. */
  chirp: u32;
  /** `BlockConstants`. */
  constants: usize;
  /** Noise variance of a dark sample and what rounding adds, in steps squared: of every row of a lumped output. */
  lumpedVariance: f32;
  /** Whether a lumped output has any variance; what stands in for intensity noise otherwise is not 0. */
  lumpedDraw: u32;
  /** [filtersPerGroup] of 16 signals and their 16 variances, float32. */
  lumped: usize;
  /** Results: vectors [clipped of pass 0, of pass 1, largest |u| in steps, largest variance], 16 bytes each. */
  results: usize;
  /** Of `countMagnitudes`, in mode maxima. */
  counts: usize;
  upper: u32;
  /** 0, or the noise table of `addTable`. */
  table: usize;
}

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

/** In memory, written by the host: each in all lanes. Read from there, one costs one instruction, a constant three. */
@unmanaged
class BlockConstants {
  /** From sums of an entry's products to steps. */
  signalScale: v128;
  /** Noise variance of a dark sample in steps squared. */
  constantVariance: v128;
  /** Of a narrow converter: the largest float32 that rounds to its limit, that less than 0, 1.5 * 2^23 (see `narrowCode`). */
  upper: v128;
  lower: v128;
  magic: v128;

  @inline
  clip(x: v128): v128 {
    return f32x4.pmax(this.lower, f32x4.pmin(this.upper, x));
  }
}

/** Shot and intensity noise of an entry. */
@inline
function varianceOf(v: v128, alpha: v128, beta: v128): v128 {
  const t = f32x4.mul(v, beta);
  return f32x4.add(f32x4.mul(v, alpha), f32x4.mul(t, t));
}

/**
 * Signals, and with `variance` noise variances, of rows over a block of 16 positions: 64 and 64 bytes a row, to `to`.
 * `step` rows are taken as one. Roots are drawn from them in a loop of its own: here they would hold up the rows that follow.
 */
@inline
function sumRows(job: ConvJob, first: u32, end: u32, step: u32, block: u32, pass: u32, to: usize, variance: bool, chirp: bool): void {
  const positions = (pass ? job.positions1 : job.positions0) + 16 * block;
  const image0 = <usize>load<u32>(positions), image1 = <usize>load<u32>(positions, 4);
  const image2 = <usize>load<u32>(positions, 8), image3 = <usize>load<u32>(positions, 12);
  const c = changetype<BlockConstants>(job.constants);
  let entry = <usize>load<u32>(job.rowEntries + 4 * first);
  const lastRow = job.rowEntries + 4 * end;
  for (let row = job.rowEntries + 4 * first; row < lastRow; row += 4 * step) {
    let x0 = i32x4.splat(0), x1 = x0, x2 = x0, x3 = x0;
    let w0 = c.constantVariance, w1 = w0, w2 = w0, w3 = w0;
    for (const rowEnd = <usize>load<u32>(row + 4 * step); entry < rowEnd; entry += chirp ? CHIRPED_ENTRY : ENTRY) {
      const beta = v128.load32_splat(entry);
      const offset = load<u32>(entry, 8);
      if (chirp) {
        const alpha = v128.load32_splat(entry, 4), linear = v128.load32_splat(entry, 12), square = v128.load32_splat(entry, 16);
        let v = v128.load(image0 + offset);
        x0 = f32x4.add(x0, f32x4.mul(v, f32x4.add(linear, f32x4.mul(v, square))));
        if (variance) w0 = f32x4.add(w0, varianceOf(v, alpha, beta));
        v = v128.load(image1 + offset);
        x1 = f32x4.add(x1, f32x4.mul(v, f32x4.add(linear, f32x4.mul(v, square))));
        if (variance) w1 = f32x4.add(w1, varianceOf(v, alpha, beta));
        v = v128.load(image2 + offset);
        x2 = f32x4.add(x2, f32x4.mul(v, f32x4.add(linear, f32x4.mul(v, square))));
        if (variance) w2 = f32x4.add(w2, varianceOf(v, alpha, beta));
        v = v128.load(image3 + offset);
        x3 = f32x4.add(x3, f32x4.mul(v, f32x4.add(linear, f32x4.mul(v, square))));
        if (variance) w3 = f32x4.add(w3, varianceOf(v, alpha, beta));
      } else if (variance) {
        const alpha = v128.load32_splat(entry, 4);
        let v = v128.load(image0 + offset), t = f32x4.mul(v, beta);
        x0 = f32x4.add(x0, t);
        w0 = f32x4.add(w0, f32x4.add(f32x4.mul(v, alpha), f32x4.mul(t, t)));
        v = v128.load(image1 + offset);
        t = f32x4.mul(v, beta);
        x1 = f32x4.add(x1, t);
        w1 = f32x4.add(w1, f32x4.add(f32x4.mul(v, alpha), f32x4.mul(t, t)));
        v = v128.load(image2 + offset);
        t = f32x4.mul(v, beta);
        x2 = f32x4.add(x2, t);
        w2 = f32x4.add(w2, f32x4.add(f32x4.mul(v, alpha), f32x4.mul(t, t)));
        v = v128.load(image3 + offset);
        t = f32x4.mul(v, beta);
        x3 = f32x4.add(x3, t);
        w3 = f32x4.add(w3, f32x4.add(f32x4.mul(v, alpha), f32x4.mul(t, t)));
      } else {
        x0 = f32x4.add(x0, f32x4.mul(v128.load(image0 + offset), beta));
        x1 = f32x4.add(x1, f32x4.mul(v128.load(image1 + offset), beta));
        x2 = f32x4.add(x2, f32x4.mul(v128.load(image2 + offset), beta));
        x3 = f32x4.add(x3, f32x4.mul(v128.load(image3 + offset), beta));
      }
    }
    v128.store(to, x0);
    v128.store(to, x1, 16);
    v128.store(to, x2, 32);
    v128.store(to, x3, 48);
    if (variance) {
      v128.store(to, w0, 64);
      v128.store(to, w1, 80);
      v128.store(to, w2, 96);
      v128.store(to, w3, 112);
    }
    to += 128;
  }
}

/** `sumRows` of VCSELs that chirp; functions of their own, so that those that do not pay nothing. */
function sumChirpedRows(job: ConvJob, first: u32, end: u32, step: u32, block: u32, pass: u32, to: usize): void {
  sumRows(job, first, end, step, block, pass, to, true, true);
}

function sumChirpedSignals(job: ConvJob, first: u32, end: u32, block: u32, pass: u32, to: usize): void {
  sumRows(job, first, end, 1, block, pass, to, false, true);
}

/** Bytes from a sum to the one beside it that the wide converter has. */
@inline
function highSums(job: ConvJob): usize {
  return 64 * (job.filtersPerGroup + 3);
}

/** Steps of a vector of signals, with the noise of its variances if `draw`. */
@inline
function stepsOf(c: BlockConstants, from: usize, normals: usize, draw: bool): v128 {
  const x = f32x4.mul(v128.load(from), c.signalScale);
  return draw ? f32x4.add(x, f32x4.mul(f32x4.sqrt(v128.load(from, 64)), v128.load(normals))) : x;
}

/**
 * What `sumRows` left, through noise and converter into the 16 sums at `sums`. `maxima` and `draw` are constants where this
 * is inlined. A narrow converter without tap is the common case; its sums stay in registers.
 */
@inline
function convertRows(
  job: ConvJob,
  first: u32,
  end: u32,
  block: u32,
  pass: u32,
  normals: usize,
  sums: usize,
  draw: bool,
  maxima: bool,
): void {
  const c = changetype<BlockConstants>(job.constants);
  const lastMask = block + 1 == job.blocks ? job.lastMask : 0;
  const counts = job.results + 16 * pass;
  let from = job.rowSums;
  const last = from + 128 * (end - first);
  if (!maxima && job.converter == ADC_NARROW && !job.tap && !lastMask) {
    let clipped = v128.load(counts);
    let s0 = v128.load(sums), s1 = v128.load(sums, 16), s2 = v128.load(sums, 32), s3 = v128.load(sums, 48);
    for (; from < last; from += 128) {
      const x0 = stepsOf(c, from, normals, draw), x1 = stepsOf(c, from + 16, normals + 16, draw);
      const x2 = stepsOf(c, from + 32, normals + 32, draw), x3 = stepsOf(c, from + 48, normals + 48, draw);
      normals += 64;
      const y0 = c.clip(x0), y1 = c.clip(x1), y2 = c.clip(x2), y3 = c.clip(x3);
      s0 = i32x4.add(s0, f32x4.add(y0, c.magic));
      s1 = i32x4.add(s1, f32x4.add(y1, c.magic));
      s2 = i32x4.add(s2, f32x4.add(y2, c.magic));
      s3 = i32x4.add(s3, f32x4.add(y3, c.magic));
      const of01 = i32x4.add(f32x4.ne(x0, y0), f32x4.ne(x1, y1)), of23 = i32x4.add(f32x4.ne(x2, y2), f32x4.ne(x3, y3));
      clipped = i32x4.sub(clipped, i32x4.add(of01, of23));
    }
    v128.store(counts, clipped);
    v128.store(sums, s0);
    v128.store(sums, s1, 16);
    v128.store(sums, s2, 32);
    v128.store(sums, s3, 48);
    return;
  }
  let tap = job.tap ? job.tap + 64 * (job.blocks * (pass * job.tapRows + first) + block) : 0;
  const tapBytes = 128 * job.blocks * job.tapRows;
  for (; from < last; from += 128) {
    let x0 = stepsOf(c, from, normals, draw), x1 = stepsOf(c, from + 16, normals + 16, draw);
    let x2 = stepsOf(c, from + 32, normals + 32, draw), x3 = stepsOf(c, from + 48, normals + 48, draw);
    normals += 64;
    if (lastMask) {
      x0 = v128.and(x0, v128.load(lastMask));
      x1 = v128.and(x1, v128.load(lastMask, 16));
      x2 = v128.and(x2, v128.load(lastMask, 32));
      x3 = v128.and(x3, v128.load(lastMask, 48));
    }
    if (maxima) {
      const w0 = v128.load(from, 64), w1 = v128.load(from, 80), w2 = v128.load(from, 96), w3 = v128.load(from, 112);
      raiseMaxima(job.results + 32, x0, x1, x2, x3, w0, w1, w2, w3);
      countMagnitudes(job.counts, job.upper, x0, x1, x2, x3);
    }
    convertBlock(job.converter, job.limit, job.limitPlusHalf, counts, sums, highSums(job), tap, tap + tapBytes, x0, x1, x2, x3);
    if (tap) tap += 64 * job.blocks;
  }
}

/** Adds the noise table's variances to those of the first `rows` rows of `rowSums`. */
function addTableToRows(job: ConvJob, rows: u32): void {
  const scale = f32x4.extract_lane(changetype<BlockConstants>(job.constants).signalScale, 0);
  for (let row: u32 = 0; row < rows; row++) addTable(job.table, job.rowSums + 128 * row, scale);
}

function rowsNoisy(job: ConvJob, first: u32, end: u32, block: u32, pass: u32, normals: usize, sums: usize): void {
  if (job.chirp) sumChirpedRows(job, first, end, 1, block, pass, job.rowSums);
  else sumRows(job, first, end, 1, block, pass, job.rowSums, true, false);
  if (job.table) addTableToRows(job, end - first);
  convertRows(job, first, end, block, pass, normals, sums, true, false);
}

function rowsPlain(job: ConvJob, first: u32, end: u32, block: u32, pass: u32, sums: usize): void {
  if (job.chirp) sumChirpedSignals(job, first, end, block, pass, job.rowSums);
  else sumRows(job, first, end, 1, block, pass, job.rowSums, false, false);
  convertRows(job, first, end, block, pass, 0, sums, false, false);
}

function rowsMaxima(job: ConvJob, first: u32, end: u32, block: u32, pass: u32, sums: usize): void {
  if (job.chirp) sumChirpedRows(job, first, end, 1, block, pass, job.rowSums);
  else sumRows(job, first, end, 1, block, pass, job.rowSums, true, false);
  if (job.table) addTableToRows(job, end - first);
  convertRows(job, first, end, block, pass, 0, sums, false, true);
}

/** Adds what `sumRows` left at `from`, with `dark` in its variances, to lumped signals, negated in the second pass, and variances. */
@inline
function addLumped(to: usize, from: usize, dark: v128, pass: u32): void {
  for (const last = to + 64; to < last; to += 16) {
    const x = v128.load(from), sum = v128.load(to);
    v128.store(to, pass ? f32x4.sub(sum, x) : f32x4.add(sum, x));
    v128.store(to, f32x4.add(v128.load(to, 64), f32x4.add(v128.load(from, 64), dark)), 64);
    from += 16;
  }
}

/** Rows of a filter one by one: with a noise table, a row's variance depends on its own sum. */
function lumpSingleRows(job: ConvJob, first: u32, end: u32, block: u32, pass: u32, to: usize): void {
  const c = changetype<BlockConstants>(job.constants);
  const dark = f32x4.sub(f32x4.splat(job.lumpedVariance), c.constantVariance);
  for (let row = first; row < end; ) {
    const next = min(row + job.rowsPerFill, end);
    if (job.chirp) sumChirpedRows(job, row, next, 1, block, pass, job.rowSums);
    else sumRows(job, row, next, 1, block, pass, job.rowSums, true, false);
    addTableToRows(job, next - row);
    for (let from = job.rowSums, last = from + 128 * (next - row); from < last; from += 128) addLumped(to, from, dark, pass);
    row = next;
  }
}

/** Adds a pass of filters to their lumped signals, negated in the second pass, and to their variances. */
function lumpPass(job: ConvJob, filter: u32, lastFilter: u32, block: u32, pass: u32): void {
  const c = changetype<BlockConstants>(job.constants);
  for (let f = filter; f < lastFilter; f++) {
    const first = load<u32>(job.filterRows + 4 * f), end = load<u32>(job.filterRows + 4 * f, 4);
    if (first == end) continue;
    const to = job.lumped + 128 * (f - filter);
    if (job.table) {
      lumpSingleRows(job, first, end, block, pass, to);
      continue;
    }
    if (job.chirp) sumChirpedRows(job, first, end, end - first, block, pass, job.rowSums);
    else sumRows(job, first, end, end - first, block, pass, job.rowSums, true, false);
    // One dark sample is in the sums already.
    addLumped(to, job.rowSums, f32x4.sub(f32x4.splat(<f32>(end - first) * job.lumpedVariance), c.constantVariance), pass);
  }
}

/** Filters over a block in fidelity lumped, into their sums: one normal an output. */
function lumpBlock(job: ConvJob, filter: u32, lastFilter: u32, block: u32, passes: u32): void {
  const c = changetype<BlockConstants>(job.constants);
  const filters = lastFilter - filter;
  memory.fill(job.lumped, 0, 128 * filters);
  for (let pass: u32 = 0; pass < passes; pass++) lumpPass(job, filter, lastFilter, block, pass);
  const group = (<u64>filter * <u64>job.pitch + 16 * <u64>block) >> 2;
  const draw = job.lumpedDraw != 0;
  if (draw) fillNormals(job.stream0, <u32>group, 4 * filters, job.normals);
  for (let f: usize = 0; f < filters; f++) {
    for (let at: usize = 0; at < 64; at += 16) {
      const from = job.lumped + 128 * f + at;
      v128.store(job.sums + 64 * f + at, draw ? stepsOf(c, from, job.normals + 64 * f + at, true) : stepsOf(c, from, 0, false));
      if (job.tap) {
        const to = job.tap + 64 * (job.blocks * (filter + <u32>f) + block) + at;
        v128.store(to, stepsOf(c, from, 0, false));
        v128.store(to + 64 * job.blocks * job.filters, draw ? v128.load(from, 64) : i32x4.splat(0));
      }
    }
  }
}

/** Writes a block's outputs of up to four filters, [position][filter], from their sums. */
function writeOutputs(job: ConvJob, filter: u32, count: u32, block: u32, sums: usize, signedScale: f64): void {
  const scale = f64x2.splat(signedScale);
  const converter = job.converter;
  const high = highSums(job);
  const shift = job.scaling + 8 + 8 * filter;
  const s0 = v128.load64_splat(shift), s1 = v128.load64_splat(shift, 8);
  const s2 = v128.load64_splat(shift, 16), s3 = v128.load64_splat(shift, 24);
  const pitch = 4 * job.filters;
  let out = job.out + 16 * block * pitch + 4 * filter;
  for (const end = sums + 64; sums < end; sums += 16) {
    const a = scaleSums(sums, high, converter, scale, s0, s0);
    const b = scaleSums(sums + 64, high, converter, scale, s1, s1);
    const c = scaleSums(sums + 128, high, converter, scale, s2, s2);
    const d = scaleSums(sums + 192, high, converter, scale, s3, s3);
    if (count == 4) {
      const t0 = v128.shuffle<i32>(a, b, 0, 4, 1, 5), t1 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
      const t2 = v128.shuffle<i32>(c, d, 0, 4, 1, 5), t3 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
      v128.store(out, v128.shuffle<i64>(t0, t2, 0, 2));
      v128.store(out + pitch, v128.shuffle<i64>(t0, t2, 1, 3));
      v128.store(out + 2 * pitch, v128.shuffle<i64>(t1, t3, 0, 2));
      v128.store(out + 3 * pitch, v128.shuffle<i64>(t1, t3, 1, 3));
    } else {
      storeColumn(out, pitch, a);
      if (count > 1) storeColumn(out + 4, pitch, b);
      if (count > 2) storeColumn(out + 8, pitch, c);
    }
    out += 4 * pitch;
  }
}

@inline
function storeColumn(to: usize, pitch: usize, v: v128): void {
  v128.store_lane<f32>(to, v, 0);
  v128.store_lane<f32>(to + pitch, v, 1);
  v128.store_lane<f32>(to + 2 * pitch, v, 2);
  v128.store_lane<f32>(to + 3 * pitch, v, 3);
}

export const MODE_PLAIN: u32 = 0;
export const MODE_NOISY: u32 = 1;
export const MODE_MAXIMA: u32 = 2;
export const MODE_LUMPED: u32 = 3;

/** One pass of filters `filter` to `lastFilter` over a block, into their sums. */
function runPass(job: ConvJob, mode: u32, filter: u32, lastFilter: u32, block: u32, pass: u32, negate: bool): void {
  const lastRow = load<u32>(job.filterRows + 4 * lastFilter);
  let normals = job.normals, filledTo: u32 = 0;
  let sums = job.sums;
  for (let f = filter; f < lastFilter; f++) {
    const first = load<u32>(job.filterRows + 4 * f), end = load<u32>(job.filterRows + 4 * f, 4);
    for (let row = first; row < end; ) {
      if (row >= filledTo) {
        filledTo = min(row + job.rowsPerFill, lastRow);
        normals = job.normals;
        if (mode == MODE_NOISY) {
          const group = (<u64>row * <u64>job.pitch + 16 * <u64>block) >> 2;
          fillNormals(pass ? job.stream1 : job.stream0, <u32>group, 4 * (filledTo - row), normals);
        }
      }
      const next = min(end, filledTo);
      if (mode == MODE_NOISY) rowsNoisy(job, row, next, block, pass, normals, sums);
      else if (mode == MODE_PLAIN) rowsPlain(job, row, next, block, pass, sums);
      else rowsMaxima(job, row, next, block, pass, sums);
      normals += 64 * (next - row);
      row = next;
    }
    endPass(sums, 64, highSums(job), end - first, job.converter, negate);
    sums += 64;
  }
}

/**
 * All filters, both passes, from the images to the outputs. Block by block, so that what a block reads of the image stays
 * in the first-level cache while all rows of some filters pass over it.
 */
export function convolve(address: usize, mode: u32): void {
  const job = changetype<ConvJob>(address);
  const passes: u32 = job.positions1 ? 2 : 1;
  const negate = passes == 2 && mode != MODE_LUMPED;
  const scale = negate ? -load<f64>(job.scaling) : load<f64>(job.scaling);
  for (let filter: u32 = 0; filter < job.filters; filter += job.filtersPerGroup) {
    const lastFilter = min(filter + job.filtersPerGroup, job.filters);
    for (let block: u32 = 0; block < job.blocks; block++) {
      if (mode == MODE_LUMPED) {
        lumpBlock(job, filter, lastFilter, block, passes);
      } else {
        memory.fill(job.sums, 0, 64 * (lastFilter - filter));
        if (job.converter == ADC_WIDE) memory.fill(job.sums + highSums(job), 0, 64 * (lastFilter - filter));
        for (let pass: u32 = 0; pass < passes; pass++) {
          runPass(job, mode, filter, lastFilter, block, pass, pass + 1 < passes);
        }
      }
      for (let f = filter; f < lastFilter; f += 4) {
        writeOutputs(job, f, min<u32>(4, lastFilter - f), block, job.sums + 64 * (f - filter), scale);
      }
    }
  }
}

/** In memory, written by the host; 4 bytes a field. Bytes throughout. */
@unmanaged
export class Im2colJob {
  /** Planes of a pass, first element with its padding. */
  planes: usize;
  columns: usize;
  channels: u32;
  kernelRows: u32;
  kernelColumns: u32;
  outputRows: u32;
  outputColumns: u32;
  planePitch: usize;
  /** From one kernel row and column to the next. */
  kernelRowPitch: usize;
  kernelColumnPitch: usize;
  /** From one output row and column to the next. */
  rowPitch: usize;
  columnPitch: usize;
  /** Of one (kernel row, kernel column, channel) in `columns`. */
  pitch: usize;
}

/** Gathers planes into [channel][kernel row][kernel column][position]. */
export function im2col(address: usize): void {
  const job = changetype<Im2colJob>(address);
  let to = job.columns;
  for (let channel: usize = 0; channel < <usize>job.channels; channel++) {
    for (let kernelRow: usize = 0; kernelRow < <usize>job.kernelRows; kernelRow++) {
      for (let kernelColumn: usize = 0; kernelColumn < <usize>job.kernelColumns; kernelColumn++) {
        let from = job.planes + channel * job.planePitch + kernelRow * job.kernelRowPitch + kernelColumn * job.kernelColumnPitch;
        let out = to;
        for (let row: u32 = 0; row < job.outputRows; row++) {
          let at = from;
          for (let column: u32 = 0; column < job.outputColumns; column++) {
            store<f32>(out, load<f32>(at));
            out += 4;
            at += job.columnPitch;
          }
          from += job.rowPitch;
        }
        to += job.pitch;
      }
    }
  }
}
