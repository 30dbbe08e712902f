/** How accuracy is distributed over chips. */
import { mean, standardDeviation } from '../../base/statistics/moments.js';

/** 97.5 % quantiles of Student's t for 1 .. 30 degrees of freedom (any table). */
const T975 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** 97.5 % quantile of Student's t for 1, 2, ... degrees; beyond the table by the first terms of its expansion about the normal. */
export function studentT975(degrees: number): number {
  const z = 1.959964;
  return T975[degrees - 1] ?? z + (z ** 3 + z) / (4 * degrees);
}

/** Accuracies are shares of the images; one entry per chip, in the order of the seeds. */
export interface ChipDistribution {
  readonly chipSeeds: readonly number[];
  readonly emulated: readonly number[];
  /** Images whose class the chip changed. */
  readonly changed: readonly number[];
  readonly mean: number;
  /** Of one chip from another; 0 for a single chip. */
  readonly standardDeviation: number;
  readonly minimum: number;
  readonly maximum: number;
  /** 95 % interval of the mean over chips (Student's t, within [0, 1]); null for a single chip. */
  readonly interval95: readonly [number, number] | null;
}

/** Summary of at least one chip. */
export function chipDistribution(
  chips: readonly { readonly chipSeed: number; readonly emulated: number; readonly changed: number }[],
): ChipDistribution {
  const emulated = chips.map((chip) => chip.emulated);
  const count = emulated.length;
  const [centre, deviation] = [mean(emulated), standardDeviation(emulated)];
  const half = count > 1 ? (studentT975(count - 1) * deviation) / Math.sqrt(count) : 0;
  return {
    chipSeeds: chips.map((chip) => chip.chipSeed),
    emulated,
    changed: chips.map((chip) => chip.changed),
    mean: centre,
    standardDeviation: deviation,
    minimum: Math.min(...emulated),
    maximum: Math.max(...emulated),
    interval95: count > 1 ? [Math.max(0, centre - half), Math.min(1, centre + half)] : null,
  };
}
