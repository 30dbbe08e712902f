import type { TrialStore } from '../../../src/experiments/sweep/types.js';
import type { ExecuteOptions, ExecutionReport } from '../../../src/experiments/trial/executor.js';
import { createLocalExecutor, type LocalOptions } from '../../../src/experiments/trial/runTrials.js';
import type { TrialTask } from '../../../src/experiments/trial/trialSettings.js';

/** Runs trials on this machine once. */
export async function runTrials(
  tasks: readonly TrialTask[],
  store: TrialStore,
  { loader, threads, ...options }: LocalOptions & ExecuteOptions,
): Promise<ExecutionReport> {
  const executor = createLocalExecutor({ loader, threads });
  try {
    return await executor.run(tasks, store, options);
  } finally {
    await executor.close();
  }
}
