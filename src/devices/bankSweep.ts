/** Effective bits of held values against the quality factor and the number of channels of a waveguide. */
import { DescriptionError } from '../errors.js';
import type { BankKind } from '../hardware/bank.js';
import type { HardwareDescription } from '../hardware/description.js';
import { readRandomBanks } from './heldBank.js';
import { variant } from './variant.js';

/** One bank of `channels` rings of one waveguide. */
export interface SweepPoint {
  readonly qualityFactor: number;
  readonly channels: number;
  /** Spectral crosstalk alone; null where the channels do not fit. */
  readonly crosstalkBits: number | null;
  /** With the static errors of the description as well. */
  readonly bits: number | null;
}

export interface BankSweep {
  readonly kind: BankKind;
  readonly compensation: HardwareDescription['grid']['compensation'];
  readonly qualityFactors: readonly number[];
  readonly channels: readonly number[];
  /** [qualityFactors][channels], flat. */
  readonly points: readonly SweepPoint[];
}

export interface BankSweepOptions {
  readonly kind: BankKind;
  readonly seed: number;
  readonly chipSeed: number;
  readonly qualityFactors?: readonly number[];
  readonly channels?: readonly number[];
}

const QUALITY_FACTORS = [2000, 4000, 8000, 16000, 32000, 64000];
const CHANNELS = [2, 5, 10, 15, 25, 50];
/** Values of each point: RMS errors to 2 or 3 per cent. */
const VALUES = 800;

/** The description with one waveguide of `channels` rings and as many units as banks are drawn. */
function denseVariant(hardware: HardwareDescription, kind: BankKind, qualityFactor: number, channels: number) {
  const unit = { size: channels, units: Math.ceil(VALUES / channels) };
  const other = { size: 1, units: 1 };
  return variant(hardware, {
    microring: { qualityFactor },
    grid: { wavelengthsPerWaveguide: channels },
    vdu: kind === 'conv' ? { conv: unit, fc: other } : { conv: other, fc: unit },
  });
}

/**
 * The sweep; the full-scale detuning stays the same in linewidths, the spacing is as described (auto: all channels share
 * one free spectral range).
 */
export function bankSweep(hardware: HardwareDescription, options: BankSweepOptions): BankSweep {
  const { kind, seed, chipSeed, qualityFactors = QUALITY_FACTORS, channels = CHANNELS } = options;
  const point = (qualityFactor: number, count: number): SweepPoint => {
    try {
      const described = denseVariant(hardware, kind, qualityFactor, count);
      const bitsOf = (chip: number | null) =>
        readRandomBanks(described, kind, { values: VALUES, seed, chipSeed: chip }).statistics.effectiveBits;
      return { qualityFactor, channels: count, crosstalkBits: bitsOf(null), bits: bitsOf(chipSeed) };
    } catch (error) {
      // A given spacing, or a linewidth, that this point of the sweep cannot have: no bank, no bits.
      if (error instanceof DescriptionError) return { qualityFactor, channels: count, crosstalkBits: null, bits: null };
      throw error;
    }
  };
  return {
    kind,
    compensation: hardware.grid.compensation,
    qualityFactors,
    channels,
    points: qualityFactors.flatMap((quality) => channels.map((count) => point(quality, count))),
  };
}
