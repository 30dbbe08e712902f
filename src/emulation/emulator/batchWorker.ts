/** A thread of the pool: sets itself up for the job once, then runs batches. */
import { workerData } from 'piscina';
import { quietDeprecations } from '../../base/deprecations.js';
import { type Outcome, outcomeOf } from '../../base/outcome.js';
import { type BatchResult, type BatchRunner, createBatchRunner, type Job } from './batchRunner.js';

/** First image and number of images of a batch; of none, the thread only sets itself up. */
export interface BatchTask {
  readonly first: number;
  readonly count: number;
}

quietDeprecations();

let runner: Promise<BatchRunner> | undefined;

export default function runBatch({ first, count }: BatchTask): Promise<Outcome<BatchResult>> {
  runner ??= createBatchRunner(workerData as Job);
  const none: BatchResult = { first, digital: null, emulated: null, runs: [] };
  return outcomeOf(runner.then((run) => (count === 0 ? none : run(first, count))));
}
