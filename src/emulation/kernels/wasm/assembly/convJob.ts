/** What the host tells a convolution, and how its memory is laid out. */

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
  /** 1 where VCSELs chirp: entries are longer. */
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

/** Bytes from a sum to the one beside it that the wide converter has. */
@inline
export function highSums(job: ConvJob): usize {
  return 64 * (job.filtersPerGroup + 3);
}

/** In memory, written by the host: each in all lanes. Read from there, one costs one instruction, a constant three. */
@unmanaged
export class BlockConstants {
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

/** Steps of a vector of signals, with the noise of its variances if `draw`. */
@inline
export function stepsOf(c: BlockConstants, from: usize, normals: usize, draw: bool): v128 {
  const x = f32x4.mul(v128.load(from), c.signalScale);
  return draw ? f32x4.add(x, f32x4.mul(f32x4.sqrt(v128.load(from, 64)), v128.load(normals))) : x;
}
