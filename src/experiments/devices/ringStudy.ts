/** The microring: its through port, what a resonance error does to a held value, and which values a DAC reaches. */
import type { HardwareDescription } from '../../hardware/description.js';
import type { MeasuredResponse } from '../../hardware/optics/measuredResponse.js';
import {
  convTransmission,
  detuning_nm,
  detuningLinearLevels,
  type Ring,
  ringConstants,
  transmission,
  transmissionSlope_per_nm,
} from '../../hardware/optics/ring.js';
import { type AiryFit, airyTransmission, fitAiry } from './airyFit.js';
import { effectiveBits } from './effectiveBits.js';
import { evenlySpaced } from './variant.js';
import { type ControlNeeds, controlNeeds } from './weightControl.js';

const SPEED_OF_LIGHT_m_per_s = 299_792_458;

/** All-pass ring that has the description's linewidth and extinction (Bogaerts et al., Laser Photonics Rev. 6, 47). */
interface AllPassRing {
  /** a: field transmission of a round trip. The other solution, undercoupled, exchanges it with `selfCoupling`. */
  readonly roundTripTransmission: number;
  /** r: field self-coupling; not above a, so the ring is overcoupled or (Tmin = 0) critically coupled. */
  readonly selfCoupling: number;
  readonly roundTripLoss_dB: number;
  readonly loss_dB_per_cm: number;
}

/** A measured response beside the Airy curve that comes nearest to it. */
export interface MeasuredRing {
  readonly detuning_nm: readonly number[];
  readonly transmission: readonly number[];
  readonly fit: AiryFit;
  /** The fitted curve at the distances of the study's curve. */
  readonly fitted: readonly number[];
}

/** Steepest point of the through port. */
export interface SteepestPoint {
  readonly detuning_nm: number;
  readonly transmission: number;
  /** dT/dd, 1/nm. */
  readonly slope_per_nm: number;
  /** Change of a held value there, full scale 1, by one pm. */
  readonly valueError_per_pm: number;
}

/** Random resonance errors of one standard deviation. */
export interface ResidualError {
  readonly residual_pm: number;
  /** RMS error of a held value, over values uniform in [0, 1] and normal errors. */
  readonly rms: number;
  readonly effectiveBits: number;
}

/** A resonance error that moves the steepest point by one level. */
interface LevelShift {
  readonly bits: number;
  readonly shift_pm: number;
  readonly shift_mK: number;
}

/** Values that a DAC linear in detuning reaches, [levels], against the same number equally spaced. */
interface ReachableLevels {
  readonly bits: number;
  readonly detuning_nm: readonly number[];
  readonly value: readonly number[];
  readonly largestGap: number;
  /** RMS distance to the nearest level of values uniform in [0, 1]. */
  readonly rms: number;
  readonly effectiveBits: number;
  readonly uniformEffectiveBits: number;
}

export interface RingStudy {
  readonly hardware: string;
  readonly constants: Omit<Ring, 'response'> & {
    readonly wavelength_nm: number;
    readonly qualityFactor: number;
    readonly finesse: number;
    readonly fullScaleLoss_dB: number;
    /** Optical bandwidth of the cavity, c / (wavelength Q). */
    readonly photonLifetimeBandwidth_GHz: number;
  };
  /** Of the Airy curve; of the one fitted to a measured response where there is one. */
  readonly allPass: AllPassRing;
  /** The measured response and the Airy curve fitted to it; null where the description gives none. */
  readonly measured: MeasuredRing | null;
  readonly steepest: SteepestPoint;
  readonly levelShifts: readonly LevelShift[];
  readonly residuals: readonly ResidualError[];
  /** What published control of weights asks of this ring. */
  readonly control: readonly ControlNeeds[];
  readonly levels: ReachableLevels;
  readonly curve: { readonly distance_nm: readonly number[]; readonly transmission: readonly number[] };
  /** Change of a held value by one pm, by value. */
  readonly sensitivity: { readonly value: readonly number[]; readonly valueError_per_pm: readonly number[] };
}

/** The overcoupled all-pass ring of a linewidth (through F = 4ra / (1 - ra)^2) and of Tmin = ((a - r) / (1 - ra))^2. */
function allPassRing(
  { finesseCoefficient, Tmin }: Pick<Ring, 'finesseCoefficient' | 'Tmin'>,
  radius_um: number,
): AllPassRing {
  const y = 1 + 2 / finesseCoefficient;
  const product = y - Math.sqrt(y * y - 1);
  const difference = Math.sqrt(Tmin) * (1 - product);
  const a = (difference + Math.sqrt(difference * difference + 4 * product)) / 2;
  const roundTripLoss_dB = -20 * Math.log10(a);
  return {
    roundTripTransmission: a,
    selfCoupling: product / a,
    roundTripLoss_dB,
    loss_dB_per_cm: roundTripLoss_dB / (2 * Math.PI * radius_um * 1e-4),
  };
}

/** Of a measured response, the steepest slope between two rows of the flank on which values are imprinted. */
function steepestRow({ detuning_nm: x, transmission: y }: MeasuredResponse, fullScale_nm: number): number {
  let [steepest, at_nm] = [0, 0];
  for (let row = 1; row < x.length && x[row]! <= 0; row++) {
    if (x[row]! <= -fullScale_nm) continue;
    const slope = (y[row - 1]! - y[row]!) / (x[row]! - x[row - 1]!);
    if (slope > steepest) [steepest, at_nm] = [slope, -(x[row]! + x[row - 1]!) / 2];
  }
  return at_nm;
}

/** Airy form: where |dT/dd| is largest, d^2T/dd^2 = 0 is a quadratic in cos(2 pi d / FSR). */
function steepestAiry(ring: Ring): number {
  const B = ring.finesseCoefficient / 2;
  const A = 1 + B;
  const cosine = (-A + Math.sqrt(A * A + 8 * B * B)) / (2 * B);
  return (ring.freeSpectralRange_nm / (2 * Math.PI)) * Math.acos(cosine);
}

/** The detuning at which a held value is most sensitive. */
export function steepestPoint(ring: Ring): SteepestPoint {
  const at_nm = ring.response ? steepestRow(ring.response, ring.fullScaleDetuning_nm) : steepestAiry(ring);
  // Light at its own channel sees T(-delta).
  const slope_per_nm = -transmissionSlope_per_nm(ring, -at_nm);
  return {
    detuning_nm: at_nm,
    transmission: transmission(ring, -at_nm),
    slope_per_nm,
    valueError_per_pm: (slope_per_nm * 1e-3) / (ring.Tfs - ring.Tmin),
  };
}

const VALUE_POINTS = 400;
/** The trapezoidal rule converges exponentially on a Gaussian: +-6 deviations in steps of a quarter are ample. */
const DEVIATIONS = evenlySpaced(-6, 6, 49);

/** RMS error of a held value whose ring is off by normal errors of `residual_nm`. */
export function residualError(ring: Ring, residual_nm: number): ResidualError {
  const fullScale = ring.Tfs - ring.Tmin;
  const weights = DEVIATIONS.map((z) => Math.exp((-z * z) / 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  for (let i = 0; i < VALUE_POINTS; i++) {
    const own = convTransmission(ring, (i + 0.5) / VALUE_POINTS);
    const delta_nm = detuning_nm(ring, own);
    DEVIATIONS.forEach((z, at) => {
      const error = (transmission(ring, -(delta_nm + z * residual_nm)) - own) / fullScale;
      sum += (weights[at]! / total) * error * error;
    });
  }
  const rms = Math.sqrt(sum / VALUE_POINTS);
  return { residual_pm: residual_nm * 1e3, rms, effectiveBits: effectiveBits(rms) };
}

/** RMS distance from values uniform in [0, 1] to the nearest of ascending levels from 0 to 1. */
function nearestLevelRms(levels: ArrayLike<number>): number {
  let cubes = 0;
  for (let code = 1; code < levels.length; code++) cubes += (levels[code]! - levels[code - 1]!) ** 3;
  // A gap g contributes the integral of the squared distance to its nearer end: 2 (g/2)^3 / 3 = g^3 / 12.
  return Math.sqrt(cubes / 12);
}

function reachableLevels(ring: Ring, bits: number): ReachableLevels {
  const value = Array.from(detuningLinearLevels(ring, bits));
  const last = value.length - 1;
  const rms = nearestLevelRms(value);
  return {
    bits,
    detuning_nm: value.map((_, code) => (code * ring.fullScaleDetuning_nm) / last),
    value,
    largestGap: value.slice(1).reduce((most, level, code) => Math.max(most, level - value[code]!), 0),
    rms,
    effectiveBits: effectiveBits(rms),
    uniformEffectiveBits: effectiveBits(1 / last / Math.sqrt(12)),
  };
}

/** The measured response, and what the Airy model would make of it. */
function measuredRing(hardware: HardwareDescription, distance_nm: readonly number[]): MeasuredRing | null {
  const { response, freeSpectralRange_nm, wavelength_nm } = hardware.microring;
  if (response === null || typeof response === 'string') return null;
  const fit = fitAiry(response, freeSpectralRange_nm, wavelength_nm);
  return {
    detuning_nm: response.map(([d]) => d),
    transmission: response.map(([, t]) => t),
    fit,
    fitted: distance_nm.map((d) => airyTransmission(fit, d)),
  };
}

const RESIDUALS_PM = [0.1, 0.3, 0.5, 1, 2, 5, 10, 30, 100];
const LEVEL_BITS = [6, 8, 9];
const CURVE_POINTS = 801;

/**
 * Everything that `sonic device ring` shows.
 * @param span_nm width of the curve around the resonance; default six times the full-scale detuning, at most one free
 *   spectral range.
 */
export function ringStudy(hardware: HardwareDescription, span_nm?: number): RingStudy {
  const ring = ringConstants(hardware);
  const { wavelength_nm, qualityFactor, radius_um } = hardware.microring;
  const { thermalShift_nm_per_K, trimResidual_nm } = hardware.tuning;
  const half_nm = (span_nm ?? Math.min(6 * ring.fullScaleDetuning_nm, ring.freeSpectralRange_nm)) / 2;
  const distance_nm = evenlySpaced(-half_nm, half_nm, CURVE_POINTS);
  const value = evenlySpaced(0, 1, 201);
  const steepest = steepestPoint(ring);
  const measured = measuredRing(hardware, distance_nm);
  const { response: _, ...constants } = ring;
  const residuals_pm = [...new Set([...RESIDUALS_PM, trimResidual_nm * 1e3])].filter((pm) => pm > 0);
  return {
    hardware: hardware.name,
    constants: {
      ...constants,
      wavelength_nm,
      qualityFactor,
      finesse: ring.freeSpectralRange_nm / ring.linewidth_nm,
      fullScaleLoss_dB: -10 * Math.log10(ring.Tfs),
      photonLifetimeBandwidth_GHz: SPEED_OF_LIGHT_m_per_s / (wavelength_nm * qualityFactor),
    },
    allPass: allPassRing(measured ? measured.fit : ring, radius_um),
    measured,
    steepest,
    levelShifts: LEVEL_BITS.map((bits) => {
      const shift_pm = 1 / (2 ** bits - 1) / steepest.valueError_per_pm;
      return { bits, shift_pm, shift_mK: shift_pm / thermalShift_nm_per_K };
    }),
    residuals: residuals_pm.sort((a, b) => a - b).map((pm) => residualError(ring, pm * 1e-3)),
    control: controlNeeds(ring, thermalShift_nm_per_K, (nm) => residualError(ring, nm).rms),
    levels: reachableLevels(ring, hardware.weightDac.bits),
    curve: { distance_nm, transmission: distance_nm.map((d) => transmission(ring, d)) },
    sensitivity: {
      value,
      valueError_per_pm: value.map((v) => {
        const delta_nm = detuning_nm(ring, convTransmission(ring, v));
        return (-transmissionSlope_per_nm(ring, -delta_nm) * 1e-3) / (ring.Tfs - ring.Tmin);
      }),
    },
  };
}
