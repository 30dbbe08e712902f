/**
 * Intervals of a mean over chips and images, both drawn from larger populations: every chip classified every image, so the
 * observations are crossed, and neither chips nor images alone say how far the mean may be off.
 *
 * The variance of the mean is taken as the sum of that of the chips' means and that of the images' means (the two-way
 * moment estimator of Cameron, Gelbach and Miller, J. Bus. Econ. Stat. 29, 238 (2011), and Owen, Ann. Appl. Stat. 1, 386
 * (2007), without its last term, the variance of a single observation, which both sums hold: the interval is the wider for
 * it). Few chips say little of their own variance: theirs is multiplied by (t / z)^2 with Student's t of one chip less, so that
 * the squares of the two intervals' widths add (Howe, J. Am. Stat. Assoc. 69, 789 (1974)).
 * The sample is then worth as many independent images as have that variance (Korn and Graubard, Survey Methodology 24, 193
 * (1998)), and the interval is the one that is used for those: of a single chip, exactly that of its images.
 */

import { mean, squaresAbout } from '../../base/statistics/moments.js';
import { wilsonInterval95, Z95 } from '../../base/statistics/wilson.js';
import { studentT975 } from './chipDistribution.js';
import { type PairedDifference, pairedDifference } from './paired.js';

/** Means of the same observations over the images (and repetitions), one a chip, and over the chips, one an image. */
export interface CrossedMeans {
  readonly byChip: readonly number[];
  readonly byImage: Float64Array;
  /** Chips times images times repetitions. */
  readonly observations: number;
}

/**
 * A value of every image in every trial, by chip and by image.
 * @param chips one a trial: the seed of its chip; @param values one row a trial, [images]
 */
export function crossedMeans(chips: readonly number[], values: readonly ArrayLike<number>[]): CrossedMeans {
  const images = values[0]!.length;
  const byImage = new Float64Array(images);
  const sums = new Map<number, { sum: number; trials: number }>();
  values.forEach((ofTrial, t) => {
    let sum = 0;
    for (let i = 0; i < images; i++) {
      byImage[i]! += ofTrial[i]!;
      sum += ofTrial[i]!;
    }
    const before = sums.get(chips[t]!) ?? { sum: 0, trials: 0 };
    sums.set(chips[t]!, { sum: before.sum + sum, trials: before.trials + 1 });
  });
  return {
    byChip: [...sums.values()].map(({ sum, trials }) => sum / (trials * images)),
    byImage: byImage.map((sum) => sum / values.length),
    observations: images * values.length,
  };
}

/** Independent images that the sample is worth. `single` is the variance of one observation. */
function effectiveImages({ byChip, byImage, observations }: CrossedMeans, single: number): number {
  const [chips, images] = [byChip.length, byImage.length];
  const ofImages = squaresAbout(byImage, mean(byImage)) / images ** 2;
  const ofChips = chips > 1 ? squaresAbout(byChip, mean(byChip)) / ((chips - 1) * chips) : 0;
  const variance = ofImages + (chips > 1 ? ofChips * (studentT975(chips - 1) / Z95) ** 2 : 0);
  // No variance at all is no proof of none: all observations agree, and count as one chip's.
  if (!(variance > 0) || !(single > 0)) return images;
  return Math.min(single / variance, observations);
}

/** 95 % interval of an accuracy: Wilson's with effective images. */
export function crossedInterval95(hits: CrossedMeans): [number, number] {
  const share = mean(hits.byImage);
  const images = effectiveImages(hits, share * (1 - share));
  return wilsonInterval95(share * images, images);
}

/**
 * 95 % interval of a difference of accuracies on the same images: Agresti and Min's with effective images.
 * @param differences +1 where only the second was right, -1 where only the first was, else 0; their means.
 * @param lost observations that only the first classified correctly, and that only the second did.
 */
export function crossedDifference(differences: CrossedMeans, lost: number, won: number): PairedDifference {
  const { observations } = differences;
  const [b, c] = [lost / observations, won / observations];
  const images = effectiveImages(differences, b + c - (c - b) ** 2);
  const { interval95 } = pairedDifference(b * images, c * images, images);
  return { difference: (won - lost) / observations, interval95, lost, won };
}

/**
 * Accuracy of the second minus that of the first, on the same images and chips.
 * @param chips one a trial: the seed of its chip.
 * @param firsts which images were right, 0 or 1, one row a trial, [images]; @param seconds likewise.
 */
export function crossedChange(
  chips: readonly number[],
  firsts: readonly Uint8Array[],
  seconds: readonly Uint8Array[],
): PairedDifference {
  let [lost, won] = [0, 0];
  const differences = firsts.map((first, t) =>
    Int8Array.from(first, (before, i) => {
      const after = seconds[t]![i]!;
      if (before > after) lost++;
      if (before < after) won++;
      return after - before;
    }),
  );
  return crossedDifference(crossedMeans(chips, differences), lost, won);
}
