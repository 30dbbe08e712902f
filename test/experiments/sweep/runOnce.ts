import type { ExecuteOptions, ExecutionReport } from '../../../src/experiments/sweep/executor.js';
import { createLocalExecutor, type LocalOptions } from '../../../src/experiments/sweep/runTrials.js';
import type { TrialTask } from '../../../src/experiments/sweep/trialSettings.js';
import type { TrialStore } from '../../../src/experiments/sweep/types.js';

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
