/** Where batches of a run can go: this thread, and worker threads. */
import { type Lane, nextTurn } from '../../base/shareOut.js';
import { openPool } from '../../base/workerPool.js';
import type { PhotonicBackend } from '../backends/types.js';
import { type BatchResult, type BatchRunner, createBatchRunner, type Job } from './batchRunner.js';
import type { BatchTask } from './batchWorker.js';
import { toShared } from './shared.js';

type BatchLane = Lane<BatchTask, BatchResult>;

interface LaneHere extends BatchLane {
  /** The backend's, once it has started. */
  about(): PhotonicBackend['about'] | null;
  /** Frees what it put on the backend. */
  dispose(): void;
}

/** This thread as a lane. */
export function laneHere(job: Job): LaneHere {
  let runner: BatchRunner | null = null;
  return {
    ahead: 1,
    start: async () => {
      runner = await createBatchRunner(job);
    },
    run: async ({ first, count }) => {
      const result = await runner!(first, count);
      await nextTurn();
      return result;
    },
    about: () => runner?.about ?? null,
    dispose: () => runner?.dispose(),
  };
}

/** Batches of a worker at a time: the next lies ready while the thread that deals them is at a batch itself. */
const AHEAD = 2;

/** `count` worker threads as lanes, none of which is started where there are to be none. */
export async function workerLanes(job: Job, count: number): Promise<{ lanes: BatchLane[]; destroy(): Promise<void> }> {
  if (count === 0) return { lanes: [], destroy: async () => {} };
  const { run, close } = await openPool<BatchTask, BatchResult>(
    new URL('../../../dist/emulation/emulator/batchWorker.js', import.meta.url),
    { threads: count, data: toShared(job), ahead: AHEAD },
  );
  const lane: BatchLane = { ahead: AHEAD, start: () => run({ first: 0, count: 0 }), run };
  return { lanes: Array.from({ length: count }, () => lane), destroy: close };
}
