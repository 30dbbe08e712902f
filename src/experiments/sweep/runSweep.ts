/** A whole sweep: its trials computed or found, chips added until their intervals are narrow enough, and the summary. */
import { codeHash } from '../store/codeHash.js';
import type { ExecuteOptions, ExecutionReport, TrialExecutor, TrialFailure } from '../trial/executor.js';
import { createLocalExecutor } from '../trial/runTrials.js';
import { createTrialLoader } from '../trial/trialLoader.js';
import type { TrialTask } from '../trial/trialSettings.js';
import { firstChips, tasksOf, verdictOn } from './monteCarlo.js';
import { planOf, type SweepSource } from './planFile.js';
import { type PlannedSweep, planSweep, type SweepTarget } from './planner.js';
import type { SweepPlanInput } from './planSchema.js';
import { isInShard, type Shard } from './shard.js';
import { summarise, trialsOfPoint } from './summary.js';
import type { SweepManifest, SweepSummary, TrialStore } from './types.js';

export interface SweepOptions extends ExecuteOptions {
  /** Threads on this machine; default all cores. */
  readonly threads?: number | undefined;
  /** Only the trials of this shard are computed. */
  readonly shard?: Shard | undefined;
  /** Command that the manifest names. */
  readonly command?: string | undefined;
}

export interface SweepRun {
  readonly manifest: SweepManifest;
  readonly summary: SweepSummary;
  readonly execution: ExecutionReport;
  /** The width that the plan, or the option over it, asks for; undefined where none is. */
  readonly until: number | undefined;
  /** Points whose interval is still wider than asked with `most` chips, and how wide. */
  readonly unreached: readonly { readonly index: number; readonly width: number }[];
  /** Points that cannot be decided on: trials of other shards, or that failed, are not in the store. */
  readonly undecided: readonly number[];
}

/** What a sweep asks for, with as many chips at each point as `chips` says. */
export function manifestOf(planned: PlannedSweep, chips: readonly number[], command: string): SweepManifest {
  const { plan, text } = planned.source;
  return {
    schema: 'sonic-sweep/1',
    name: plan.name,
    title: plan.title ?? plan.name,
    description: plan.description,
    source: text,
    command,
    axes: planned.axes,
    points: planned.points.map((point, i) => ({
      index: point.index,
      values: point.values,
      trials: tasksOf(point, chips[i]!, plan.monteCarlo).map(({ key }) => key),
    })),
    figures: plan.figures,
    createdAt: new Date().toISOString(),
  };
}

/** Trials of every point's first round. */
function firstTasks({ points, source: { plan } }: PlannedSweep): TrialTask[] {
  return points.flatMap((point) => tasksOf(point, firstChips(point, plan.monteCarlo), plan.monteCarlo));
}

/** Progress of rounds one after the other, as of one run. */
function cumulative(onProgress: ExecuteOptions['onProgress']) {
  let before = { trials: 0, images: 0, run: 0 };
  let last = before;
  return {
    nextRound: () => {
      before = last;
    },
    onProgress: ((now) => {
      const done = { trials: before.trials + now.trials, images: before.images + now.images };
      last = { ...done, run: before.run + now.imagesRun };
      onProgress?.({
        ...done,
        trialsDone: before.trials + now.trialsDone,
        imagesDone: before.images + now.imagesDone,
        imagesRun: last.run,
      });
    }) satisfies ExecuteOptions['onProgress'],
  };
}

/** Trials of a point that earlier rounds did not have. */
function added(point: SweepTarget, from: number, to: number, plan: SweepSource['plan']): TrialTask[] {
  return tasksOf(point, to, plan.monteCarlo).slice(tasksOf(point, from, plan.monteCarlo).length);
}

/** Runs a planned sweep by an executor. */
export async function executeSweep(
  planned: PlannedSweep,
  store: TrialStore,
  executor: TrialExecutor,
  { shard, command = '', onProgress, signal }: SweepOptions = {},
): Promise<SweepRun> {
  const { points, source } = planned;
  const { plan } = source;
  const mine = (tasks: TrialTask[]) => (shard ? tasks.filter(({ key }) => isInShard(key, shard)) : tasks);
  const chips = points.map((point) => firstChips(point, plan.monteCarlo));
  const progress = cumulative(onProgress);
  const [failed, unreached, undecided]: [TrialFailure[], { index: number; width: number }[], number[]] = [[], [], []];
  let [ran, reused, interrupted] = [0, 0, false];
  let open = points.map((_, i) => i);
  let tasks = mine(firstTasks(planned));
  // A report can be made of what is there while the sweep runs.
  await store.putSweep(manifestOf(planned, chips, command));
  while (open.length > 0) {
    const round = await executor.run(tasks, store, { onProgress: progress.onProgress, signal });
    progress.nextRound();
    [ran, reused, interrupted] = [ran + round.ran, reused + round.reused, round.interrupted];
    failed.push(...round.failed);
    if (interrupted) break;
    const more: number[] = [];
    tasks = [];
    const manifest = manifestOf(planned, chips, command);
    for (const i of open) {
      const trials = await trialsOfPoint(manifest.points[i]!, store);
      if (!trials) {
        undecided.push(i);
        continue;
      }
      const verdict = verdictOn(trials, chips[i]!, plan.monteCarlo);
      if (verdict.kind === 'unreached') unreached.push({ index: i, width: verdict.width });
      if (verdict.kind !== 'more') continue;
      tasks.push(...mine(added(points[i]!, chips[i]!, verdict.chips, plan)));
      chips[i] = verdict.chips;
      more.push(i);
    }
    open = more;
  }
  const manifest = manifestOf(planned, chips, command);
  await store.putSweep(manifest);
  const summary = await summarise(manifest, store);
  return {
    manifest,
    summary,
    execution: { ran, reused, failed, interrupted },
    until: plan.monteCarlo.until,
    unreached,
    undecided,
  };
}

/**
 * Runs a sweep on this machine. What the store has is not computed again.
 * @param plan a plan as an object, or what `loadPlan` read from a file.
 * @throws PlanError before anything runs, SonicError where the store cannot be written.
 * @example
 * const run = await runSweep({ name: 'bits', base: { network: 'mnist' }, axes: [{ path: 'adc.bits', values: [6, 8] }] }, store);
 */
export async function runSweep(
  plan: SweepPlanInput | SweepSource,
  store: TrialStore,
  options: SweepOptions = {},
): Promise<SweepRun> {
  const source = 'plan' in plan ? plan : planOf(plan);
  const loader = createTrialLoader(codeHash());
  const planned = await planSweep(source, loader);
  const executor = createLocalExecutor({ loader, threads: options.threads });
  try {
    return await executeSweep(planned, store, executor, options);
  } finally {
    await executor.close();
  }
}
