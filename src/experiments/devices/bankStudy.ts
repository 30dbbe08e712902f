/** A bank of rings: what its channels transmit, what crosstalk and static errors leave of the values it holds. */

import type { HardwareDescription } from '../../hardware/description.js';
import type { EffectName } from '../../hardware/fields/effects.js';
import { gridWarnings } from '../../hardware/hardwareWarnings.js';
import { type Bank, type BankKind, bankOf, crosstalkAt } from '../../hardware/optics/bank.js';
import type { MeasuredChip } from '../../hardware/optics/measuredChip.js';
import { transmission } from '../../hardware/optics/ring.js';
import {
  chipErrors,
  drawHeld,
  type ErrorStatistics,
  errorStatistics,
  type HeldBank,
  holdBank,
  readRandomBanks,
} from './heldBank.js';
import { evenlySpaced, variant, withOnlyEffects } from './variant.js';

export type Compensation = HardwareDescription['grid']['compensation'];

/** One bank holding one set of values. */
export interface BankCase {
  readonly name: string;
  readonly compensation: Compensation;
  /** Whether the static errors of the chip act; spectral crosstalk always does as the description says. */
  readonly staticErrors: boolean;
  /** [2 rails][slots]. */
  readonly detuning_nm: readonly (readonly number[])[];
  readonly error_nm: readonly (readonly number[])[];
  readonly transmission: readonly (readonly number[])[];
  /** What the values read as, [held]. */
  readonly read: readonly number[];
  readonly shown: ErrorStatistics;
  /** The same of random banks of the same kind. */
  readonly random: ErrorStatistics;
}

/** One cause of errors alone, on random banks. */
interface ErrorSource {
  readonly name: string;
  readonly random: ErrorStatistics;
}

/** Transmission of the rails of one waveguide over wavelength. */
interface BankSpectrum {
  /** Wavelength from the centre of the waveguide's channels. */
  readonly offset_nm: readonly number[];
  /** [2 rails][points]. */
  readonly transmission: readonly (readonly number[])[];
}

export interface BankStudy {
  readonly hardware: string;
  readonly kind: BankKind;
  readonly chipSeed: number;
  readonly unit: number;
  readonly seed: number;
  readonly qualityFactor: number;
  readonly size: number;
  readonly waveguides: number;
  readonly ringsPerWaveguide: number;
  readonly channelSpacing_nm: number;
  readonly channelSpacing_linewidths: number;
  readonly channel_nm: readonly number[];
  /** X of compensation gain and full, and what it would be at v = 0 and v = 1. */
  readonly X: number;
  readonly XOfExtremes: readonly [parked: number, fullScale: number];
  readonly held: readonly number[];
  readonly cases: readonly BankCase[];
  readonly sources: readonly ErrorSource[];
  readonly spectrum: BankSpectrum;
  /** What the user should know of the bank. */
  readonly warnings: readonly string[];
}

export interface BankStudyOptions {
  readonly kind: BankKind;
  /** Values to hold; default random ones. */
  readonly held?: readonly number[] | undefined;
  readonly seed: number;
  readonly chipSeed: number;
  /** Static errors of the chip that are not drawn. */
  readonly measured?: MeasuredChip | null | undefined;
  /** Unit whose bank is shown. */
  readonly unit: number;
}

/** Random values that statistics are taken over. */
const VALUES = 4000;
const SPECTRUM_POINTS = 1201;

/** What a cause of errors of held values is called; null: nothing of a bank's own, or the light's. */
const CAUSES: Record<EffectName, ((hardware: HardwareDescription, kind: BankKind) => string) | null> = {
  spectralCrosstalk: (hardware, kind) => `spectral crosstalk, compensation ${actingCompensation(hardware, kind)}`,
  processVariation: () => 'process variation',
  thermalCrosstalk: ({ tuning }) => `thermal crosstalk, ${tuning.ted ? 'with' : 'without'} TED`,
  temperatureOffset: () => 'temperature offset',
  drift: ({ tuning }) => `drift, ${tuning.hoursSinceCalibration} h after calibration`,
  gainErrors: () => 'gain errors',
  sourceWavelength: () => 'wavelengths of sources',
  // Shapes what a value is: in all of them.
  extinction: null,
  // Depend on what streams past, of which a bank alone knows nothing.
  selfHeating: null,
  chirp: null,
  // Converters and noise.
  weightQuantisation: null,
  activationQuantisation: null,
  adcQuantisation: null,
  shotNoise: null,
  thermalNoise: null,
  intensityNoise: null,
  converterNoise: null,
};

/** What there is to compare: `full` solves CONV banks only, an FC bank then has `gain`. */
export function compensationsOf(kind: BankKind): readonly Compensation[] {
  return kind === 'conv' ? ['none', 'gain', 'full'] : ['none', 'gain'];
}

/** What the description's compensation comes to in a kind of bank. */
export function actingCompensation(hardware: HardwareDescription, kind: BankKind): Compensation {
  const { compensation } = hardware.grid;
  return compensationsOf(kind).includes(compensation) ? compensation : 'gain';
}

const lists = (rails: readonly Float64Array[]) => rails.map((rail) => Array.from(rail));

function bankCase(
  hardware: HardwareDescription,
  compensation: Compensation,
  staticErrors: boolean,
  held: readonly number[],
  { kind, seed, chipSeed, measured = null, unit }: BankStudyOptions,
): BankCase {
  const described = variant(hardware, { grid: { compensation } });
  const bank = bankOf(described, kind);
  const place = staticErrors ? { errors: chipErrors(described, bank, chipSeed, measured), unit } : null;
  const result: HeldBank = holdBank(described, bank, held, place);
  const draw = { values: VALUES, seed, chipSeed: staticErrors ? chipSeed : null, measured };
  return {
    name: staticErrors ? `${compensation}, chip ${chipSeed}` : compensation,
    compensation,
    staticErrors,
    detuning_nm: lists(result.detuning_nm),
    error_nm: lists(result.error_nm),
    transmission: lists(result.transmission),
    read: Array.from(result.read),
    shown: errorStatistics(result.read, held),
    random: readRandomBanks(described, kind, draw).statistics,
  };
}

/** Each cause of errors with all other effects off, extinction aside, which shapes what a value is. */
function errorSources(
  hardware: HardwareDescription,
  { kind, seed, chipSeed, measured }: BankStudyOptions,
): ErrorSource[] {
  const alone = (name: string, effects: readonly EffectName[]): ErrorSource => {
    const described = withOnlyEffects(hardware, ['extinction', ...effects]);
    return { name, random: readRandomBanks(described, kind, { values: VALUES, seed, chipSeed, measured }).statistics };
  };
  const causes = (Object.keys(CAUSES) as EffectName[]).filter((effect) => CAUSES[effect] !== null);
  return [
    alone('finite extinction (in all below too)', []),
    ...causes.map((effect) => alone(CAUSES[effect]!(hardware, kind), [effect])),
    alone('all', causes),
  ];
}

/** Product of all rings of the first waveguide over the wavelengths of its channels and half a spacing beyond. */
function spectrumOf(bank: Bank, { detuning_nm, error_nm }: BankCase): BankSpectrum {
  const half_nm = (bank.ringsPerWaveguide * bank.channelSpacing_nm) / 2;
  const offset_nm = evenlySpaced(-half_nm, half_nm, SPECTRUM_POINTS);
  const rail = (index: 0 | 1) =>
    offset_nm.map((wavelength) =>
      bank.channel_nm.reduce((product, channel, i) => {
        const resonance_nm = channel + detuning_nm[index]![i]! + error_nm[index]![i]!;
        return product * transmission(bank.ring, wavelength - resonance_nm);
      }, 1),
    );
  return { offset_nm, transmission: [rail(0), bank.rails === 2 ? rail(1) : offset_nm.map(() => 0)] };
}

/** Everything that `sonic device bank` shows but the sweep. */
export function bankStudy(hardware: HardwareDescription, options: BankStudyOptions): BankStudy {
  const { kind, seed, chipSeed, unit } = options;
  const bank = bankOf(hardware, kind);
  const held = options.held ?? Array.from(drawHeld(bank, bank.size, seed));
  const cases = [
    ...compensationsOf(kind).map((compensation) => bankCase(hardware, compensation, false, held, options)),
    bankCase(hardware, actingCompensation(hardware, kind), true, held, options),
  ];
  return {
    hardware: hardware.name,
    kind,
    chipSeed,
    unit,
    seed,
    qualityFactor: hardware.microring.qualityFactor,
    size: bank.size,
    waveguides: bank.waveguides,
    ringsPerWaveguide: bank.ringsPerWaveguide,
    channelSpacing_nm: bank.channelSpacing_nm,
    channelSpacing_linewidths: bank.channelSpacing_nm / bank.ring.linewidth_nm,
    channel_nm: Array.from(bank.channel_nm),
    X: crosstalkAt(hardware, kind, 0.5),
    XOfExtremes: [crosstalkAt(hardware, kind, 0), crosstalkAt(hardware, kind, 1)],
    held,
    cases,
    sources: errorSources(hardware, options),
    spectrum: spectrumOf(bank, cases.at(-1)!),
    warnings: gridWarnings(hardware, kind),
  };
}
