/** What the host tells a dense layer, and how its memory is laid out. */

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
  /** Groups of four samples of a row in the noise's stream before this layer's first, and how many it has: all, or a part's. */
  firstGroup: u32;
  groups: u32;
  /** State of a pass: the input that is to be looked at next, and the rows so far. */
  next: u32;
  row: u32;
}

/** Bytes from one image's job to the next's. */
export const JOB_BYTES: usize = offsetof<DenseJob>();

/** Bytes of a slot's coefficients in `H`, and where VCSELs chirp. */
export const SLOT: usize = 8;
export const CHIRPED_SLOT: usize = 24;
