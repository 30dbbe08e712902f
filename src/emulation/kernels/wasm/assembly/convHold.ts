/**
 * Rows held on the rings of CONV units, in float64: detunings solved so that neighbours are made up for, and what the channels
 * of both rails transmit with all static effects (sections 4 and 5 of the contract). Distances are differences of angles, as in
 * `fcBank.ts`.
 */
import { turn } from './fcBank';
import { f, RowsJob, shiftOf, stateOf, transmitted } from './holdJob';
import { solve } from './holdSolve';

/** Rings whose numerators and denominators are multiplied before they are divided: they stay finite up to F = 1e38. */
const RINGS_PER_DIVISION: u32 = 8;

/** One number of each row, from tables of their units. */
@inline
function pair(first: usize, second: usize): v128 {
  return v128.load_lane<f64>(second, v128.load64_splat(first), 1);
}

/** Shifts of a waveguide's rings on a rail, errors and heating included. Returns their detunings added to `tuning`, nm; of a slow row NaN. */
@inline
function shift(job: RowsJob, row: u32, first: u32, rail: u32, tuning: v128): v128 {
  const c = job.constants;
  const Tmin = f64x2.splat(f(c, 0)), F = f64x2.splat(f(c, 2)), one = f64x2.splat(1);
  const nmPerRadian = f(c, 3), range = f(c, 4);
  const unit0 = load<u32>(job.places + 8 * row), unit1 = load<u32>(job.places + 8 * row, 8);
  for (let i: u32 = 0; i < job.ringsPerWaveguide; i++) {
    const slot = first + i;
    const state = stateOf(job, slot);
    let p = v128.load(state);
    if (job.rails == 2) {
      const isMinus = v128.load(state, 16);
      p = rail ? v128.and(p, isMinus) : v128.andnot(p, isMinus);
    }
    if (v128.any_true(p)) {
      const delta0 = nmPerRadian * Math.asin(f64x2.extract_lane(p, 0));
      const delta1 = nmPerRadian * Math.asin(f64x2.extract_lane(p, 1));
      tuning = f64x2.add(tuning, f64x2(delta0 > range ? NaN : delta0, delta1 > range ? NaN : delta1));
    }
    const cosine = f64x2.sqrt(f64x2.sub(one, f64x2.mul(p, p)));
    const e0 = job.errors + 16 * ((2 * unit0 + rail) * job.slots + slot);
    const e1 = job.errors + 16 * ((2 * unit1 + rail) * job.slots + slot);
    const errorSine = pair(e0, e1), errorCosine = pair(e0 + 8, e1 + 8);
    const to = shiftOf(job, i);
    v128.store(to, f64x2.add(f64x2.mul(p, errorCosine), f64x2.mul(cosine, errorSine)));
    v128.store(to, f64x2.sub(f64x2.mul(cosine, errorCosine), f64x2.mul(p, errorSine)), 16);
    if (job.excess) {
      const m = v128.load(job.excess + 8 * (slot * job.rows + row));
      const taken = f64x2.sub(one, transmitted(p, Tmin, F));
      turn(to, f64x2.mul(f64x2.mul(f64x2.splat(f(c, 6)), m), taken));
    }
  }
  return tuning;
}

/** H of a waveguide's channels on a rail. @param sloped a constant where this is inlined. */
@inline
function transmit(job: RowsJob, row: u32, first: u32, rail: u32, sloped: bool): void {
  const c = job.constants;
  const floor = f(c, 0), finesse = f(c, 2);
  const Tmin = f64x2.splat(floor), F = f64x2.splat(finesse), one = f64x2.splat(1);
  const steepness = f64x2.splat((2 * (1 - floor) * finesse) / f(c, 3));
  const w = job.ringsPerWaveguide;
  const unit0 = load<u32>(job.places + 8 * row), unit1 = load<u32>(job.places + 8 * row, 8);
  const count = max(load<u32>(job.places + 8 * row, 4), load<u32>(job.places + 8 * row, 12));
  for (let j: u32 = 0; j < w && first + j < count; j++) {
    const slot = first + j;
    const from: u32 = job.crosstalk ? 0 : j, end: u32 = job.crosstalk ? w : j + 1;
    let sourceSine = f64x2.splat(0), sourceCosine = one;
    if (job.source) {
      const s0 = job.source + 16 * (unit0 * job.slots + slot), s1 = job.source + 16 * (unit1 * job.slots + slot);
      sourceSine = pair(s0, s1);
      sourceCosine = pair(s0 + 8, s1 + 8);
    }
    let H = one, D = f64x2.splat(0), numerator = one, denominator = one;
    let factors: u32 = 0;
    for (let i = from; i < end; i++) {
      const alpha = job.alpha + 16 * (w * j + i);
      let s = v128.load64_splat(alpha), k = v128.load64_splat(alpha, 8);
      if (job.source) {
        const turned = f64x2.add(f64x2.mul(s, sourceCosine), f64x2.mul(k, sourceSine));
        k = f64x2.sub(f64x2.mul(k, sourceCosine), f64x2.mul(s, sourceSine));
        s = turned;
      }
      const shifted = shiftOf(job, i);
      const betaSine = v128.load(shifted), betaCosine = v128.load(shifted, 16);
      const sine = f64x2.sub(f64x2.mul(s, betaCosine), f64x2.mul(k, betaSine));
      const excess = f64x2.mul(f64x2.mul(F, sine), sine);
      if (sloped) {
        // The product rule, ring by ring, without a division by what a ring on its notch transmits.
        const cosine = f64x2.add(f64x2.mul(k, betaCosine), f64x2.mul(s, betaSine));
        const below = f64x2.div(one, f64x2.add(one, excess));
        const T = f64x2.mul(f64x2.add(Tmin, excess), below);
        const slope = f64x2.mul(f64x2.mul(steepness, f64x2.mul(sine, cosine)), f64x2.mul(below, below));
        D = f64x2.add(f64x2.mul(D, T), f64x2.mul(H, slope));
        H = f64x2.mul(H, T);
      } else {
        numerator = f64x2.mul(numerator, f64x2.add(Tmin, excess));
        denominator = f64x2.mul(denominator, f64x2.add(one, excess));
        if (++factors == RINGS_PER_DIVISION) {
          H = f64x2.mul(H, f64x2.div(numerator, denominator));
          numerator = one;
          denominator = one;
          factors = 0;
        }
      }
    }
    if (!sloped) H = f64x2.mul(H, f64x2.div(numerator, denominator));
    let factor = one;
    if (job.gain) {
      const g0 = job.gain + 8 * ((2 * unit0 + rail) * job.slots + slot);
      const g1 = job.gain + 8 * ((2 * unit1 + rail) * job.slots + slot);
      factor = pair(g0, g1);
    }
    const to = 8 * ((rail * job.slots + slot) * job.rows + row);
    v128.store(job.H + to, f64x2.mul(H, factor));
    if (sloped) v128.store(job.slopes + to, f64x2.mul(D, factor));
  }
}

/** All rows of a job. */
export function holdRows(address: usize): void {
  const job = changetype<RowsJob>(address);
  const w = job.ringsPerWaveguide;
  for (let row: u32 = 0; row < job.rows; row += 2) {
    for (let first: u32 = 0; first < job.slots; first += w) solve(job, row, first);
    let tuning = f64x2.splat(0);
    for (let rail: u32 = 0; rail < job.rails; rail++) {
      for (let first: u32 = 0; first < job.slots; first += w) {
        tuning = shift(job, row, first, rail, tuning);
        if (job.slopes) transmit(job, row, first, rail, true);
        else transmit(job, row, first, rail, false);
      }
    }
    v128.store(job.tuning + 8 * row, tuning);
  }
}
