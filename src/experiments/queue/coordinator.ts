/**
 * Runs trials by workers elsewhere: puts those that the store lacks into a queue and waits until the store has them. The
 * store alone says what is done; whatever the queue loses is put in again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import type { TrialStore } from '../sweep/types.js';
import type { ExecuteOptions, ExecutionReport, TrialExecutor, TrialFailure } from '../trial/executor.js';
import type { TrialTask } from '../trial/trialSettings.js';
import { badJobs, badJobsKey } from './badJobs.js';
import { checkServer, parseQueueUrl, patiently, type QueueAddress, refusalTeller, watchServer } from './connection.js';
import { idsIn, jobOptions, type QueuedTrial, WAITING } from './trialQueue.js';

/** Time between looks at the queue, and as many ids as one look may cost a second. */
const LOOK_ms = 1000;
const IDS_A_SECOND = 5000;
/** Jobs put in at once. */
const BULK = 500;
/** A trial whose job has been found bad so often is given up. */
const MOST_BAD = 3;
/** So often it is said what a sweep waits for while nothing gets done. */
const SAY_ms = 30_000;

export interface QueueOptions {
  readonly url: string;
  readonly queueName: string;
  /** Hash of the code that the tasks' keys are of. */
  readonly code: string;
  /** Images of a task, for progress. */
  readonly imagesOf: (task: TrialTask) => Promise<number>;
  /** Told of a server that is away or back, and of workers that are missing. */
  readonly onNotice?: ((text: string) => void) | undefined;
  /** Time without a finished trial after which it is said what is waited for, ms. */
  readonly say_ms?: number | undefined;
}

interface Run {
  readonly queue: Queue<QueuedTrial>;
  readonly store: TrialStore;
  readonly options: QueueOptions;
  /** Not in the store yet. */
  readonly open: Map<string, TrialTask>;
  readonly failed: TrialFailure[];
  readonly signal: AbortSignal | undefined;
  /** Jobs that were found bad before this run. */
  readonly badBefore: ReadonlyMap<string, { readonly times: number }>;
}

async function enqueue({ queue, options }: Run, tasks: readonly TrialTask[]): Promise<void> {
  for (let at = 0; at < tasks.length; at += BULK) {
    await queue.addBulk(
      tasks.slice(at, at + BULK).map((task) => ({
        name: 'trial',
        data: { schema: 'sonic-queued-trial/1', code: options.code, task },
        opts: jobOptions(task.key),
      })),
    );
  }
}

/** Why a job failed; null where it is gone, or nobody can read it. */
async function failedReason(queue: Queue, id: string): Promise<string | null> {
  try {
    return (await queue.getJob(id))?.failedReason ?? null;
  } catch {
    return 'its job in the queue is damaged; run the sweep again';
  }
}

/** Takes failed jobs of ours out of the queue. */
async function takeFailed({ queue, open }: Run): Promise<TrialFailure[]> {
  const failures: TrialFailure[] = [];
  for (const id of await idsIn(queue, 'failed')) {
    const task = open.get(id);
    const reason = task ? await failedReason(queue, id) : null;
    if (!task || reason === null) continue;
    const died = /stalled more than/.test(reason);
    const message = died ? 'its workers died again and again, the last time without a word' : reason;
    failures.push({ task, message });
    await queue.remove(id);
  }
  return failures;
}

/** Puts trials in again that the queue has lost, but for those whose jobs workers have found bad time and again. */
async function putInAgain(run: Run, lost: readonly TrialTask[], onDone: (task: TrialTask) => void): Promise<void> {
  if (lost.length === 0) return;
  const { queue, open, failed, badBefore } = run;
  const found = await badJobs(queue);
  const again: TrialTask[] = [];
  for (const task of lost) {
    const { times: everTimes = 0, problem = '' } = found.get(task.key) ?? {};
    const times = everTimes - (badBefore.get(task.key)?.times ?? 0);
    if (times < MOST_BAD) {
      again.push(task);
      // A finished job that stayed under this name would keep the new one out.
      await queue.remove(task.key);
      continue;
    }
    open.delete(task.key);
    failed.push({
      task,
      message: `workers found its job bad ${times} times: ${problem}; see the list ${badJobsKey(queue)}`,
    });
    onDone(task);
  }
  await enqueue(run, again);
}

/**
 * One look: what has left the queue is in the store, has failed, or was lost and is put in again. What a worker has in hand
 * may be in the store too: the worker may have died before it could say so.
 */
async function look(run: Run, onDone: (task: TrialTask) => void): Promise<void> {
  const { queue, store, open, failed, signal } = run;
  for (const failure of await takeFailed(run)) {
    open.delete(failure.task.key);
    failed.push(failure);
    onDone(failure.task);
  }
  const waiting = new Set(await idsIn(queue, ...WAITING));
  const active = new Set(await idsIn(queue, 'active'));
  const lost: TrialTask[] = [];
  for (const task of [...open.values()].filter(({ key }) => !waiting.has(key))) {
    if (await store.get(task.key)) {
      open.delete(task.key);
      onDone(task);
    } else if (!active.has(task.key)) lost.push(task);
  }
  // What was taken back meanwhile is not lost.
  if (!signal?.aborted) await putInAgain(run, lost, onDone);
}

/** Takes back what no worker has begun. */
async function withdraw({ queue, open }: Run): Promise<void> {
  const waiting = await idsIn(queue, ...WAITING);
  await Promise.all(waiting.filter((id) => open.has(id)).map((id) => queue.remove(id).catch(() => 0)));
}

/** Says once that nobody works, after a while. */
function workerWatch(queue: Queue, shown: string, onNotice: (text: string) => void): () => Promise<void> {
  let [looks, isSaid] = [0, false];
  return async () => {
    if (++looks % 10 !== 5 || isSaid) return;
    if ((await queue.getWorkersCount()) > 0) return;
    isSaid = true;
    onNotice(`no worker is at queue ${shown}; start some: sonic worker --queue ${shown} --store DIR`);
  };
}

/** Says again and again what is waited for while no trial gets done. */
function waitWatch({ queue, options, open }: Run): { done(): void; check(): Promise<void> } {
  const { say_ms = SAY_ms, onNotice } = options;
  let last = performance.now();
  return {
    done: () => {
      last = performance.now();
    },
    check: async () => {
      if (performance.now() - last < say_ms) return;
      last = performance.now();
      const countOf = async (...states: Parameters<typeof idsIn>[1][]) =>
        (await idsIn(queue, ...states)).filter((id) => open.has(id)).length;
      const [working, putBack, waiting] = [
        await countOf('active'),
        await countOf('delayed'),
        await countOf('wait', 'prioritized', 'paused'),
      ];
      const parts = [
        working > 0 ? `${working} at work` : '',
        waiting > 0 ? `${waiting} in the queue` : '',
        putBack > 0
          ? `${putBack} put back by workers that cannot run ${putBack === 1 ? 'it' : 'them'} (they say why)`
          : '',
        (await queue.isPaused()) ? 'the queue is paused' : '',
      ].filter((part) => part !== '');
      const workers = await queue.getWorkersCount();
      onNotice?.(
        `waiting for ${open.size} ${open.size === 1 ? 'trial' : 'trials'}: ${parts.join(', ')}; ` +
          `${workers === 0 ? 'no worker is' : workers === 1 ? '1 worker is' : `${workers} workers are`} at the queue`,
      );
    },
  };
}

/** Until the store has all, or the signal comes. */
async function waitForAll(
  run: Run,
  address: QueueAddress,
  { onProgress }: ExecuteOptions,
  count: { trials: number; done: number; images: number; imagesDone: number },
): Promise<void> {
  const { queue, options, open, signal } = run;
  let imagesRun = 0;
  const report = () =>
    onProgress?.({
      trials: count.trials,
      trialsDone: count.done,
      images: count.images,
      imagesDone: count.imagesDone,
      imagesRun,
    });
  const waiting = waitWatch(run);
  const done = async (task: TrialTask) => {
    waiting.done();
    const images = await options.imagesOf(task);
    count.done++;
    count.imagesDone += images;
    imagesRun += images;
    report();
  };
  report();
  const checkWorkers = workerWatch(queue, address.shown, (text) => options.onNotice?.(text));
  while (open.size > 0 && !signal?.aborted) {
    const finished: TrialTask[] = [];
    await look(run, (task) => finished.push(task));
    for (const task of finished) await done(task);
    if (open.size === 0) return;
    await checkWorkers();
    await waiting.check();
    const pause_ms = Math.max(LOOK_ms, (1000 * open.size) / IDS_A_SECOND);
    await sleep(pause_ms, undefined, signal ? { signal } : {}).catch(() => undefined);
  }
}

async function runByQueue(
  address: QueueAddress,
  options: QueueOptions,
  given: readonly TrialTask[],
  store: TrialStore,
  execute: ExecuteOptions,
): Promise<ExecutionReport> {
  const tasks = new Map(given.map((task) => [task.key, task]));
  const open = new Map<string, TrialTask>();
  const count = { trials: tasks.size, done: 0, images: 0, imagesDone: 0 };
  for (const task of tasks.values()) {
    const images = await options.imagesOf(task);
    count.images += images;
    if (!(await store.get(task.key))) open.set(task.key, task);
    else {
      count.done++;
      count.imagesDone += images;
    }
  }
  const reused = count.done;
  if (open.size === 0) return { ran: 0, reused, failed: [], interrupted: false };
  await checkServer(address);
  const { Queue } = await import('bullmq');
  const queue = new Queue<QueuedTrial>(options.queueName, { connection: address.connection, skipVersionCheck: true });
  queue.on(
    'error',
    refusalTeller(address, (text) => options.onNotice?.(text)),
  );
  const badBefore = await badJobs(queue);
  const run: Run = { queue, store, options, open, failed: [], signal: execute.signal, badBefore };
  const watch = await watchServer(queue, address, (text) => options.onNotice?.(text));
  const aborted = new Promise<void>((resolve) => execute.signal?.addEventListener('abort', () => resolve()));
  try {
    const work = async () => {
      // What failed before is tried afresh.
      await takeFailed(run);
      await waitForAll(run, address, execute, count);
    };
    // A server that is away must not keep an interrupted program.
    await Promise.race([work(), watch.lost, aborted]);
    const interrupted = execute.signal?.aborted === true && open.size > 0;
    if (interrupted) await patiently(withdraw(run));
    return { ran: tasks.size - reused - open.size - run.failed.length, reused, failed: run.failed, interrupted };
  } finally {
    watch.stop();
    await patiently(queue.disconnect());
  }
}

/**
 * An executor whose trials workers compute (`sonic worker`), on this machine or others that share the store.
 * @throws UsageError where the address is none.
 */
export function createQueueExecutor(options: QueueOptions): TrialExecutor {
  const address = parseQueueUrl(options.url);
  return {
    run: (tasks, store, execute = {}) => runByQueue(address, options, tasks, store, execute),
    close: async () => {},
  };
}
