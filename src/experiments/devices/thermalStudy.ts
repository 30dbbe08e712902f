/** Heat between rings: how far it reaches, what collective tuning (TED) drives, and which errors either way leaves. */

import { mean, rootMeanSquare } from '../../base/statistics/moments.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { type BankKind, bankOf } from '../../hardware/optics/bank.js';
import type { MeasuredChip } from '../../hardware/optics/measuredChip.js';
import { couplingByDistance, couplingMatrix, thermalCoupling } from '../../hardware/optics/thermal.js';
import { cholesky, solveCholesky } from '../../hardware/optics/trims.js';
import { drawTrims } from '../../hardware/optics/variation.js';
import { effectiveBits } from './effectiveBits.js';
import { symmetricEigenvalues } from './eigenvalues.js';
import { readRandomBanks } from './heldBank.js';
import { evenlySpaced, variant, withOnlyEffects } from './variant.js';

/** A ring and its neighbour `places` further. */
interface NeighbourCoupling {
  readonly places: number;
  /** Edge to edge. */
  readonly gap_um: number;
  readonly coupling: number;
}

/** One ring of the shown waveguide. */
interface RingDrive {
  readonly ring: number;
  /** s: shift that trimming must undo. */
  readonly target_nm: number;
  /** (K^-1 s): what its heater drives with TED; below 0 a heater cannot follow. */
  readonly drive_nm: number;
  /** What the ring is off if every heater drives its own s. */
  readonly parasitic_nm: number;
}

/** Tuning the whole chip with or without TED. */
interface TuningResult {
  readonly ted: boolean;
  /** Sum over a kind's rings of positive drives, as heater power. */
  readonly power_W: number;
  readonly meanDrive_nm: number;
  /** Drives below 0, which are not driven: share of all rings. */
  readonly negativeShare: number;
  /** Resonance errors of rings in banks that hold random values: mean and root mean square. */
  readonly meanError_pm: number;
  readonly rmsError_pm: number;
  /** Of a held value, thermal crosstalk alone. */
  readonly effectiveBits: number;
}

export interface ThermalStudy {
  readonly hardware: string;
  readonly kind: BankKind;
  readonly chipSeed: number;
  readonly ringsPerWaveguide: number;
  readonly rings: number;
  readonly tuningPower_mW_per_nm: number;
  readonly curve: { readonly gap_um: readonly number[]; readonly coupling: readonly number[] };
  readonly neighbours: readonly NeighbourCoupling[];
  /** K, [rings][rings]. */
  readonly matrix: readonly (readonly number[])[];
  /** Smallest and largest eigenvalue of K; null for waveguides too large to be worth the time. */
  readonly eigenvalues: readonly [number, number] | null;
  /** Waveguide 0 of the + rail of unit 0. */
  readonly drives: readonly RingDrive[];
  readonly meanTarget_nm: number;
  readonly tuning: readonly TuningResult[];
}

export interface ThermalStudyOptions {
  readonly kind: BankKind;
  readonly chipSeed: number;
  readonly seed: number;
  /** Static errors of the chip that are not drawn. */
  readonly measured?: MeasuredChip | null | undefined;
}

const CURVE_LIMIT_UM = 60;
const MAXIMUM_EIGENVALUE_RINGS = 128;
const VALUES = 4000;

/** K^-1 s of every waveguide, not clipped, in the order of `trims_nm`. */
function tedDrives_nm(hardware: HardwareDescription, trims_nm: Float64Array, w: number): Float64Array {
  const L = cholesky(couplingMatrix(hardware, w), w);
  const drives = new Float64Array(trims_nm.length);
  for (let first = 0; first < trims_nm.length; first += w) {
    drives.set(solveCholesky(L, trims_nm.slice(first, first + w)), first);
  }
  return drives;
}

function tuningResult(
  hardware: HardwareDescription,
  ted: boolean,
  drives_nm: Float64Array,
  { kind, chipSeed, seed, measured }: ThermalStudyOptions,
): TuningResult {
  const thermalOnly = withOnlyEffects(variant(hardware, { tuning: { ted } }), ['extinction', 'thermalCrosstalk']);
  const { statistics, error_nm } = readRandomBanks(thermalOnly, kind, { values: VALUES, seed, chipSeed, measured });
  const positive_nm = drives_nm.reduce((sum, drive) => sum + Math.max(0, drive), 0);
  const negative = drives_nm.reduce((count, drive) => count + (drive < 0 ? 1 : 0), 0);
  return {
    ted,
    power_W: positive_nm * tuningPower_mW_per_nm(hardware) * 1e-3,
    meanDrive_nm: mean(drives_nm),
    negativeShare: negative / drives_nm.length,
    meanError_pm: mean(error_nm) * 1e3,
    rmsError_pm: rootMeanSquare(error_nm) * 1e3,
    effectiveBits: effectiveBits(statistics.rms),
  };
}

/** Power of a heater per shift. */
function tuningPower_mW_per_nm({ tuning, microring }: HardwareDescription): number {
  return tuning.toPower_mW_per_FSR / microring.freeSpectralRange_nm;
}

/** Everything that `sonic device thermal` shows. */
export function thermalStudy(hardware: HardwareDescription, options: ThermalStudyOptions): ThermalStudy {
  const { kind, chipSeed } = options;
  const { ringsPerWaveguide: w } = bankOf(hardware, kind);
  const { radius_um, gap_um } = hardware.microring;
  const byDistance = couplingByDistance(hardware, w);
  const K = couplingMatrix(hardware, w);
  const trims_nm = options.measured?.[kind].trim_nm ?? drawTrims(hardware, chipSeed, kind);
  const drives_nm = tedDrives_nm(hardware, trims_nm, w);
  const gaps_um = evenlySpaced(0, CURVE_LIMIT_UM, 241);
  const eigenvalues = w <= MAXIMUM_EIGENVALUE_RINGS ? symmetricEigenvalues(K, w) : null;
  return {
    hardware: hardware.name,
    kind,
    chipSeed,
    ringsPerWaveguide: w,
    rings: trims_nm.length,
    tuningPower_mW_per_nm: tuningPower_mW_per_nm(hardware),
    curve: { gap_um: gaps_um, coupling: gaps_um.map(thermalCoupling) },
    neighbours: Array.from(byDistance, (coupling, places) => ({
      places,
      gap_um: places * (2 * radius_um + gap_um) - 2 * radius_um,
      coupling,
    })).slice(1),
    matrix: Array.from({ length: w }, (_, i) => Array.from(K.subarray(i * w, (i + 1) * w))),
    eigenvalues: eigenvalues && [eigenvalues[0]!, eigenvalues.at(-1)!],
    drives: Array.from({ length: w }, (_, ring) => ({
      ring,
      target_nm: trims_nm[ring]!,
      drive_nm: drives_nm[ring]!,
      parasitic_nm: byDistance.reduce(
        (sum, _, j) => sum + (j === ring ? 0 : byDistance[Math.abs(j - ring)]! * trims_nm[j]!),
        0,
      ),
    })),
    meanTarget_nm: mean(trims_nm),
    tuning: [tuningResult(hardware, true, drives_nm, options), tuningResult(hardware, false, trims_nm, options)],
  };
}
