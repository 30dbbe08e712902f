/** The optical link of a unit: losses, photocurrent, and how much noise a partial sum has. */

import { samplingInterval_ns } from '../../hardware/derived.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { type Bank, type BankKind, bankOf } from '../../hardware/optics/bank.js';
import { linkBudget, type NoiseTerms, noiseTerms } from '../../hardware/optics/linkBudget.js';
import { effectiveBits } from './effectiveBits.js';
import { holdBank } from './heldBank.js';
import { logarithmicallySpaced, variant } from './variant.js';

/** One element of the link. */
interface Loss {
  readonly element: string;
  readonly loss_dB: number;
}

/** What a unit multiplies in one sample. */
interface OperatingPoint {
  readonly name: string;
  /** Channels that carry light, all with the same streamed and held value. */
  readonly channels: number;
  readonly value: number;
}

/** Standard deviations of u, a full-scale product being 1. */
export interface PartialSumNoise {
  readonly point: OperatingPoint;
  readonly u: number;
  readonly shot: number;
  readonly intensity: number;
  readonly dark: number;
  readonly thermal: number;
  readonly total: number;
  /** 20 log10(u / total): electrical. */
  readonly signalToNoise_dB: number;
  /** Of one full-scale product under this noise. */
  readonly effectiveBits: number;
  /** (SNR - 1.76 dB) / 6.02 dB: the bits of a converter whose full-scale sine has this ratio. */
  readonly effectiveNumberOfBits: number;
}

/** Noise at full scale of one optical power. */
interface PowerPoint {
  readonly opticalPower_mW: number;
  readonly I_A: number;
  readonly capped: boolean;
  readonly full: PartialSumNoise;
  readonly product: PartialSumNoise;
}

export interface UnitLink {
  readonly kind: BankKind;
  readonly size: number;
  readonly waveguides: number;
  readonly ringsPerWaveguide: number;
  readonly losses: readonly Loss[];
  readonly loss_dB: number;
  readonly receivedPower_mW: number;
  readonly I_A: number;
  /** Largest current of a waveguide's photodetector. */
  readonly waveguideCurrent_A: number;
  readonly capped: boolean;
  readonly bandwidth_MHz: number;
  /** u = signal current / (I c). */
  readonly c: number;
  readonly noise: readonly PartialSumNoise[];
  readonly sweep: readonly PowerPoint[];
}

export interface LinkStudy {
  readonly hardware: string;
  readonly opticalPower_mW: number;
  readonly responsivity_A_per_W: number;
  readonly maximumCurrent_mA: number;
  readonly units: readonly UnitLink[];
}

/** The elements of `linkBudget`'s sum, one by one. */
function lossesOf(hardware: HardwareDescription, { kind, rails, ringsPerWaveguide: w }: Bank): Loss[] {
  const { losses, microring } = hardware;
  const length_cm = w * (2 * microring.radius_um + microring.gap_um) * 1e-4;
  return [
    { element: 'chip coupling', loss_dB: losses.coupler_dB },
    { element: 'wavelength multiplexer', loss_dB: losses.multiplexer_dB },
    { element: 'splitter to two rails', loss_dB: kind === 'conv' && rails === 2 ? losses.railSplitter_dB : 0 },
    { element: 'waveguide', loss_dB: losses.waveguide_dB_per_cm * length_cm },
    { element: 'rings passed', loss_dB: losses.offResonanceRing_dB * (w - 1) },
    { element: 'broadband ring', loss_dB: losses.broadbandRing_dB },
  ];
}

function pointsOf({ size }: Bank): OperatingPoint[] {
  return [
    { name: 'dark', channels: 0, value: 0 },
    { name: 'one full-scale product', channels: 1, value: 1 },
    { name: 'all at half scale', channels: size, value: 0.5 },
    { name: 'all at full scale', channels: size, value: 1 },
  ];
}

/** Noise of a partial sum without gain (g = 1) and static errors; every weight positive. */
function partialSumNoise(
  hardware: HardwareDescription,
  bank: Bank,
  terms: NoiseTerms,
  point: OperatingPoint,
): PartialSumNoise {
  const held = new Float64Array(bank.size).fill(point.value, 0, point.channels);
  const [plus, minus] = holdBank(hardware, bank, held, null).transmission;
  let [signal, power, square] = [0, 0, 0];
  for (let j = 0; j < point.channels; j++) {
    // Only one bus of an FC slot is lit, so it alone makes signal and noise.
    const dark = bank.kind === 'conv' ? minus[j]! : 0;
    signal += point.value * (plus[j]! - dark);
    power += point.value * (plus[j]! + dark);
    square += (point.value * (plus[j]! - dark)) ** 2;
  }
  const variances = {
    shot: terms.shot * power,
    intensity: terms.intensity * square,
    dark: terms.dark,
    thermal: terms.thermal,
  };
  const total = Math.sqrt(variances.shot + variances.intensity + variances.dark + variances.thermal);
  const u = signal / bank.c;
  const signalToNoise_dB = 20 * Math.log10(u / total);
  return {
    point,
    u,
    shot: Math.sqrt(variances.shot),
    intensity: Math.sqrt(variances.intensity),
    dark: Math.sqrt(variances.dark),
    thermal: Math.sqrt(variances.thermal),
    total,
    signalToNoise_dB,
    effectiveBits: effectiveBits(total),
    effectiveNumberOfBits: (signalToNoise_dB - 1.76) / 6.02,
  };
}

/** Noise of the partial sums of one kind of unit at the points of `pointsOf`: dark, one product, half and full scale. */
export function unitNoise(hardware: HardwareDescription, kind: BankKind): PartialSumNoise[] {
  const bank = bankOf(hardware, kind);
  const terms = noiseTerms(hardware, bank, linkBudget(hardware, bank).I_A);
  return pointsOf(bank).map((point) => partialSumNoise(hardware, bank, terms, point));
}

const POWERS_MW = logarithmicallySpaced(1e-3, 10, 81);

function powerSweep(hardware: HardwareDescription, kind: BankKind): PowerPoint[] {
  return POWERS_MW.map((opticalPower_mW) => {
    const described = variant(hardware, { vcsel: { opticalPower_mW } });
    const bank = bankOf(described, kind);
    const { I_A, capped } = linkBudget(described, bank);
    const terms = noiseTerms(described, bank, I_A);
    const [, product, , full] = pointsOf(bank).map((point) => partialSumNoise(described, bank, terms, point));
    return { opticalPower_mW, I_A, capped, full: full!, product: product! };
  });
}

function unitLink(hardware: HardwareDescription, kind: BankKind): UnitLink {
  const bank = bankOf(hardware, kind);
  const { loss_dB, I_A, capped } = linkBudget(hardware, bank);
  return {
    kind,
    size: bank.size,
    waveguides: bank.waveguides,
    ringsPerWaveguide: bank.ringsPerWaveguide,
    losses: lossesOf(hardware, bank),
    loss_dB,
    receivedPower_mW: hardware.vcsel.opticalPower_mW * 10 ** (-loss_dB / 10),
    I_A,
    waveguideCurrent_A: I_A * bank.ringsPerWaveguide,
    capped,
    bandwidth_MHz: 1e3 / (2 * samplingInterval_ns(hardware, kind)),
    c: bank.c,
    noise: unitNoise(hardware, kind),
    sweep: powerSweep(hardware, kind),
  };
}

/** Everything that `sonic device link` shows. */
export function linkStudy(hardware: HardwareDescription): LinkStudy {
  return {
    hardware: hardware.name,
    opticalPower_mW: hardware.vcsel.opticalPower_mW,
    responsivity_A_per_W: hardware.photodetector.responsivity_A_per_W,
    maximumCurrent_mA: hardware.photodetector.maximumCurrent_mA,
    units: [unitLink(hardware, 'conv'), unitLink(hardware, 'fc')],
  };
}
