/** Optical losses, photocurrent and noise constants (sections 6 and 8 of the contract). */
import { DescriptionError } from '../../base/errors.js';
import { samplingInterval_ns } from '../derived.js';
import type { HardwareDescription } from '../description.js';
import type { Bank } from './bank.js';

/** Elementary charge, C (exact, SI 2019). */
const ELEMENTARY_CHARGE_C = 1.602176634e-19;

export interface LinkBudget {
  readonly loss_dB: number;
  /** Full-scale photocurrent of one wavelength, A. */
  readonly I_A: number;
  /** Whether I was lowered so that a waveguide's currents add to no more than photodetector.maximumCurrent_mA. */
  readonly capped: boolean;
}

/** No photon of a kilowatt arrives in a day. */
const LARGEST_LOSS_DB = 300;

/** In units of a full-scale product squared: noise a hundred thousand times as large as it leaves no signal. */
const LARGEST_VARIANCE = 1e10;

/** Loss from VCSEL to photodetector and the photocurrent of a full-scale wavelength. */
export function linkBudget(hardware: HardwareDescription, bank: Bank): LinkBudget {
  const { losses, microring, vcsel, photodetector } = hardware;
  const w = bank.ringsPerWaveguide;
  const length_cm = w * (2 * microring.radius_um + microring.gap_um) * 1e-4;
  const loss_dB =
    losses.coupler_dB +
    losses.multiplexer_dB +
    (bank.kind === 'conv' && bank.rails === 2 ? losses.railSplitter_dB : 0) +
    losses.waveguide_dB_per_cm * length_cm +
    losses.offResonanceRing_dB * (w - 1) +
    losses.broadbandRing_dB;
  if (!(loss_dB <= LARGEST_LOSS_DB)) {
    throw new DescriptionError(
      `losses of a ${bank.kind.toUpperCase()} unit add up to ${loss_dB.toPrecision(4)} dB, more than ${LARGEST_LOSS_DB}: no ` +
        'photon arrives; lower losses, microring.radius_um or gap_um, or have fewer grid.wavelengthsPerWaveguide',
    );
  }
  const wanted_A = photodetector.responsivity_A_per_W * vcsel.opticalPower_mW * 1e-3 * 10 ** (-loss_dB / 10);
  const largest_A = (photodetector.maximumCurrent_mA * 1e-3) / w;
  return { loss_dB, I_A: Math.min(wanted_A, largest_A), capped: wanted_A > largest_A };
}

/** Photons, each an electron, that a photocurrent gives in one sample of a unit: I / (2 q B). */
export function electronsPerSample(hardware: HardwareDescription, kind: Bank['kind'], I_A: number): number {
  return (I_A * samplingInterval_ns(hardware, kind) * 1e-9) / ELEMENTARY_CHARGE_C;
}

/**
 * Full-scale photocurrent at which a weight at full scale receives `photons` photons a multiplication.
 * @param mean of the activations, in [0, 1].
 */
export function currentForPhotons_A(hardware: HardwareDescription, bank: Bank, photons: number, mean: number): number {
  return photons / (mean * bank.c * electronsPerSample(hardware, bank.kind, 1));
}

/** Terms of the variance of u, each 0 where its effect is off: see `NoiseConstants`; the converter's term is separate. */
export interface NoiseTerms {
  readonly shot: number;
  readonly intensity: number;
  /** Dark current, in the constant term. */
  readonly dark: number;
  /** Receiver, in the constant term. */
  readonly thermal: number;
}

/** Noise constants of a bank: variance(u) = shot g sum v a + intensity g^2 sum v^2 b^2 + dark + thermal. */
export function noiseTerms(hardware: HardwareDescription, bank: Bank, I_A: number): NoiseTerms {
  const { effects, photodetector, receiver, vcsel } = hardware;
  const bandwidth_Hz = 1 / (2 * samplingInterval_ns(hardware, bank.kind) * 1e-9);
  const full_A2 = (I_A * bank.c) ** 2;
  const shot_A = 2 * ELEMENTARY_CHARGE_C * bandwidth_Hz;
  const receiver_A2 = (receiver.noise_pA_per_rtHz * 1e-12) ** 2 * bandwidth_Hz;
  const relativeIntensity = 10 ** (vcsel.relativeIntensityNoise_dB_per_Hz / 10) * bandwidth_Hz;
  const terms = {
    shot: effects.shotNoise ? (shot_A * I_A) / full_A2 : 0,
    dark: effects.shotNoise
      ? (shot_A * bank.rails * bank.waveguides * photodetector.darkCurrent_nA * 1e-9) / full_A2
      : 0,
    thermal: effects.thermalNoise ? receiver_A2 / full_A2 : 0,
    intensity: effects.intensityNoise ? (relativeIntensity * I_A * I_A) / full_A2 : 0,
  };
  for (const [name, variance] of Object.entries(terms)) {
    if (variance <= LARGEST_VARIANCE) continue;
    throw new DescriptionError(
      `${name} noise of a ${bank.kind.toUpperCase()} unit is ${Math.sqrt(variance).toExponential(2)} times a full-scale ` +
        `product (${I_A.toExponential(2)} A a wavelength), more than 1e5: no signal; more light, less loss, a longer ` +
        'receiver.samplingInterval_ns or less noise is needed',
    );
  }
  return terms;
}
