/** Chips and run seeds of each point, and how many chips are enough. */
import { trialKey } from '../store/identity.js';
import type { TrialTask } from '../trial/trialSettings.js';
import type { SweepTarget } from './planner.js';
import type { SweepPlan } from './planSchema.js';
import { trialWidth } from './sample.js';
import type { Trial } from './types.js';

export type MonteCarlo = SweepPlan['monteCarlo'];

/** Fewer chips than this say too little of their spread to stop by: two may agree by chance. */
const LEAST_CHIPS = 4;

/** Chips that every point starts with; the digital network knows none. */
export function firstChips({ settings }: SweepTarget, { chips, until, most }: MonteCarlo): number {
  if (settings.fidelity === 'digital') return 1;
  return until === undefined ? chips : Math.min(Math.max(chips, LEAST_CHIPS), Math.max(most, chips));
}

/** Trials of a point on its first `chips` chips, chip by chip and seed by seed. */
export function tasksOf({ settings, loaded, label }: SweepTarget, chips: number, { seeds }: MonteCarlo): TrialTask[] {
  const runs = settings.fidelity === 'digital' ? 1 : seeds;
  return Array.from({ length: chips * runs }, (_, i) => {
    const chipSeed = settings.chipSeed + Math.floor(i / runs);
    const runSeed = settings.runSeed + (i % runs);
    const key = trialKey({ ...loaded.identity, chipSeed, runSeed });
    const seeded = chips * runs > 1 ? `${label}, chip ${chipSeed}${runs > 1 ? `, seed ${runSeed}` : ''}` : label;
    return { key, label: seeded, settings: { ...settings, chipSeed, runSeed } };
  });
}

export type Verdict =
  /** The interval is narrow enough, or none was asked for. */
  | { readonly kind: 'settled' }
  /** `most` chips were run and it is not. */
  | { readonly kind: 'unreached'; readonly width: number }
  /** So many chips in all are to be run next. */
  | { readonly kind: 'more'; readonly chips: number };

/**
 * Whether a point has enough chips. Decided on complete rounds only, so that it does not depend on which trial was first:
 * if not, the next round has as many chips as would be enough at the standard deviation seen so far, at most twice as many.
 * @param trials of all chips so far, all seeds.
 */
export function verdictOn(trials: readonly Trial[], chips: number, { until, most }: MonteCarlo): Verdict {
  if (until === undefined || trials[0]!.identity.fidelity === 'digital') return { kind: 'settled' };
  const width = trialWidth(trials, chips);
  if (width <= until) return { kind: 'settled' };
  if (chips >= most) return { kind: 'unreached', width };
  const limit = Math.min(2 * chips, most);
  let next = chips + 1;
  while (next < limit && trialWidth(trials, next) > until) next++;
  return { kind: 'more', chips: next };
}
