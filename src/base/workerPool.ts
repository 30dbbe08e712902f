/** Worker threads that all run one file, whose default function takes a task and returns its `Outcome`. */
import { fileURLToPath } from 'node:url';
import { type Outcome, unwrapOutcome } from './outcome.js';

/**
 * Room for what a thread makes anew, MiB: it computes in arrays that lie elsewhere, and of the usual 48 MiB a thread it would
 * fill all before it tidied up.
 */
const YOUNG_MiB = 8;

export interface PoolOptions {
  readonly threads: number;
  /** What each thread is given once. */
  readonly data?: unknown;
  /** Tasks of a thread at a time: the next lies ready when it is done with one. Default 1. */
  readonly ahead?: number;
}

export interface WorkerPool<Task, Result> {
  /**
   * @param transferred what is the thread's own from then on.
   * @throws the task's error, of its class if it is a SonicError.
   */
  run(task: Task, transferred?: readonly ArrayBufferLike[]): Promise<Result>;
  /** Ends the threads, whatever they are at. */
  close(): Promise<void>;
}

/** @param file of the built package: from src/ (tests) as from dist/, threads run what is built. */
export async function openPool<Task, Result>(
  file: URL,
  { threads, data, ahead = 1 }: PoolOptions,
): Promise<WorkerPool<Task, Result>> {
  const { Piscina } = await import('piscina');
  const pool = new Piscina<Task, Outcome<Result>>({
    filename: fileURLToPath(file),
    workerData: data,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: ahead,
    idleTimeout: Number.POSITIVE_INFINITY,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MiB },
  });
  return {
    run: async (task, transferred = []) =>
      unwrapOutcome(await pool.run(task, { transferList: transferred as ArrayBuffer[] })),
    close: () => pool.destroy(),
  };
}
