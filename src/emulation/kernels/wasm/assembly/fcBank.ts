/**
 * The rings of an FC unit, in float64: what the channels of both rails lose to all rings of their waveguide (sections 3
 * and 4 of the contract). No sine is taken per ring pair: with alpha = pi (lambda_j - lambda_i) / FSR tabulated and
 * beta = pi (delta_i + e_i) / FSR, sin(alpha - beta) = sin alpha cos beta - cos alpha sin beta, and sin(pi delta / FSR)
 * is the square root that defines delta. Vectors hold the two rails.
 */

/** In memory, written by the host: 4 bytes a field. */
@unmanaged
export class Bank {
  ringsPerWaveguide: u32;
  /** waveguides * ringsPerWaveguide. */
  slots: u32;
  units: u32;
  crosstalk: u32;
  /** (sin, cos) of alpha for lambda differences of -(w - 1) .. w - 1 channels, float64. */
  alpha: usize;
  /** [units][slots] of sin of pi e / FSR on rail + and -, then the cosines: 4 float64. */
  errors: usize;
  /** [slots] of sin beta on rail + and -, then the cosines: 4 float64. */
  beta: usize;
  /** [slots] of H+, H-, float64. */
  H: usize;
  /** float64: Tmin, Tfs, F, FSR / pi, electro-optic range, heating of a ring that takes all light in radians, chirp, v0 + and -, rails. */
  constants: usize;
  /** 0, or [units][slots] of (sin, cos) of pi / FSR times how far the VCSELs stand off their channel, float64. */
  source: usize;
  /** 0, or [units][slots] of the gains of rail + and -, float64. */
  gain: usize;
  /** 0, or [inputs] of m - m0 on rail + and -, float64. */
  streamExcess: usize;
  /** Scratch where there is `streamExcess`: that of the row's entries, [slots]. */
  excess: usize;
  /** 0, or where VCSELs chirp: [slots] of dH/dlambda on rail + and -, float64. */
  slopes: usize;
  /** 1 where the response is measured: the host evaluates the bank. */
  measured: u32;
  /** Results, float64: electro-optic shifts of fast and slow rows, thermo-optic shifts of fast and slow rows. */
  shifts: usize;
}

/** Rings whose numerators and denominators are multiplied before they are divided: they stay finite up to F = 1e38. */
const RINGS_PER_DIVISION: u32 = 8;

@inline
function f(constants: usize, index: usize): f64 {
  return load<f64>(constants + 8 * index);
}

const PI: f64 = 3.141592653589793;

/** Turns (sin, cos) of two angles by two others, to `beta` and 16 bytes behind it; a turn by pi is none. */
@inline
export function turn(beta: usize, angle: v128): void {
  // Half angles within +-pi/4, where these series end below the rounding of float64.
  const turns = f64x2.nearest(f64x2.mul(angle, f64x2.splat(1 / PI)));
  const y = f64x2.mul(f64x2.sub(angle, f64x2.mul(turns, f64x2.splat(PI))), f64x2.splat(0.5));
  const z = f64x2.mul(y, y);
  let s = f64x2.splat(-1 / 1307674368000.0);
  s = f64x2.add(f64x2.splat(1 / 6227020800.0), f64x2.mul(z, s));
  s = f64x2.add(f64x2.splat(-1 / 39916800.0), f64x2.mul(z, s));
  s = f64x2.add(f64x2.splat(1 / 362880.0), f64x2.mul(z, s));
  s = f64x2.add(f64x2.splat(-1 / 5040.0), f64x2.mul(z, s));
  s = f64x2.add(f64x2.splat(1 / 120.0), f64x2.mul(z, s));
  s = f64x2.add(f64x2.splat(-1 / 6.0), f64x2.mul(z, s));
  s = f64x2.mul(y, f64x2.add(f64x2.splat(1), f64x2.mul(z, s)));
  let c = f64x2.splat(1 / 20922789888000.0);
  c = f64x2.add(f64x2.splat(-1 / 87178291200.0), f64x2.mul(z, c));
  c = f64x2.add(f64x2.splat(1 / 479001600.0), f64x2.mul(z, c));
  c = f64x2.add(f64x2.splat(-1 / 3628800.0), f64x2.mul(z, c));
  c = f64x2.add(f64x2.splat(1 / 40320.0), f64x2.mul(z, c));
  c = f64x2.add(f64x2.splat(-1 / 720.0), f64x2.mul(z, c));
  c = f64x2.add(f64x2.splat(1 / 24.0), f64x2.mul(z, c));
  c = f64x2.add(f64x2.splat(-1 / 2.0), f64x2.mul(z, c));
  c = f64x2.add(f64x2.splat(1), f64x2.mul(z, c));
  const sine = f64x2.mul(f64x2.splat(2), f64x2.mul(s, c));
  const cosine = f64x2.sub(f64x2.splat(1), f64x2.mul(f64x2.splat(2), f64x2.mul(s, s)));
  const sinBeta = v128.load(beta), cosBeta = v128.load(beta, 16);
  v128.store(beta, f64x2.add(f64x2.mul(sinBeta, cosine), f64x2.mul(cosBeta, sine)));
  v128.store(beta, f64x2.sub(f64x2.mul(cosBeta, cosine), f64x2.mul(sinBeta, sine)), 16);
}

/**
 * Detunes every ring of the bank to its value, or parks it; adds up what tuning the active ones holds.
 * @param values of the row's entries, [count] float64 in [0, 1].
 * @returns 1 where a ring is beyond the electro-optic range.
 */
export function detune(bank: Bank, unit: u32, values: usize, count: u32): u32 {
  const c = bank.constants;
  const Tmin = f(c, 0), Tfs = f(c, 1), F = f(c, 2), freeSpectralRangeOverPi = f(c, 3), range = f(c, 4), rails = f(c, 9);
  const errors = bank.errors + 32 * (unit * bank.slots);
  let electroOptic = 0.0, thermoOptic = 0.0;
  let slow: u32 = 0;
  for (let slot: u32 = 0; slot < bank.slots; slot++) {
    const v = slot < count ? load<f64>(values + 8 * slot) : 0;
    const t = max(Tmin, v * Tfs);
    const q = min(max((t - Tmin) / (F * (1 - t)), 0), 1);
    const sine = Math.sqrt(q);
    const s = f64x2.splat(sine), cosine = f64x2.splat(Math.sqrt(1 - q));
    const errorSine = v128.load(errors + 32 * slot), errorCosine = v128.load(errors + 32 * slot, 16);
    const beta = bank.beta + 32 * slot;
    v128.store(beta, f64x2.add(f64x2.mul(s, errorCosine), f64x2.mul(cosine, errorSine)));
    v128.store(beta, f64x2.sub(f64x2.mul(cosine, errorCosine), f64x2.mul(s, errorSine)), 16);
    if (slot < count) {
      if (bank.streamExcess) {
        const taken = f(c, 5) * (1 - t);
        turn(beta, f64x2.mul(f64x2.splat(taken), v128.load(bank.excess + 16 * slot)));
      }
      const delta = freeSpectralRangeOverPi * Math.asin(sine);
      electroOptic += rails * min(delta, range);
      thermoOptic += rails * max(delta - range, 0);
      if (delta > range) slow = 1;
    }
  }
  const shifts = bank.shifts + 8 * slow;
  store<f64>(shifts, load<f64>(shifts) + electroOptic);
  store<f64>(shifts, load<f64>(shifts, 16) + thermoOptic, 16);
  return slow;
}

/** sin and cos of alpha of a channel whose VCSEL stands off it by sigma: (sin, cos) of alpha + sigma. */
@inline
function displaced(alpha: usize, source: usize): v128 {
  const pair = v128.load(alpha);
  const crossed = f64x2.mul(v128.shuffle<i64>(pair, f64x2.neg(pair), 1, 2), v128.load64_splat(source));
  return f64x2.add(f64x2.mul(pair, v128.load64_splat(source, 8)), crossed);
}

/** sin of alpha - beta on both rails. @param source address of sigma's sine and cosine, 0: none. */
@inline
function sineOf(alpha: usize, beta: usize, source: usize): v128 {
  if (!source) {
    return f64x2.sub(
      f64x2.mul(v128.load64_splat(alpha), v128.load(beta, 16)),
      f64x2.mul(v128.load64_splat(alpha, 8), v128.load(beta)),
    );
  }
  const pair = displaced(alpha, source);
  return f64x2.sub(
    f64x2.mul(v128.shuffle<i64>(pair, pair, 0, 0), v128.load(beta, 16)),
    f64x2.mul(v128.shuffle<i64>(pair, pair, 1, 1), v128.load(beta)),
  );
}

/** cos of alpha - beta likewise. */
@inline
function cosineOf(alpha: usize, beta: usize, source: usize): v128 {
  let pair = v128.load(alpha);
  if (source) pair = displaced(alpha, source);
  return f64x2.add(
    f64x2.mul(v128.shuffle<i64>(pair, pair, 1, 1), v128.load(beta, 16)),
    f64x2.mul(v128.shuffle<i64>(pair, pair, 0, 0), v128.load(beta)),
  );
}

/** H+ and H- of the first `count` channels, gains aside. @param displacedSources a constant where this is inlined. */
@inline
function transmitPlain(bank: Bank, unit: u32, count: u32, displacedSources: bool): void {
  const w = bank.ringsPerWaveguide;
  const Tmin = f64x2.splat(f(bank.constants, 0)), F = f64x2.splat(f(bank.constants, 2)), one = f64x2.splat(1);
  for (let slot: u32 = 0; slot < count; slot++) {
    const channel = slot % w;
    const first = bank.crosstalk ? slot - channel : slot;
    const end = bank.crosstalk ? first + w : slot + 1;
    const source = displacedSources ? bank.source + 16 * (unit * bank.slots + slot) : 0;
    // lambda difference of channel and ring `first`, from where it falls by one a ring
    let alpha = bank.alpha + 16 * (w - 1 + (slot - first));
    let H = one, numerator = one, denominator = one;
    let factors: u32 = 0;
    for (let ring = first; ring < end; ring++) {
      const sine = sineOf(alpha, bank.beta + 32 * ring, source);
      const excess = f64x2.mul(f64x2.mul(sine, sine), F);
      numerator = f64x2.mul(numerator, f64x2.add(Tmin, excess));
      denominator = f64x2.mul(denominator, f64x2.add(one, excess));
      alpha -= 16;
      if (++factors == RINGS_PER_DIVISION) {
        H = f64x2.mul(H, f64x2.div(numerator, denominator));
        numerator = one;
        denominator = one;
        factors = 0;
      }
    }
    v128.store(bank.H + 16 * slot, f64x2.mul(H, f64x2.div(numerator, denominator)));
  }
}

/**
 * H and dH/dlambda of the first `count` channels, gains aside: the product rule, ring by ring, without a division by what a
 * ring on its notch transmits. dT/dd = 2 (1 - Tmin) F sin cos (pi / FSR) / (1 + F sin^2)^2.
 */
function transmitWithSlopes(bank: Bank, unit: u32, count: u32): void {
  const w = bank.ringsPerWaveguide;
  const floor = f(bank.constants, 0), finesse = f(bank.constants, 2);
  const Tmin = f64x2.splat(floor), F = f64x2.splat(finesse), one = f64x2.splat(1);
  const steepness = f64x2.splat((2 * (1 - floor) * finesse) / f(bank.constants, 3));
  for (let slot: u32 = 0; slot < count; slot++) {
    const channel = slot % w;
    const first = bank.crosstalk ? slot - channel : slot;
    const end = bank.crosstalk ? first + w : slot + 1;
    const source = bank.source ? bank.source + 16 * (unit * bank.slots + slot) : 0;
    let alpha = bank.alpha + 16 * (w - 1 + (slot - first));
    let H = one, D = f64x2.splat(0);
    for (let ring = first; ring < end; ring++) {
      const beta = bank.beta + 32 * ring;
      const sine = sineOf(alpha, beta, source), cosine = cosineOf(alpha, beta, source);
      const excess = f64x2.mul(f64x2.mul(sine, sine), F);
      const below = f64x2.div(one, f64x2.add(one, excess));
      const T = f64x2.mul(f64x2.add(Tmin, excess), below);
      const slope = f64x2.mul(f64x2.mul(steepness, f64x2.mul(sine, cosine)), f64x2.mul(below, below));
      D = f64x2.add(f64x2.mul(D, T), f64x2.mul(H, slope));
      H = f64x2.mul(H, T);
      alpha -= 16;
    }
    v128.store(bank.H + 16 * slot, H);
    v128.store(bank.slopes + 16 * slot, D);
  }
}

/** H+ and H- of the first `count` channels of a unit, and where VCSELs chirp dH/dlambda. */
export function transmit(bank: Bank, unit: u32, count: u32): void {
  if (bank.slopes) transmitWithSlopes(bank, unit, count);
  else if (bank.source) transmitPlain(bank, unit, count, true);
  else transmitPlain(bank, unit, count, false);
  if (!bank.gain) return;
  const gain = bank.gain + 16 * (unit * bank.slots);
  for (let slot: usize = 0; slot < <usize>count; slot++) {
    const factor = v128.load(gain + 16 * slot);
    v128.store(bank.H + 16 * slot, f64x2.mul(v128.load(bank.H + 16 * slot), factor));
    if (bank.slopes) v128.store(bank.slopes + 16 * slot, f64x2.mul(v128.load(bank.slopes + 16 * slot), factor));
  }
}
