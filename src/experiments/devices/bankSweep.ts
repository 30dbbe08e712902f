/** Effective bits of held values against the quality factor and the number of channels of a waveguide. */
import { DescriptionError } from '../../base/errors.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { type BankKind, bankOf } from '../../hardware/optics/bank.js';
import { actingCompensation, type Compensation, compensationsOf } from './bankStudy.js';
import { readRandomBanks } from './heldBank.js';
import { variant } from './variant.js';

/** One bank of `channels` rings of one waveguide. */
export interface SweepPoint {
  readonly qualityFactor: number;
  readonly channels: number;
  /** Spectral crosstalk alone; null where the quality factor is no valid one here. */
  readonly crosstalkBits: number | null;
  /** With the static errors of the description as well. */
  readonly bits: number | null;
}

export interface BankSweep {
  readonly kind: BankKind;
  readonly compensation: Compensation;
  readonly qualityFactors: readonly number[];
  readonly channels: readonly number[];
  /** [qualityFactors][channels], flat. */
  readonly points: readonly SweepPoint[];
  /** Spectral crosstalk alone at the description's own quality factor, by compensation: bits by channels. */
  readonly byCompensation: readonly CompensationSweep[];
}

export interface CompensationSweep {
  readonly compensation: Compensation;
  /** [channels]; null where the quality factor is no valid one here. */
  readonly bits: readonly (number | null)[];
}

export interface BankSweepOptions {
  readonly kind: BankKind;
  readonly seed: number;
  readonly chipSeed: number;
  readonly qualityFactors?: readonly number[];
  readonly channels?: readonly number[];
}

const QUALITY_FACTORS = [4000, 8000, 16000, 32000, 64000];
const CHANNELS = [2, 5, 10, 15, 25, 50];
/** Values of each point: RMS errors to 2 or 3 per cent. */
const VALUES = 800;

/**
 * The description with one waveguide of `channels` rings and as many units as banks are drawn; null where the linewidth
 * does not allow it.
 */
function denseVariant(hardware: HardwareDescription, kind: BankKind, qualityFactor: number, channels: number) {
  const isOwn = qualityFactor === hardware.microring.qualityFactor;
  const unit = { size: channels, units: Math.ceil(VALUES / channels) };
  const other = { size: 1, units: 1 };
  try {
    return variant(hardware, {
      ...(isOwn ? {} : { microring: { qualityFactor } }),
      grid: { wavelengthsPerWaveguide: channels },
      vdu: kind === 'conv' ? { conv: unit, fc: other } : { conv: other, fc: unit },
    });
  } catch (error) {
    if (error instanceof DescriptionError) return null;
    throw error;
  }
}

/**
 * The sweep; the full-scale detuning stays the same in linewidths, the spacing is as described (auto: all channels share
 * one free spectral range).
 */
export function bankSweep(hardware: HardwareDescription, options: BankSweepOptions): BankSweep {
  const { kind, seed, chipSeed } = options;
  const own = hardware.microring.qualityFactor;
  const ascending = (values: readonly number[]) => [...new Set(values)].sort((a, b) => a - b);
  // A measured response has the quality factor it has.
  const isMeasured = hardware.microring.response !== null;
  const qualityFactors = isMeasured ? [own] : (options.qualityFactors ?? ascending([...QUALITY_FACTORS, own]));
  const channels = options.channels ?? ascending([...CHANNELS, bankOf(hardware, kind).ringsPerWaveguide]);
  const bitsOf = (described: HardwareDescription | null, chip: number | null) =>
    described && readRandomBanks(described, kind, { values: VALUES, seed, chipSeed: chip }).statistics.effectiveBits;
  return {
    kind,
    compensation: actingCompensation(hardware, kind),
    qualityFactors,
    channels,
    points: qualityFactors.flatMap((qualityFactor) =>
      channels.map((count): SweepPoint => {
        const described = denseVariant(hardware, kind, qualityFactor, count);
        return {
          qualityFactor,
          channels: count,
          crosstalkBits: bitsOf(described, null),
          bits: bitsOf(described, chipSeed),
        };
      }),
    ),
    byCompensation: compensationsOf(kind).map((compensation) => {
      const compensated = variant(hardware, { grid: { compensation } });
      return { compensation, bits: channels.map((count) => bitsOf(denseVariant(compensated, kind, own, count), null)) };
    }),
  };
}
