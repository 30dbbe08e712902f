/** Lanes for trials: a worker thread each, or this thread for backends that bring threads of their own. */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { unwrapOutcome } from '../../base/outcome.js';
import { Lane, type LaneResults, type LaneTask } from './lane.js';
import type { LaneOutcome } from './laneWorker.js';

/** Somewhere that tasks run, one after the other. */
export interface LaneHandle {
  run<K extends LaneTask['kind']>(task: Extract<LaneTask, { kind: K }>): Promise<LaneResults[K]>;
  close(): Promise<void>;
}

/** A worker thread; it loads TensorFlow.js and kernels once. */
export function createThreadLane(): LaneHandle {
  const pool = new Piscina<LaneTask, LaneOutcome>({
    // From src/ (tests) as from dist/: threads run the built file.
    filename: fileURLToPath(new URL('../../../dist/experiments/trial/laneWorker.js', import.meta.url)),
    minThreads: 1,
    maxThreads: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
  });
  return {
    run: async <K extends LaneTask['kind']>(task: Extract<LaneTask, { kind: K }>) => {
      return unwrapOutcome(await pool.run(task)) as LaneResults[K];
    },
    close: () => pool.destroy(),
  };
}

/** This thread. */
export function createInlineLane(): LaneHandle {
  const lane = new Lane();
  return { run: (task) => lane.run(task), close: async () => {} };
}
