/**
 * Convolution on CONV units: held weights as compressed sparse rows, times planes of emitted activations, sixteen
 * positions at a time, through noise and ADC into sums per output. Nothing of a row but its noise is ever in memory.
 */
import {
  ADC_NARROW,
  ADC_WIDE,
  convertBlock,
  countMagnitudes,
  endPass,
  raiseMaxima,
  scaleSums,
  storeBlock,
} from './adc';
import { BlockConstants, ConvJob, highSums, stepsOf } from './convJob';
import { lumpBlock } from './convLumped';
import { sumRows } from './convSums';
import { MODE_LUMPED, MODE_MAXIMA, MODE_NOISY, MODE_PLAIN } from './modes';
import { fillNormals } from './philox';

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
    storeBlock(sums, s0, s1, s2, s3);
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

/** Rows through sums and converter; `mode` is a constant where this is inlined. */
@inline
function runRows(job: ConvJob, first: u32, end: u32, block: u32, pass: u32, normals: usize, sums: usize, mode: u32): void {
  sumRows(job, first, end, 1, block, pass, mode != MODE_PLAIN);
  convertRows(job, first, end, block, pass, normals, sums, mode == MODE_NOISY, mode == MODE_MAXIMA);
}

function rowsNoisy(job: ConvJob, first: u32, end: u32, block: u32, pass: u32, normals: usize, sums: usize): void {
  runRows(job, first, end, block, pass, normals, sums, MODE_NOISY);
}

function rowsPlain(job: ConvJob, first: u32, end: u32, block: u32, pass: u32, sums: usize): void {
  runRows(job, first, end, block, pass, 0, sums, MODE_PLAIN);
}

function rowsMaxima(job: ConvJob, first: u32, end: u32, block: u32, pass: u32, sums: usize): void {
  runRows(job, first, end, block, pass, 0, sums, MODE_MAXIMA);
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

