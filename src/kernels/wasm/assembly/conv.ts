/**
 * Convolution on CONV units: held weights as compressed sparse rows, times planes of emitted activations, sixteen
 * positions at a time, through noise and ADC into sums per output. Nothing of a row but its noise is ever in memory.
 */
import { convertBlock, endPass, raiseMaxima, scaleSums } from './adc';
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
  /** Byte offset in the image of every group of 4 positions, [blocks * 4]. */
  positionOffsets: usize;
  /** Emitted activations of each pass; the second may be 0. */
  image0: usize;
  image1: usize;
  /** Random stream of each pass. */
  stream0: usize;
  stream1: usize;
  /** [rowsPerFill * pitch] float32 and 64 bytes. */
  normals: usize;
  rowsPerFill: u32;
  /** [4][blocks * 16] of 32 bits. */
  sums: usize;
  /** 0 if the last block is full, or 4 vectors that mask its positions. */
  lastMask: usize;
  /** scale, then the shift of each filter, float64, room for a multiple of 4. */
  scaling: usize;
  /** [positions rounded up to 16][filters] float32. */
  out: usize;
  /** 0, or [passes * rows][blocks * 16] for u in steps, and the same again for codes. */
  tap: usize;
  tapRows: u32;
  converter: u32;
  limit: f32;
  limitPlusHalf: f32;
  /** From sums of an entry's products to steps. */
  signalScale: f32;
  /** Noise variance of a dark sample in steps squared. */
  constantVariance: f32;
  /** Results: vectors [clipped of pass 0, of pass 1, largest |u| in steps, largest variance], 16 bytes each. */
  results: usize;
}

/**
 * Bytes of an entry: byte offset of what it reads, beta, alpha. With r the root of the intensity noise's coefficient,
 * beta = r g (H+ - H-) / step, so that the square of v beta is that noise's variance in steps squared without another
 * factor, and u in steps is 1 / (r c) times the sum of v beta. alpha is the shot noise's coefficient in steps squared.
 */
const ENTRY: u32 = 12;

/**
 * One row over all positions. `variance` and `draw` are constants where this is inlined: without variance only signals
 * are summed; with variance but without `draw` the maxima are taken.
 */
@inline
function multiplyRow(job: ConvJob, row: u32, image: usize, normals: usize, sums: usize, pass: u32, variance: bool, draw: bool): void {
  const rowEntries = job.rowEntries + 4 * row;
  const first = load<u32>(rowEntries), end = load<u32>(rowEntries, 4);
  const blocks = job.blocks;
  const lastMask = job.lastMask;
  const converter = job.converter;
  const signalScale = f32x4.splat(job.signalScale);
  const constantVariance = f32x4.splat(job.constantVariance);
  const limit = job.limit, limitPlusHalf = job.limitPlusHalf;
  const clipped = job.results + 16 * pass, maxima = job.results + 32;
  let positions = job.positionOffsets;
  const tapBytes = 128 * blocks * job.tapRows;
  let tap = job.tap ? job.tap + 64 * blocks * (pass * job.tapRows + row) : 0;
  for (let block: u32 = 1; block <= blocks; block++) {
    const image0 = image + load<u32>(positions), image1 = image + load<u32>(positions, 4);
    const image2 = image + load<u32>(positions, 8), image3 = image + load<u32>(positions, 12);
    positions += 16;
    let x0 = i32x4.splat(0), x1 = x0, x2 = x0, x3 = x0;
    let w0 = constantVariance, w1 = w0, w2 = w0, w3 = w0;
    for (let entry = first; entry < end; entry += ENTRY) {
      const offset = load<u32>(entry);
      const beta = v128.load32_splat(entry, 4);
      if (variance) {
        const alpha = v128.load32_splat(entry, 8);
        let v = v128.load(image0 + offset), t = f32x4.mul(v, beta);
        x0 = f32x4.add(x0, t);
        w0 = f32x4.add(f32x4.add(w0, f32x4.mul(v, alpha)), f32x4.mul(t, t));
        v = v128.load(image1 + offset);
        t = f32x4.mul(v, beta);
        x1 = f32x4.add(x1, t);
        w1 = f32x4.add(f32x4.add(w1, f32x4.mul(v, alpha)), f32x4.mul(t, t));
        v = v128.load(image2 + offset);
        t = f32x4.mul(v, beta);
        x2 = f32x4.add(x2, t);
        w2 = f32x4.add(f32x4.add(w2, f32x4.mul(v, alpha)), f32x4.mul(t, t));
        v = v128.load(image3 + offset);
        t = f32x4.mul(v, beta);
        x3 = f32x4.add(x3, t);
        w3 = f32x4.add(f32x4.add(w3, f32x4.mul(v, alpha)), f32x4.mul(t, t));
      } else {
        x0 = f32x4.add(x0, f32x4.mul(v128.load(image0 + offset), beta));
        x1 = f32x4.add(x1, f32x4.mul(v128.load(image1 + offset), beta));
        x2 = f32x4.add(x2, f32x4.mul(v128.load(image2 + offset), beta));
        x3 = f32x4.add(x3, f32x4.mul(v128.load(image3 + offset), beta));
      }
    }
    x0 = f32x4.mul(x0, signalScale);
    x1 = f32x4.mul(x1, signalScale);
    x2 = f32x4.mul(x2, signalScale);
    x3 = f32x4.mul(x3, signalScale);
    if (draw) {
      x0 = f32x4.add(x0, f32x4.mul(f32x4.sqrt(w0), v128.load(normals)));
      x1 = f32x4.add(x1, f32x4.mul(f32x4.sqrt(w1), v128.load(normals, 16)));
      x2 = f32x4.add(x2, f32x4.mul(f32x4.sqrt(w2), v128.load(normals, 32)));
      x3 = f32x4.add(x3, f32x4.mul(f32x4.sqrt(w3), v128.load(normals, 48)));
      normals += 64;
    }
    if (block == blocks) {
      if (lastMask) {
        x0 = v128.and(x0, v128.load(lastMask));
        x1 = v128.and(x1, v128.load(lastMask, 16));
        x2 = v128.and(x2, v128.load(lastMask, 32));
        x3 = v128.and(x3, v128.load(lastMask, 48));
      }
    }
    if (variance && !draw) raiseMaxima(maxima, x0, x1, x2, x3, w0, w1, w2, w3);
    convertBlock(converter, limit, limitPlusHalf, clipped, sums, tap, tap + tapBytes, x0, x1, x2, x3);
    if (tap) tap += 64;
    sums += 64;
  }
}

function rowPlain(job: ConvJob, row: u32, image: usize, sums: usize, pass: u32): void {
  multiplyRow(job, row, image, 0, sums, pass, false, false);
}

function rowNoisy(job: ConvJob, row: u32, image: usize, normals: usize, sums: usize, pass: u32): void {
  multiplyRow(job, row, image, normals, sums, pass, true, true);
}

function rowMaxima(job: ConvJob, row: u32, image: usize, sums: usize, pass: u32): void {
  multiplyRow(job, row, image, 0, sums, pass, true, false);
}

/** Writes the outputs of up to four filters, [position][filter], from their sums. */
function writeOutputs(job: ConvJob, filter: u32, count: u32, signedScale: f64): void {
  const plane = 64 * job.blocks;
  const scale = f64x2.splat(signedScale);
  const converter = job.converter;
  const shift = job.scaling + 8 + 8 * filter;
  const s0 = v128.load64_splat(shift), s1 = v128.load64_splat(shift, 8);
  const s2 = v128.load64_splat(shift, 16), s3 = v128.load64_splat(shift, 24);
  const pitch = 4 * job.filters;
  let out = job.out + 4 * filter;
  for (let sums = job.sums, end = sums + plane; sums < end; sums += 16) {
    const a = scaleSums(v128.load(sums), converter, scale, s0, s0);
    const b = scaleSums(v128.load(sums + plane), converter, scale, s1, s1);
    const c = scaleSums(v128.load(sums + 2 * plane), converter, scale, s2, s2);
    const d = scaleSums(v128.load(sums + 3 * plane), converter, scale, s3, s3);
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

/** All filters, both passes, from the images to the outputs. */
export function convolve(address: usize, mode: u32): void {
  const job = changetype<ConvJob>(address);
  const plane = 64 * job.blocks;
  const passes: u32 = job.image1 ? 2 : 1;
  const scale = load<f64>(job.scaling);
  for (let filter: u32 = 0; filter < job.filters; filter += 4) {
    const count = min<u32>(4, job.filters - filter);
    for (let pass: u32 = 0; pass < passes; pass++) {
      const image = pass ? job.image1 : job.image0;
      let normals = job.normals, filledTo: u32 = 0;
      const lastRow = load<u32>(job.filterRows + 4 * (filter + count));
      for (let f: u32 = 0; f < count; f++) {
        const sums = job.sums + f * plane;
        const filterRows = job.filterRows + 4 * (filter + f);
        const first = load<u32>(filterRows), end = load<u32>(filterRows, 4);
        if (pass == 0) memory.fill(sums, 0, plane);
        for (let row = first; row < end; row++) {
          if (mode == MODE_PLAIN) {
            rowPlain(job, row, image, sums, pass);
          } else if (mode == MODE_NOISY) {
            if (row >= filledTo) {
              filledTo = min(row + job.rowsPerFill, lastRow);
              normals = job.normals;
              const group = <u32>((<u64>row * <u64>job.pitch) >> 2);
              fillNormals(pass ? job.stream1 : job.stream0, group, ((filledTo - row) * job.pitch) >> 2, normals);
            }
            rowNoisy(job, row, image, normals, sums, pass);
            normals += 4 * job.pitch;
          } else {
            rowMaxima(job, row, image, sums, pass);
          }
        }
        endPass(sums, plane, end - first, job.converter, pass + 1 < passes);
      }
    }
    writeOutputs(job, filter, count, passes == 2 ? -scale : scale);
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
