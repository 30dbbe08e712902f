/**
 * A ready experiment, refined: the whole grid cheaply, then chips and images where its sentences need them, with points added
 * around thresholds. Every trial is kept in the store, and what is chosen follows from results alone: the same call goes on
 * where it was interrupted.
 */
import { SonicError } from '../../../base/errors.js';
import { codeHash } from '../../store/codeHash.js';
import { tasksOf } from '../../sweep/monteCarlo.js';
import type { SweepSource } from '../../sweep/planFile.js';
import { type PlannedSweep, planSweep, type SweepTarget } from '../../sweep/planner.js';
import type { PlanAxis } from '../../sweep/planSchema.js';
import { manifestOf, type SweepRun } from '../../sweep/runSweep.js';
import { summarise } from '../../sweep/summary.js';
import type { AxisValue, TrialStore } from '../../sweep/types.js';
import type { ExecuteOptions, TrialExecutor, TrialFailure } from '../../trial/executor.js';
import { createLocalExecutor } from '../../trial/runTrials.js';
import { createTrialLoader, type TrialLoader } from '../../trial/trialLoader.js';
import { type Findings, findingsOf } from '../findings/index.js';
import type { Values } from '../method/curve.js';
import { CLAIM, type Evidence, evidenceOf, MARGIN } from '../method/evidence.js';
import { firstPoints, nextPoints, pointKey } from './choose.js';

const COARSE_IMAGES = 200;
const ROUNDS = 3;

export interface RefineOptions extends ExecuteOptions {
  /** Of each point of the first grid, which is run on one chip. */
  readonly coarseImages?: number | undefined;
  /** Of each point that sentences rest on; default what a claim takes or the plan has, at most all there are. */
  readonly images?: number | undefined;
  readonly chips?: number | undefined;
  /** How often each bracket is halved. */
  readonly rounds?: number | undefined;
  readonly margin?: number | undefined;
  readonly command?: string | undefined;
  /** Told what is run next. */
  readonly onStage?: ((text: string) => void) | undefined;
}

export interface RefinedRun extends SweepRun {
  readonly evidence: Evidence;
  readonly remarks: readonly string[];
}

/** An axis whose values are listed, by its name. */
function ownValues(axis: PlanAxis): { readonly name: string; readonly values: readonly AxisValue[] } | null {
  if ('values' in axis) return { name: axis.path, values: axis.values };
  return 'link' in axis ? { name: axis.name, values: Object.values(axis.link)[0]! } : null;
}

/** A plan with other images and chips, and with values added to its axes. */
function variant(source: SweepSource, images: number, chips: number, added: ReadonlyMap<string, readonly number[]>) {
  const { until: _, ...monteCarlo } = source.plan.monteCarlo;
  const axes = source.plan.axes.map((axis) => {
    const own = ownValues(axis);
    const more = own && added.get(own.name);
    if (!own || !more) return axis;
    const values = [...new Set([...(own.values as number[]), ...more])].sort((a, b) => a - b);
    if ('values' in axis) return { ...axis, values };
    if (!('link' in axis)) return axis;
    // Values are added where all paths take the same.
    return { ...axis, link: Object.fromEntries(Object.keys(axis.link).map((path) => [path, values])) };
  });
  const base = { ...source.plan.base, images };
  return { ...source, plan: { ...source.plan, base, axes, monteCarlo: { ...monteCarlo, chips } } };
}

/** Values that the points have and the plan has not, by axis. */
function addedValues(source: SweepSource, points: readonly Values[]): Map<string, number[]> {
  const added = new Map<string, number[]>();
  for (const axis of source.plan.axes) {
    const own = ownValues(axis);
    if (!own) continue;
    const more = points.map((values) => values[own.name]!).filter((value) => !own.values.includes(value));
    if (more.length > 0) added.set(own.name, [...new Set(more as number[])]);
  }
  return added;
}

interface Sizes {
  readonly coarseImages: number;
  readonly images: number;
  readonly chips: number;
}

/** How many images there are, and what is run of them. */
async function sizesOf(source: SweepSource, loader: TrialLoader, options: RefineOptions): Promise<Sizes> {
  const { monteCarlo } = source.plan;
  const { coarseImages = COARSE_IMAGES, chips = Math.max(CLAIM.chips, monteCarlo.chips) } = options;
  const one = await planSweep(source, loader);
  const { settings } = one.points[0]!;
  const { dataset } = await loader.load({ ...settings, images: undefined });
  const images = options.images ?? Math.min(Math.max(CLAIM.images, source.plan.base.images ?? 0), dataset.count);
  return { coarseImages: Math.min(coarseImages, images), images, chips };
}

/** Every point so far: those of `full` with all chips and images, the others as the coarse grid has them. */
async function planned(source: SweepSource, loader: TrialLoader, sizes: Sizes, full: ReadonlyMap<string, Values>) {
  const added = addedValues(source, [...full.values()]);
  const isOld = (values: Values) => [...added].every(([axis, more]) => !more.includes(values[axis] as number));
  const only = (values: Values) => full.has(pointKey(values)) || isOld(values);
  const plan = (images: number, chips: number) => planSweep(variant(source, images, chips, added), loader, { only });
  const [coarse, fine] = [await plan(sizes.coarseImages, 1), await plan(sizes.images, sizes.chips)];
  const isFull = ({ values }: SweepTarget) => full.has(pointKey(values));
  const points = fine.points.map((point, i) => (isFull(point) ? point : coarse.points[i]!));
  const chips = points.map((point) => (isFull(point) && point.settings.fidelity !== 'digital' ? sizes.chips : 1));
  return { sweep: { ...fine, source: { ...fine.source, text: source.text }, points } satisfies PlannedSweep, chips };
}

function findingsFor({ plan: { name } }: SweepSource): Findings {
  const found = findingsOf(name);
  if (!found) throw new SonicError(`plan '${name}' is of no ready experiment, whose sentences say what to refine`);
  return found;
}

/**
 * Runs an experiment in rounds by an executor.
 * @throws PlanError before anything runs, SonicError where the store cannot be written.
 */
export async function executeRefined(
  source: SweepSource,
  store: TrialStore,
  executor: TrialExecutor,
  loader: TrialLoader,
  options: RefineOptions = {},
): Promise<RefinedRun> {
  const { rounds = ROUNDS, margin = MARGIN, command = '', onProgress, signal, onStage } = options;
  const findings = findingsFor(source);
  const sizes = await sizesOf(source, loader, options);
  const [full, halved] = [new Map<string, Values>(), new Map<string, number>()];
  const failed: TrialFailure[] = [];
  let [ran, stage] = [0, `coarse grid, ${sizes.coarseImages} images a point`];
  for (let round = 0; ; round++) {
    const { sweep, chips } = await planned(source, loader, sizes, full);
    const tasks = sweep.points.flatMap((point, i) => tasksOf(point, chips[i]!, sweep.source.plan.monteCarlo));
    const manifest = manifestOf(sweep, chips, command);
    await store.putSweep(manifest);
    onStage?.(stage);
    const done = await executor.run(tasks, store, { onProgress, signal });
    ran += done.ran;
    failed.push(...done.failed);
    const summary = await summarise(manifest, store);
    const evidence = await evidenceOf(summary, store, margin);
    const stop = done.interrupted || failed.length > 0;
    const wanted = stop
      ? []
      : round === 0
        ? firstPoints(findings, evidence)
        : nextPoints(findings, evidence, new Set(full.keys()), halved, rounds);
    const next = wanted.filter((values) => !full.has(pointKey(values)));
    if (next.length === 0) {
      const execution = {
        ran,
        reused: tasks.length - Math.min(ran, tasks.length),
        failed,
        interrupted: done.interrupted,
      };
      return {
        manifest,
        summary,
        evidence,
        execution,
        unreached: [],
        undecided: [],
        until: undefined,
        remarks: sweep.remarks,
      };
    }
    for (const values of next) full.set(pointKey(values), values);
    stage = `round ${round + 1}: ${next.length} points more with ${sizes.chips} chips and ${sizes.images} images`;
  }
}

/** The same on this machine. @param threads default all cores. */
export async function runRefined(
  source: SweepSource,
  store: TrialStore,
  { threads, ...options }: RefineOptions & { readonly threads?: number | undefined } = {},
): Promise<RefinedRun> {
  const loader = createTrialLoader(codeHash());
  const executor = createLocalExecutor({ loader, threads });
  try {
    return await executeRefined(source, store, executor, loader, options);
  } finally {
    await executor.close();
  }
}
