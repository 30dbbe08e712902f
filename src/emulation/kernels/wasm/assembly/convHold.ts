/**
 * Rows held on the rings of CONV units, in float64: detunings solved so that neighbours are made up for, and what the channels
 * of both rails transmit with all static effects (sections 4 and 5 of the contract). Rings are reckoned by sines: p = sin(pi
 * delta / FSR) is the square root that defines delta, and distances are differences of angles, as in `fcBank.ts`. A parked
 * ring has p = 0. Vectors hold two rows, each on a unit of its own.
 */
import { turn } from './fcBank';

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

/** Rings whose numerators and denominators are multiplied before they are divided: they stay finite up to F = 1e38. */
const RINGS_PER_DIVISION: u32 = 8;

@inline
function f(constants: usize, index: usize): f64 {
  return load<f64>(constants + 8 * index);
}

/** One number of each row, from tables of their units. */
@inline
function pair(first: usize, second: usize): v128 {
  return v128.load_lane<f64>(second, v128.load64_splat(first), 1);
}

/** What rings at place p transmit of a channel whose distance has this sine, (Tmin + F sine^2) / (1 + F sine^2). */
@inline
function transmitted(sine: v128, Tmin: v128, F: v128): v128 {
  const excess = f64x2.mul(f64x2.mul(F, sine), sine);
  return f64x2.div(f64x2.add(Tmin, excess), f64x2.add(f64x2.splat(1), excess));
}

/** p of rings that are to transmit t of their own channel. */
@inline
function placeOf(t: v128, Tmin: v128, F: v128): v128 {
  const one = f64x2.splat(1);
  const ratio = f64x2.div(f64x2.sub(t, Tmin), f64x2.mul(F, f64x2.sub(one, t)));
  return f64x2.sqrt(f64x2.min(f64x2.max(ratio, f64x2.splat(0)), one));
}

/** In scratch, of a slot: p, which lanes are on rail -, what its channel is to transmit, which lanes are solved for. */
@inline
function stateOf(job: RowsJob, slot: u32): usize {
  return job.scratch + 64 * slot;
}

/** In scratch: what ring i of a waveguide lets pass of channel 0; of the others, w vectors on. */
@inline
function passedBy(job: RowsJob, ring: u32): usize {
  return job.scratch + 64 * job.slots + 16 * ring;
}

/** Has ring `i` stand at p: what it lets pass of the other channels of its waveguide. */
@inline
function move(job: RowsJob, i: u32, p: v128, Tmin: v128, F: v128): void {
  const w = job.ringsPerWaveguide;
  const cosine = f64x2.sqrt(f64x2.sub(f64x2.splat(1), f64x2.mul(p, p)));
  let alpha = job.alpha + 16 * i;
  let passed = passedBy(job, i);
  for (let j: u32 = 0; j < w; j++) {
    if (j != i) {
      const sine = f64x2.sub(
        f64x2.mul(v128.load64_splat(alpha), cosine),
        f64x2.mul(v128.load64_splat(alpha, 8), p),
      );
      v128.store(passed, transmitted(sine, Tmin, F));
    }
    alpha += 16 * w;
    passed += 16 * w;
  }
}

/** Imprints the values of a waveguide's slots from `first` on, and solves for its neighbours. */
function solve(job: RowsJob, row: u32, first: u32): void {
  const c = job.constants;
  const floor = f(c, 0), full = f(c, 1), X = f64x2.splat(f(c, 5));
  const Tmin = f64x2.splat(floor), Tfs = f64x2.splat(full), F = f64x2.splat(f(c, 2)), zero = f64x2.splat(0);
  const w = job.ringsPerWaveguide;
  const balanced = job.rails == 2;
  const count0 = load<u32>(job.places + 8 * row, 4), count1 = load<u32>(job.places + 8 * row, 12);
  for (let i: u32 = 0; i < w; i++) {
    const slot = first + i;
    const v = v128.load(job.held + 8 * (slot * job.rows + row));
    const magnitude = f64x2.abs(v);
    let t: v128, wanted: v128, solved: v128;
    if (balanced) {
      t = f64x2.add(Tmin, f64x2.mul(magnitude, f64x2.splat(full - floor)));
      wanted = f64x2.mul(f64x2.mul(X, magnitude), f64x2.splat(full - floor));
      solved = f64x2.ne(v, zero);
    } else {
      t = f64x2.max(Tmin, f64x2.mul(v, Tfs));
      wanted = f64x2.mul(f64x2.mul(X, v), Tfs);
      solved = i64x2(slot < count0 ? -1 : 0, slot < count1 ? -1 : 0);
    }
    const p = placeOf(t, Tmin, F);
    const state = stateOf(job, slot);
    v128.store(state, p);
    v128.store(state, f64x2.lt(v, zero), 16);
    v128.store(state, wanted, 32);
    v128.store(state, solved, 48);
    if (job.rounds) move(job, i, p, Tmin, F);
  }
  const states = stateOf(job, first);
  const passed = passedBy(job, 0);
  for (let round: u32 = 0; round < job.rounds; round++) {
    // All from the places of the round before.
    for (let j: u32 = 0; j < w; j++) {
      const state = states + 64 * j;
      const isMinus = v128.load(state, 16);
      let own = f64x2.splat(1), other = f64x2.splat(1);
      let at = passed + 16 * w * j;
      let parked = job.parked + 8 * w * j;
      for (let i: u32 = 0; i < w; i++) {
        if (i != j) {
          const by = v128.load(at), byParked = v128.load64_splat(parked);
          if (balanced) {
            const differs = v128.xor(isMinus, v128.load(states + 64 * i, 16));
            own = f64x2.mul(own, v128.bitselect(byParked, by, differs));
            other = f64x2.mul(other, v128.bitselect(by, byParked, differs));
          } else own = f64x2.mul(own, by);
        }
        at += 16;
        parked += 8;
      }
      let wanted = v128.load(state, 32);
      // Between two rails, what the other rail's pedestal gives is made up for too.
      if (balanced) wanted = f64x2.add(wanted, f64x2.mul(Tmin, other));
      const t = f64x2.min(f64x2.max(f64x2.div(wanted, own), Tmin), Tfs);
      v128.store(nextOf(job, j), v128.bitselect(placeOf(t, Tmin, F), v128.load(state), v128.load(state, 48)));
    }
    let moved = false;
    for (let j: u32 = 0; j < w; j++) {
      const state = states + 64 * j;
      const p = v128.load(nextOf(job, j));
      if (v128.any_true(f64x2.ne(p, v128.load(state)))) {
        v128.store(state, p);
        move(job, j, p, Tmin, F);
        moved = true;
      }
    }
    if (!moved) break;
  }
}

/** In scratch: where ring j of a waveguide goes next. */
@inline
function nextOf(job: RowsJob, j: u32): usize {
  const w = job.ringsPerWaveguide;
  return job.scratch + 64 * job.slots + 16 * (w * w + j);
}

/** In scratch: (sin, cos) of the shift of each ring of a waveguide, two vectors a ring. */
@inline
function shiftOf(job: RowsJob, ring: u32): usize {
  const w = job.ringsPerWaveguide;
  return job.scratch + 64 * job.slots + 16 * (w * w + w + 2 * ring);
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
