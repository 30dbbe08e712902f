/**
 * Runs trials on this machine. Each lane takes a trial and runs its blocks; when no trial is left to start, lanes help with
 * the blocks of others'. Which lane ran a block, and when, changes nothing: a trial is put together from its blocks in order.
 */

import { SonicError } from '../../base/errors.js';
import { BACKEND_TRAITS } from '../../emulation/backends/types.js';
import { defaultThreads } from '../../emulation/emulator/emulate.js';
import type { TrialStore } from '../sweep/types.js';
import { ActiveTrial, DigitalClasses } from './activeTrial.js';
import type { ExecuteOptions, ExecutionReport, TrialExecutor, TrialFailure } from './executor.js';
import { blockImages } from './imageBlocks.js';
import { createInlineLane, createThreadLane, type LaneHandle } from './lanes.js';
import type { LoadedTrial, TrialLoader } from './trialLoader.js';
import type { TrialTask } from './trialSettings.js';

/** How long to wait before asking again for a trial that another process has claimed, ms. */
const RETRY_MS = 500;

export interface LocalOptions {
  readonly loader: TrialLoader;
  /** Lanes; default all cores. */
  readonly threads?: number | undefined;
}

interface Run {
  readonly store: TrialStore;
  readonly loader: TrialLoader;
  readonly options: ExecuteOptions;
  /** Not started. */
  readonly queue: TrialTask[];
  /** Claimed by other processes when last asked. */
  readonly deferred: { readonly task: TrialTask; readonly notBefore: number }[];
  readonly active: Set<ActiveTrial>;
  readonly classes: DigitalClasses;
  readonly failed: TrialFailure[];
  /** Backends that cannot be had here, by name. */
  readonly unavailable: Map<string, SonicError>;
  readonly count: {
    trials: number;
    ran: number;
    reused: number;
    images: number;
    imagesDone: number;
    imagesRun: number;
  };
  /** An error that ends everything. */
  fatal: unknown;
}

const isStopped = ({ options, fatal }: Run) => fatal !== undefined || options.signal?.aborted === true;

function report({ options, count, failed }: Run): void {
  const { trials, ran, reused, images, imagesDone, imagesRun } = count;
  options.onProgress?.({ trials, trialsDone: ran + reused + failed.length, images, imagesDone, imagesRun });
}

/** The store, whose errors (no space, no permission) end the run: every other trial would meet them too. */
function guarded(store: TrialStore, onError: (error: unknown) => void): TrialStore {
  const guard =
    <A extends unknown[], R>(method: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      try {
        return await method(...args);
      } catch (error) {
        onError(error);
        throw error;
      }
    };
  return {
    ...store,
    get: guard((key) => store.get(key)),
    put: guard((trial) => store.put(trial)),
    blocks: guard((key) => store.blocks(key)),
    putBlock: guard((key, block) => store.putBlock(key, block)),
    claim: guard((key) => store.claim(key)),
  };
}

/** The loaded trial; a key that comes out differently means other code or data than where the task was made. */
async function loadChecked(loader: TrialLoader, task: TrialTask): Promise<LoadedTrial> {
  const loaded = await loader.load(task.settings);
  if (loaded.key === task.key) return loaded;
  throw new SonicError(
    `${task.label}: here its key is ${loaded.key.slice(0, 16)}, where it was planned ${task.key.slice(0, 16)}: ` +
      'the code, the network or the data differ; bring both to the same version',
  );
}

/** The next trial to compute: not in the store, and claimed for this process. */
async function startNext(run: Run): Promise<ActiveTrial | null> {
  const { store, loader, queue, deferred, count } = run;
  for (;;) {
    const now = performance.now();
    const at = deferred.findIndex(({ notBefore }) => notBefore <= now);
    const task = queue.shift() ?? (at >= 0 ? deferred.splice(at, 1)[0]!.task : undefined);
    if (!task || isStopped(run)) {
      if (task) queue.unshift(task);
      return null;
    }
    try {
      const cannotRun = run.unavailable.get(task.settings.backend);
      if (!(await store.get(task.key))) {
        if (cannotRun) throw cannotRun;
        const loaded = await loadChecked(loader, task);
        const claim = await store.claim(task.key);
        if (!claim) {
          deferred.push({ task, notBefore: performance.now() + RETRY_MS });
          continue;
        }
        // Another process may have finished it between the look and the claim.
        if (!(await store.get(task.key))) return await ActiveTrial.open(task, loaded, store, claim, run.classes);
        await claim.release();
      }
      count.reused++;
      count.imagesDone += await imagesOf(run, task);
      report(run);
    } catch (error) {
      failTask(run, task, error);
    }
  }
}

async function imagesOf({ loader }: Run, { settings }: TrialTask): Promise<number> {
  return (await loader.load(settings)).dataset.count;
}

/** A trial that cannot be computed is set aside, whatever the reason; after an error of the store nothing goes on. */
function failTask(run: Run, task: TrialTask, error: unknown): void {
  if (run.fatal !== undefined) return;
  const isOurs = error instanceof SonicError;
  if (isOurs && error.name === 'BackendUnavailableError') run.unavailable.set(task.settings.backend, error);
  run.failed.push({ task, message: isOurs ? error.message : `ended by an error that nobody expected: ${error}` });
  report(run);
}

/** The error of a run all of whose trials are for backends that cannot be had here. */
function nothingAvailable({ failed, unavailable, count }: Run): SonicError | undefined {
  const isAll = failed.length === count.trials && failed.every(({ task }) => unavailable.has(task.settings.backend));
  return isAll ? [...unavailable.values()][0] : undefined;
}

async function leave(run: Run, trial: ActiveTrial): Promise<void> {
  run.active.delete(trial);
  await trial.claim.release();
}

/** One block, and the end of the trial where it was the last. */
async function work(run: Run, trial: ActiveTrial, lane: LaneHandle): Promise<void> {
  const { count } = run;
  try {
    if (trial.waiting > 0) {
      const images = await trial.runBlock(lane);
      count.imagesDone += images;
      count.imagesRun += images;
      report(run);
    }
    if (!trial.takeFinish()) return;
    await trial.finish(lane);
    count.ran++;
    report(run);
  } catch (error) {
    if (trial.fail()) failTask(run, trial.task, error);
  }
  await leave(run, trial);
}

/** The trial with most blocks that nobody has taken. */
function mostWaiting({ active }: Run): ActiveTrial | undefined {
  return [...active].filter(({ waiting }) => waiting > 0).sort((a, b) => b.waiting - a.waiting)[0];
}

async function runLane(run: Run, lane: LaneHandle): Promise<void> {
  let own: ActiveTrial | null = null;
  while (!isStopped(run)) {
    if (own && own.waiting > 0) {
      await work(run, own, lane);
      continue;
    }
    own = await startNext(run);
    if (own) {
      run.active.add(own);
      run.count.imagesDone += own.imagesStored;
      report(run);
      own.compile(lane);
      await work(run, own, lane);
      continue;
    }
    const other = mostWaiting(run);
    if (other) await work(run, other, lane);
    else if (run.deferred.length === 0) return;
    else await new Promise((resolve) => setTimeout(resolve, RETRY_MS / 5));
  }
}

async function runOn(lanes: readonly LaneHandle[], run: Run): Promise<void> {
  await Promise.all(
    lanes.map(async (lane) => {
      try {
        await runLane(run, lane);
      } catch (error) {
        run.fatal ??= error;
      }
    }),
  );
  for (const trial of run.active) await leave(run, trial);
}

/** Computes trials on worker threads of this process; the threads stay between runs. */
export function createLocalExecutor({ loader, threads = defaultThreads() }: LocalOptions): TrialExecutor {
  let [workers, inline]: [LaneHandle[], LaneHandle[]] = [[], []];
  // What the digital network says of images holds for later runs too.
  const classes = new DigitalClasses();
  const lanesFor = (isInline: boolean, blocks: number) => {
    if (isInline) {
      if (inline.length === 0) inline = [createInlineLane()];
      return inline;
    }
    while (workers.length < Math.min(threads, blocks)) workers.push(createThreadLane());
    return workers;
  };
  return {
    run: async (given, store, options = {}): Promise<ExecutionReport> => {
      const tasks = [...new Map(given.map((task) => [task.key, task])).values()];
      const run: Run = {
        store: guarded(store, (error) => {
          run.fatal ??= error;
        }),
        loader,
        options,
        queue: [],
        deferred: [],
        active: new Set(),
        classes,
        failed: [],
        unavailable: new Map(),
        count: { trials: tasks.length, ran: 0, reused: 0, images: 0, imagesDone: 0, imagesRun: 0 },
        fatal: undefined,
      };
      const loadable: TrialTask[] = [];
      for (const task of tasks) {
        try {
          run.count.images += await imagesOf(run, task);
          loadable.push(task);
        } catch (error) {
          failTask(run, task, error);
        }
      }
      for (const isInline of [false, true]) {
        const ofKind = loadable.filter(
          ({ settings }) => (BACKEND_TRAITS[settings.backend].threads === 'own') === isInline,
        );
        if (ofKind.length === 0 || isStopped(run)) continue;
        run.queue.push(...ofKind);
        const smallest = ofKind.reduce((size, { settings }) => Math.min(size, blockImages(settings.backend)), Infinity);
        await runOn(lanesFor(isInline, Math.ceil(run.count.images / smallest)), run);
      }
      const error = run.fatal ?? nothingAvailable(run);
      if (error !== undefined) throw error;
      const { ran, reused } = run.count;
      return { ran, reused, failed: run.failed, interrupted: isStopped(run) };
    },
    close: async () => {
      await Promise.all([...workers, ...inline].map((lane) => lane.close()));
      [workers, inline] = [[], []];
    },
  };
}
