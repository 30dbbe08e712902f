/** A sweep as far as the store has it. */
import { mean, rootMeanSquare } from '../../base/statistics/moments.js';
import { effectiveBits } from '../devices/effectiveBits.js';
import { accuracyInterval95, accuracyOfTrial, changeAgainstDigital, trialInterval95 } from './sample.js';
import type {
  PointSummary,
  SweepManifest,
  SweepPoint,
  SweepSummary,
  Trial,
  TrialIdentity,
  TrialStore,
} from './types.js';

/** The trials of a point in the manifest's order; null unless all are there. */
export async function trialsOfPoint({ trials }: SweepPoint, store: TrialStore): Promise<Trial[] | null> {
  const found: Trial[] = [];
  for (const key of trials) {
    const trial = await store.get(key);
    if (!trial) return null;
    found.push(trial);
  }
  return found;
}

function layersOf(trials: readonly Trial[]): PointSummary['layers'] {
  return trials[0]!.layerErrors.map(({ name }, l) => {
    const results = trials.map(({ result }) => result.layers[l]!);
    const rms = rootMeanSquare(trials.map(({ layerErrors }) => layerErrors[l]!.rms));
    return {
      name,
      rms,
      effectiveBits: effectiveBits(rms),
      weightSparsity: results[0]!.weightSparsity,
      clippedShare: mean(
        results.map(({ clippedConversions, partialSums }) => (partialSums > 0 ? clippedConversions / partialSums : 0)),
      ),
    };
  });
}

/** @param trials at least one. */
function summarisePoint({ index, values }: SweepPoint, trials: readonly Trial[]): PointSummary {
  const { accuracy, cost, dataset } = trials[0]!.result;
  const accuracies = trials.map(accuracyOfTrial);
  return {
    index,
    values,
    trials: trials.length,
    chips: new Set(trials.map(({ identity }) => identity.chipSeed)).size,
    images: accuracy.images,
    digital: accuracy.digital,
    accuracy: mean(accuracies),
    interval95: accuracyInterval95(trials),
    trialInterval95: trialInterval95(trials),
    accuracies,
    change: changeAgainstDigital(trials),
    cost: cost && {
      latency_s: cost.latency_s,
      energy_J: cost.energy_J,
      power_W: cost.power_W,
      framesPerSecond: cost.framesPerSecond,
      framesPerSecondPerWatt: cost.framesPerSecondPerWatt,
    },
    layers: layersOf(trials),
    warnings: [...new Set(trials.flatMap(({ result }) => result.warnings))],
    ...(dataset.classes ? { dataset } : {}),
  };
}

/** Everything that a report on a sweep shows, of the trials that are there. */
export async function summarise(manifest: SweepManifest, store: TrialStore): Promise<SweepSummary> {
  const points: PointSummary[] = [];
  const missing: number[] = [];
  let settings: TrialIdentity | null = null;
  for (const point of manifest.points) {
    const trials = await trialsOfPoint(point, store);
    if (!trials || trials.length === 0) {
      missing.push(point.index);
      continue;
    }
    settings ??= trials[0]!.identity;
    points.push(summarisePoint(point, trials));
  }
  return { manifest, points, missing, settings };
}
