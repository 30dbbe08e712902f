/** What a sweep would do: which trials the store has, and about how long the others take. */

import type { NetworkStatistics } from '../../cost/layerStatistics.js';
import { weightStatistics } from '../../cost/layerStatistics.js';
import { predictActivity } from '../../cost/predict.js';
import { BACKEND_TRAITS } from '../../emulation/backends/types.js';
import { defaultThreads } from '../../emulation/emulator/emulate.js';
import { statisticsKey } from '../exploration/search.js';
import { laneTrialOf } from '../trial/activeTrial.js';
import { createInlineLane } from '../trial/lanes.js';
import { firstChips, tasksOf } from './monteCarlo.js';
import type { PlannedSweep, SweepTarget } from './planner.js';
import { isInShard, type Shard } from './shard.js';
import type { AxisValue, TrialStore } from './types.js';

/** What a preview asks of a store. */
export type PreviewStore = Pick<TrialStore, 'get' | 'blocks'>;

/** Of a folder that is not there yet. */
export const EMPTY_STORE: PreviewStore = { get: async () => undefined, blocks: async () => [] };

export interface PointPreview {
  readonly index: number;
  readonly values: Readonly<Record<string, AxisValue>>;
  /** Of the first round, and of this shard. */
  readonly trials: number;
  readonly stored: number;
  /** Images that are neither in trials nor in blocks of the store. */
  readonly imagesLeft: number;
}

export interface SweepPreview {
  readonly points: readonly PointPreview[];
  /** Of what is left; null where nothing is. */
  readonly estimate: {
    readonly seconds: number;
    readonly threads: number;
    /** Points of which a few images were run to measure the time. */
    readonly measured: readonly number[];
  } | null;
}

/** Images that the measurement takes. */
const MEASURED_IMAGES = 16;

async function previewPoint(
  point: SweepTarget,
  { source: { plan } }: PlannedSweep,
  store: PreviewStore,
  shard: Shard | undefined,
): Promise<PointPreview> {
  const all = tasksOf(point, firstChips(point, plan.monteCarlo), plan.monteCarlo);
  const tasks = shard ? all.filter(({ key }) => isInShard(key, shard)) : all;
  const images = point.loaded.dataset.count;
  let [stored, imagesLeft] = [0, 0];
  for (const { key } of tasks) {
    if (await store.get(key)) stored++;
    else imagesLeft += images - (await store.blocks(key)).reduce((sum, { count }) => sum + count, 0);
  }
  return { index: point.index, values: point.values, trials: tasks.length, stored, imagesLeft };
}

/** Partial sums of an image at a point, as the cost model predicts them; 1 of the digital network. */
function partialSumsOf(): (point: SweepTarget) => number {
  const known = new Map<string, NetworkStatistics>();
  return ({ settings, loaded }) => {
    if (settings.fidelity === 'digital') return 1;
    const { hardware } = settings;
    const key = JSON.stringify([loaded.identity.network, loaded.identity.compression, statisticsKey(hardware)]);
    const statistics = known.get(key) ?? weightStatistics(loaded.network, hardware);
    known.set(key, statistics);
    return predictActivity(statistics, hardware).layers.reduce((sum, { partialSums }) => sum + partialSums, 0);
  };
}

/** Seconds to set a trial up, and of an image, at a point, on one thread. */
async function measure({ settings, loaded }: SweepTarget): Promise<{ setUp_s: number; image_s: number }> {
  const lane = createInlineLane();
  const trial = laneTrialOf({ settings }, loaded);
  const started = performance.now();
  const compiled = settings.fidelity === 'digital' ? null : await lane.run<'compile'>({ kind: 'compile', trial });
  const setUp_s = (performance.now() - started) / 1000;
  const count = Math.min(MEASURED_IMAGES, loaded.dataset.count);
  const run = () => lane.run<'block'>({ kind: 'block', trial, compiled, first: 0, count, digitalClasses: null });
  // The first images also pay for code being compiled.
  await run();
  return { setUp_s, image_s: (await run()).wallTime_s / count };
}

/** Points whose times scale with their partial sums. */
function groupOf({ settings: { fidelity, backend }, loaded: { identity } }: SweepTarget): string {
  return JSON.stringify([identity.network, identity.dataset.name, fidelity, backend]);
}

/**
 * Looks a sweep up in its store and estimates the time of the rest: a few images of one point of each kind (network,
 * fidelity, backend) are run, and other points take it in proportion to their predicted partial sums.
 */
export async function previewSweep(
  planned: PlannedSweep,
  store: PreviewStore,
  {
    threads: asked = defaultThreads(),
    shard,
  }: { readonly threads?: number | undefined; readonly shard?: Shard | undefined } = {},
): Promise<SweepPreview> {
  const points: PointPreview[] = [];
  for (const point of planned.points) points.push(await previewPoint(point, planned, store, shard));
  const open = planned.points.filter((_, i) => points[i]!.stored < points[i]!.trials);
  if (open.length === 0) return { points, estimate: null };
  const sums = partialSumsOf();
  const rates = new Map<string, { setUp_s: number; image_s: number; sums: number; index: number }>();
  let seconds = 0;
  let threads = 1;
  for (const point of open) {
    const group = groupOf(point);
    const rate = rates.get(group) ?? { ...(await measure(point)), sums: sums(point), index: point.index };
    rates.set(group, rate);
    const ratio = sums(point) / rate.sums;
    const { trials, stored, imagesLeft } = points[point.index]!;
    const lanes = BACKEND_TRAITS[point.settings.backend].threads === 'workers' ? asked : 1;
    threads = Math.max(threads, lanes);
    seconds += (ratio * ((trials - stored) * rate.setUp_s + imagesLeft * rate.image_s)) / lanes;
  }
  return { points, estimate: { seconds, threads, measured: [...rates.values()].map(({ index }) => index) } };
}
