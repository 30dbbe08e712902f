/**
 * A worker: takes trials from a queue and computes them into the store. A trial is delivered at least once; the store's
 * claims and blocks see to it that it is computed once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, JobJsonRaw, Queue, Worker } from 'bullmq';
import { SonicError } from '../../base/errors.js';
import type { TrialStore } from '../sweep/types.js';
import type { TrialExecutor } from '../trial/executor.js';
import { createLocalExecutor } from '../trial/runTrials.js';
import type { TrialLoader } from '../trial/trialLoader.js';
import type { TrialTask } from '../trial/trialSettings.js';
import { badJobsKey, keepBadJob } from './badJobs.js';
import { checkServer, parseQueueUrl, patiently, refusalTeller, watchServer } from './connection.js';
import { readJob } from './jobContent.js';
import { MOST_DEATHS, type QueuedTrial } from './trialQueue.js';

/** A trial that this worker cannot run goes back for others, who are there first: this one rests for longer each time. */
const PUT_BACK_ms = 500;
const LEAST_REST_ms = 2000;
const MOST_REST_ms = 60_000;

export interface WorkerEvent {
  readonly kind: 'computed' | 'known' | 'failed' | 'refused' | 'bad' | 'notice';
  readonly text: string;
}

export interface WorkerOptions {
  readonly url: string;
  readonly queueName: string;
  readonly store: TrialStore;
  readonly loader: TrialLoader;
  /** Hash of the code of this installation. */
  readonly code: string;
  /** Trials computed at once, each on a thread of its own. */
  readonly threads: number;
  /** Ends when there has been nothing to do for so long; default never. */
  readonly idle_s?: number | undefined;
  /** Once aborted, blocks in flight are stored, and trials go back to the queue. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: WorkerEvent) => void) | undefined;
  /** After how long without a sign of life a trial is given to another worker, ms. */
  readonly lapse_ms?: number | undefined;
}

export interface WorkerReport {
  readonly computed: number;
  readonly known: number;
  readonly failed: number;
  /** Jobs that held no trial. */
  readonly bad: number;
  /** Distinct reasons for which trials were put back. */
  readonly refused: readonly string[];
}

/** Stands in for the content of a job that cannot be read. */
const UNREADABLE = 'sonic-unreadable';
const isUnreadable = (data: unknown): data is Record<typeof UNREADABLE, string> =>
  typeof data === 'object' && data !== null && UNREADABLE in data;

/** BullMQ's worker stumbles over a job whose fields are not JSON, again and again: such a job becomes one without a trial. */
async function tolerantWorker() {
  const { Worker: BullWorker } = await import('bullmq');
  return class extends BullWorker<QueuedTrial> {
    protected override createJob(data: JobJsonRaw, jobId: string): Job<QueuedTrial> {
      try {
        return super.createJob(data, jobId);
      } catch {
        const content = JSON.stringify({ [UNREADABLE]: String(data.data) });
        const plain = { id: jobId, name: 'trial', data: content, opts: '{}', progress: '0', delay: '0' };
        return super.createJob({ ...plain, timestamp: '0', attemptsMade: '0' } as unknown as JobJsonRaw, jobId);
      }
    }
  };
}

class Runner {
  readonly count = { computed: 0, known: 0, failed: 0, bad: 0 };
  readonly refused = new Set<string>();
  readonly #free: TrialExecutor[];
  readonly #stop = new AbortController();
  /** In a row. */
  #refusals = 0;
  /** What ends the worker. */
  fatal: unknown;
  /** Jobs in hand, and those of them that are computed. */
  busy = 0;
  computing = 0;
  lastBusy = performance.now();

  constructor(
    readonly options: WorkerOptions,
    readonly queue: Queue,
  ) {
    const { loader, threads, signal } = options;
    this.#free = Array.from({ length: threads }, () => createLocalExecutor({ loader, threads: 1 }));
    signal?.addEventListener('abort', () => this.#stop.abort());
    if (signal?.aborted) this.#stop.abort();
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  end(error: unknown): void {
    this.fatal ??= error;
    this.#stop.abort();
  }

  #say(kind: WorkerEvent['kind'], text: string): void {
    this.options.onEvent?.({ kind, text });
  }

  async #putBack(job: Job, token: string): Promise<never> {
    const { DelayedError } = await import('bullmq');
    await job.moveToDelayed(Date.now() + (this.signal.aborted ? 1 : PUT_BACK_ms), token);
    throw new DelayedError();
  }

  /** Leaves the job to others, who may be able to run it; each reason is said once. */
  async #refuse(job: Job, token: string, label: string, reason: string): Promise<never> {
    if (!this.refused.has(reason)) {
      this.refused.add(reason);
      this.#say('refused', `${label} is put back for others: ${reason}`);
    }
    try {
      return await this.#putBack(job, token);
    } finally {
      const rest_ms = Math.min(LEAST_REST_ms * 2 ** this.#refusals++, MOST_REST_ms);
      this.busy--;
      await sleep(rest_ms, undefined, { signal: this.signal }).catch(() => undefined);
      this.busy++;
    }
  }

  /** The trial itself cannot be computed: its sweep is told, and no other worker tries. */
  async #fail(task: TrialTask, message: string): Promise<never> {
    this.count.failed++;
    this.#say('failed', `${task.label}: ${message}`);
    const { UnrecoverableError } = await import('bullmq');
    throw new UnrecoverableError(message);
  }

  /** What is no trial is taken out of the queue and kept in a list; a sweep that misses it puts it in again. */
  async #setAside(job: Job, problem: string): Promise<void> {
    this.count.bad++;
    const id = String(job.id);
    const data = isUnreadable(job.data) ? job.data[UNREADABLE] : (JSON.stringify(job.data) ?? '');
    await keepBadJob(this.queue, { id, problem, data });
    this.#say(
      'bad',
      `job '${id}' is no trial: ${problem}; it now lies in the list ${badJobsKey(this.queue)} of the server`,
    );
    job.opts.removeOnComplete = true;
    this.lastBusy = performance.now();
  }

  /** What is wrong with the network or data of a trial; null if they can be loaded. */
  async #loadingProblem({ settings }: TrialTask): Promise<string | null> {
    try {
      await this.options.loader.load(settings);
      return null;
    } catch (error) {
      if (error instanceof SonicError) return error.message;
      throw error;
    }
  }

  async #compute(executor: TrialExecutor, job: Job<QueuedTrial>, token: string): Promise<void> {
    const { task } = job.data;
    const started = performance.now();
    const cannotLoad = await this.#loadingProblem(task);
    if (cannotLoad !== null) await this.#fail(task, cannotLoad);
    this.computing++;
    const { failed, interrupted, ran } = await executor
      .run([task], this.options.store, { signal: this.signal })
      .finally(() => this.computing--);
    if (failed[0]) await this.#fail(task, failed[0].message);
    if (interrupted && !(await this.options.store.get(task.key))) await this.#putBack(job, token);
    this.#refusals = 0;
    this.count[ran > 0 ? 'computed' : 'known']++;
    const time = `${((performance.now() - started) / 1000).toFixed(1)} s`;
    if (ran > 0) this.#say('computed', `${task.key.slice(0, 16)}  ${time}  ${task.label}`);
    else this.#say('known', `${task.key.slice(0, 16)}  in the store already  ${task.label}`);
  }

  /** What BullMQ calls for each job. */
  async process(job: Job<QueuedTrial>, token: string): Promise<void> {
    this.busy++;
    try {
      await this.#take(job, token);
    } finally {
      this.busy--;
    }
  }

  async #take(job: Job<QueuedTrial>, token: string): Promise<void> {
    if (this.signal.aborted) await this.#putBack(job, token);
    const content = isUnreadable(job.data)
      ? { kind: 'bad' as const, problem: 'its content is not JSON' }
      : readJob(job.data, job.id, this.options.code);
    if (content.kind === 'bad') return this.#setAside(job, content.problem);
    if (content.kind === 'foreign') {
      const versions = `its code is ${content.code.slice(0, 16)}, this worker's ${this.options.code.slice(0, 16)}`;
      await this.#refuse(job, token, content.label, `${versions}; install the version that started the sweep`);
    }
    const executor = this.#free.pop()!;
    try {
      await this.#compute(executor, job, token);
    } catch (error) {
      await this.#judge(error, job, token);
    } finally {
      this.#free.push(executor);
      this.lastBusy = performance.now();
    }
  }

  /** An error is of the trial, of this machine, or of ours. */
  async #judge(error: unknown, job: Job<QueuedTrial>, token: string): Promise<never> {
    if (!(error instanceof SonicError)) throw error;
    if (error.name === 'BackendUnavailableError') await this.#refuse(job, token, job.data.task.label, error.message);
    // The store: other trials would meet the same.
    this.end(error);
    return this.#putBack(job, token);
  }

  async close(): Promise<void> {
    await Promise.all(this.#free.map((executor) => executor.close()));
  }
}

/** Resolves when the worker should end: by signal, by error, or as there was nothing to do. */
function endOf(runner: Runner, lost: Promise<never>): Promise<void> {
  const { idle_s } = runner.options;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const idle =
        runner.busy === 0 && performance.now() - runner.lastBusy > 1000 * (idle_s ?? Number.POSITIVE_INFINITY);
      if (idle) finish();
    }, 200);
    const finish = () => {
      clearInterval(timer);
      resolve();
    };
    runner.signal.addEventListener('abort', finish);
    if (runner.signal.aborted) finish();
    lost.catch((error) => runner.end(error));
  });
}

/** Blocks in flight end, and what was taken goes back, unless the server is away: then it lapses. */
async function leaveQueue(worker: Worker, runner: Runner): Promise<void> {
  await worker.pause(true);
  while (runner.computing > 0) await sleep(50);
  // Putting back waits for the server.
  for (let tries = 0; runner.busy > 0 && tries < 60; tries++) await sleep(50);
  // What the last jobs came to is said on this connection, in turn.
  await sleep(50);
  const client = await worker.client;
  await patiently(client.info());
}

/**
 * Works until the signal, an error of the store, or idleness.
 * @throws SonicError where the server cannot be used or is away for too long, or the store cannot be written.
 */
export async function runWorker(options: WorkerOptions): Promise<WorkerReport> {
  const address = parseQueueUrl(options.url);
  await checkServer(address);
  const [{ Queue }, TolerantWorker] = await Promise.all([import('bullmq'), tolerantWorker()]);
  const { connection } = address;
  const lapse_ms = options.lapse_ms ?? 30_000;
  const queue = new Queue(options.queueName, { connection, skipVersionCheck: true });
  const runner = new Runner(options, queue);
  const worker = new TolerantWorker(options.queueName, (job, token) => runner.process(job, token!), {
    connection,
    concurrency: options.threads,
    lockDuration: lapse_ms,
    stalledInterval: lapse_ms / 2,
    maxStalledCount: MOST_DEATHS,
    skipVersionCheck: true,
  });
  // Connections are watched below; a lost lock means that another worker has the trial, which the store sorts out.
  const notice = (text: string) => options.onEvent?.({ kind: 'notice', text });
  const tellRefusal = refusalTeller(address, notice);
  queue.on('error', tellRefusal);
  worker.on('error', tellRefusal);
  const watch = await watchServer(queue, address, notice);
  try {
    await endOf(runner, watch.lost);
    await leaveQueue(worker, runner);
  } finally {
    watch.stop();
    // By force: a server that is away would not let go.
    await patiently(worker.close(true));
    await patiently(queue.disconnect());
    await runner.close();
  }
  if (runner.fatal !== undefined) throw runner.fatal;
  return { ...runner.count, refused: [...runner.refused] };
}
