/**
 * What the host tells the kernel that holds rows on the rings of CONV units, how its scratch is laid out, and what a ring
 * transmits. Rings are reckoned by sines: p = sin(pi delta / FSR) is the square root that defines a detuning, and a parked ring has
 * p = 0. Vectors hold two rows, each on a unit of its own, in float64.
 */

/** In memory, written by the host: 4 bytes a field. */
@unmanaged
export class RowsJob {
  /** Even. */
  rows: u32;
  ringsPerWaveguide: u32;
  /** waveguides * ringsPerWaveguide. */
  slots: u32;
  /** 1 where weights are offset. */
  rails: u32;
  crosstalk: u32;
  /** Of Jacobi's; 0: values are imprinted without regard to neighbours. */
  rounds: u32;
  /** float64: Tmin, Tfs, F, FSR / pi, electro-optic range, X, heating of a ring that takes all light in radians. */
  constants: usize;
  /** [channel j][ring i] of (sin, cos) of pi (lambda_j - lambda_i) / FSR, float64. */
  alpha: usize;
  /** [channel j][ring i] of what a parked ring lets pass, float64. */
  parked: usize;
  /** [units][2 rails][slots] of (sin, cos) of pi e / FSR, float64. */
  errors: usize;
  /** 0, or [units][slots] of (sin, cos) of pi / FSR times how far the VCSELs stand off their channel, float64. */
  source: usize;
  /** 0, or [units][2 rails][slots] of gains, float64. */
  gain: usize;
  /** [rows] of unit and number of values. */
  places: usize;
  /** [slots][rows] of held values, float64; 0 beyond a row's number of them. */
  held: usize;
  /** 0, or [slots][rows] of m - m0, float64. */
  excess: usize;
  /** Scratch of vectors: 4 a slot, then of a waveguide one for each channel and ring, and 3 a ring. */
  scratch: usize;
  /** [2 rails][slots][rows], written: H, float64. */
  H: usize;
  /** 0, or the same of dH/dlambda. */
  slopes: usize;
  /** [rows], written: sum of all detunings, nm; NaN where one is beyond the electro-optic range. */
  tuning: usize;
}

@inline
export function f(constants: usize, index: usize): f64 {
  return load<f64>(constants + 8 * index);
}

/** What rings at place p transmit of a channel whose distance has this sine, (Tmin + F sine^2) / (1 + F sine^2). */
@inline
export function transmitted(sine: v128, Tmin: v128, F: v128): v128 {
  const excess = f64x2.mul(f64x2.mul(F, sine), sine);
  return f64x2.div(f64x2.add(Tmin, excess), f64x2.add(f64x2.splat(1), excess));
}

/** In scratch, of a slot: p, which lanes are on rail -, what its channel is to transmit, which lanes are solved for. */
@inline
export function stateOf(job: RowsJob, slot: u32): usize {
  return job.scratch + 64 * slot;
}

/** In scratch: what ring i of a waveguide lets pass of channel 0; of the others, w vectors on. */
@inline
export function passedBy(job: RowsJob, ring: u32): usize {
  return job.scratch + 64 * job.slots + 16 * ring;
}

/** In scratch: where ring j of a waveguide goes next. */
@inline
export function nextOf(job: RowsJob, j: u32): usize {
  const w = job.ringsPerWaveguide;
  return job.scratch + 64 * job.slots + 16 * (w * w + j);
}

/** In scratch: (sin, cos) of the shift of each ring of a waveguide, two vectors a ring. */
@inline
export function shiftOf(job: RowsJob, ring: u32): usize {
  const w = job.ringsPerWaveguide;
  return job.scratch + 64 * job.slots + 16 * (w * w + w + 2 * ring);
}
