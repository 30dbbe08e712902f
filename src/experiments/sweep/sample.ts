/** The trials of a point as one sample: what each chip and each image came to. */
import { mean } from '../../base/statistics/moments.js';
import { chipDistribution, studentT975 } from '../result/chipDistribution.js';
import { crossedChange, crossedInterval95, crossedMeans } from '../result/crossed.js';
import type { PairedDifference } from '../result/paired.js';
import { unpackHits } from '../trial/hits.js';
import type { Trial } from './types.js';

/** Whose hits: of the digital network, or of the emulated one (of the digital one where nothing was emulated). */
type Which = 'digital' | 'emulated';

function hitsOf({ hits, result }: Trial, which: Which): Uint8Array {
  const { images } = result.accuracy;
  return unpackHits(which === 'digital' ? hits.digital : (hits.emulated ?? hits.digital), images);
}

const chipOf = ({ identity }: Trial) => identity.chipSeed;

/** 95 % interval of the mean accuracy that covers both which chips and which images there happened to be. */
export function accuracyInterval95(trials: readonly Trial[]): [number, number] {
  return crossedInterval95(
    crossedMeans(
      trials.map(chipOf),
      trials.map((trial) => hitsOf(trial, 'emulated')),
    ),
  );
}

/** What the emulation changes, on the same images. */
export function changeAgainstDigital(trials: readonly Trial[]): PairedDifference {
  return crossedChange(
    trials.map(chipOf),
    trials.map((trial) => hitsOf(trial, 'digital')),
    trials.map((trial) => hitsOf(trial, 'emulated')),
  );
}

/**
 * Accuracy of `second` minus that of `first`, paired by image and, where both points have it, by chip and run seed.
 * @param first trials of one point; @param second of another.
 * @returns null where they did not classify the same images.
 */
export function comparePoints(first: readonly Trial[], second: readonly Trial[]): PairedDifference | null {
  const hashes = new Set([...first, ...second].map(({ identity }) => identity.dataset.hash));
  if (hashes.size !== 1) return null;
  const seedsOf = ({ identity: { chipSeed, runSeed } }: Trial) => `${chipSeed} ${runSeed}`;
  const bySeeds = new Map(second.map((trial) => [seedsOf(trial), trial]));
  let pairs = first.flatMap((trial) => {
    const partner = bySeeds.get(seedsOf(trial));
    return partner ? [[trial, partner] as const] : [];
  });
  // Points that differ in their seeds: by their place.
  if (pairs.length === 0) {
    pairs = first.slice(0, second.length).map((trial, t) => [trial, second[t]!] as const);
  }
  return crossedChange(
    pairs.map(([trial]) => chipOf(trial)),
    pairs.map(([trial]) => hitsOf(trial, 'emulated')),
    pairs.map(([, trial]) => hitsOf(trial, 'emulated')),
  );
}

/** Accuracy of a trial: of the digital network where nothing was emulated. */
export function accuracyOfTrial({ result: { accuracy } }: Trial): number {
  return accuracy.emulated ?? accuracy.digital;
}

/** Accuracies that vary independently: one a chip (mean over its run seeds), or one a run seed of a single chip. */
function independentAccuracies(trials: readonly Trial[]): number[] {
  const byChip = new Map<number, number[]>();
  for (const trial of trials) byChip.set(chipOf(trial), [...(byChip.get(chipOf(trial)) ?? []), accuracyOfTrial(trial)]);
  if (byChip.size === 1) return trials.map(accuracyOfTrial);
  return [...byChip.values()].map(mean);
}

/** 95 % interval of the mean over chips on these images (Student's t); over run seeds of a single chip; null for one trial. */
export function trialInterval95(trials: readonly Trial[]): readonly [number, number] | null {
  const shares = independentAccuracies(trials);
  return chipDistribution(shares.map((emulated, chipSeed) => ({ emulated, chipSeed, changed: 0 }))).interval95;
}

/** Full width of that interval before it is held within [0, 1], had it `count` chips of the same standard deviation. */
export function trialWidth(trials: readonly Trial[], count?: number): number {
  const shares = independentAccuracies(trials);
  const { standardDeviation } = chipDistribution(
    shares.map((emulated, chipSeed) => ({ emulated, chipSeed, changed: 0 })),
  );
  const n = count ?? shares.length;
  return n > 1 ? (2 * studentT975(n - 1) * standardDeviation) / Math.sqrt(n) : Number.POSITIVE_INFINITY;
}
