/** Batches of a run dealt to whoever is free: this thread and others, which take the next when they are done with one. */
import type { BatchResult } from './batchRunner.js';
import type { BatchTask } from './batchWorker.js';

/** One that runs batches. */
export interface Lane {
  /** Batches that it has at a time: a thread is given the next before it asks, since whoever deals may be at a batch too. */
  readonly ahead: number;
  /** Resolves when it can run; until then others take all there is. */
  start(): Promise<unknown>;
  run(task: BatchTask): Promise<BatchResult>;
}

/**
 * Results in the order of `batches`. It does not wait for lanes that have not started when all is done.
 * @throws the first error of any lane; the others end their batches, and take no more.
 */
export async function shareOut(
  batches: readonly BatchTask[],
  lanes: readonly Lane[],
  onBatch: (count: number) => void,
): Promise<BatchResult[]> {
  const results = new Array<BatchResult>(batches.length);
  const running: Promise<void>[] = [];
  let [next, left] = [0, batches.length];
  const ended = new Promise<void>((resolve, reject) => {
    // What is taken ahead leaves a batch for every lane.
    const takeBatches = async ({ run }: Lane, isAhead: boolean) => {
      while (batches.length - next >= (isAhead ? lanes.length : 1)) {
        const at = next++;
        results[at] = await run(batches[at]!);
        onBatch(batches[at]!.count);
        if (--left === 0) resolve();
      }
    };
    const fail = (error: unknown) => {
      next = batches.length;
      reject(error);
    };
    for (const lane of lanes) {
      lane.start().then(() => {
        for (let i = 0; i < lane.ahead; i++) {
          const batchesOfLane = takeBatches(lane, i > 0);
          running.push(batchesOfLane);
          batchesOfLane.catch(fail);
        }
      }, fail);
    }
  });
  try {
    await ended;
    return results;
  } finally {
    await Promise.allSettled(running);
  }
}
