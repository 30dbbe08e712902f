/** Lanes for trials: a worker thread each, or this thread for backends that bring threads of their own. */
import { openPool } from '../../base/workerPool.js';
import { Lane, type LaneResults, type LaneTask } from './lane.js';

/** Somewhere that tasks run, one after the other. */
export interface LaneHandle {
  run<K extends LaneTask['kind']>(task: Extract<LaneTask, { kind: K }>): Promise<LaneResults[K]>;
  close(): Promise<void>;
}

/** A worker thread; it loads TensorFlow.js and kernels once. */
export function createThreadLane(): LaneHandle {
  const pool = openPool<LaneTask, LaneResults[LaneTask['kind']]>(
    new URL('../../../dist/experiments/trial/laneWorker.js', import.meta.url),
    { threads: 1 },
  );
  return {
    run: async <K extends LaneTask['kind']>(task: Extract<LaneTask, { kind: K }>) =>
      (await (await pool).run(task)) as LaneResults[K],
    close: async () => (await pool).close(),
  };
}

/** This thread. */
export function createInlineLane(): LaneHandle {
  const lane = new Lane();
  return { run: (task) => lane.run(task), close: async () => {} };
}
