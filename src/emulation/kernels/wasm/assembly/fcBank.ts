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
  /** float64: Tmin, Tfs, F, FSR / pi, electro-optic range. */
  constants: usize;
  /** Results, float64: electro-optic shifts of fast and slow rows, thermo-optic shifts of fast and slow rows. */
  shifts: usize;
}

/** Rings whose numerators and denominators are multiplied before they are divided: they stay finite up to F = 1e38. */
const RINGS_PER_DIVISION: u32 = 8;

@inline
function f(constants: usize, index: usize): f64 {
  return load<f64>(constants + 8 * index);
}

/**
 * Detunes every ring of the bank to its value, or parks it; adds up what tuning the active ones holds.
 * @param values of the row's entries, [count] float64 in [0, 1].
 * @returns 1 where a ring is beyond the electro-optic range.
 */
export function detune(bank: Bank, unit: u32, values: usize, count: u32): u32 {
  const c = bank.constants;
  const Tmin = f(c, 0), Tfs = f(c, 1), F = f(c, 2), freeSpectralRangeOverPi = f(c, 3), range = f(c, 4);
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
      const delta = freeSpectralRangeOverPi * Math.asin(sine);
      electroOptic += 2 * min(delta, range);
      thermoOptic += 2 * max(delta - range, 0);
      if (delta > range) slow = 1;
    }
  }
  const shifts = bank.shifts + 8 * slow;
  store<f64>(shifts, load<f64>(shifts) + electroOptic);
  store<f64>(shifts, load<f64>(shifts, 16) + thermoOptic, 16);
  return slow;
}

/** H+ and H- of the first `count` channels. */
export function transmit(bank: Bank, count: u32): void {
  const w = bank.ringsPerWaveguide;
  const Tmin = f64x2.splat(f(bank.constants, 0)), F = f64x2.splat(f(bank.constants, 2)), one = f64x2.splat(1);
  for (let slot: u32 = 0; slot < count; slot++) {
    const channel = slot % w;
    const first = bank.crosstalk ? slot - channel : slot;
    const end = bank.crosstalk ? first + w : slot + 1;
    // lambda difference of channel and ring `first`, from where it falls by one a ring
    let alpha = bank.alpha + 16 * (w - 1 + (slot - first));
    let H = one, numerator = one, denominator = one;
    let factors: u32 = 0;
    for (let ring = first; ring < end; ring++) {
      const beta = bank.beta + 32 * ring;
      const sine = f64x2.sub(
        f64x2.mul(v128.load64_splat(alpha), v128.load(beta, 16)),
        f64x2.mul(v128.load64_splat(alpha, 8), v128.load(beta)),
      );
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
