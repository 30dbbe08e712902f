/** Runs trials: the seam between a sweep and where its trials are computed, here or by workers elsewhere. */

import type { TrialStore } from '../sweep/types.js';
import type { TrialTask } from './trialSettings.js';

/** How far a run has come. */
export interface TrialProgress {
  readonly trials: number;
  readonly trialsDone: number;
  /** Images of all trials, and those run or found in the store. */
  readonly images: number;
  readonly imagesDone: number;
  /** Of `imagesDone`, those that were run just now. */
  readonly imagesRun: number;
}

export interface ExecuteOptions {
  readonly onProgress?: ((progress: TrialProgress) => void) | undefined;
  /** Once aborted, nothing new is started; blocks in flight are stored. */
  readonly signal?: AbortSignal | undefined;
}

export interface TrialFailure {
  readonly task: TrialTask;
  readonly message: string;
}

export interface ExecutionReport {
  /** Trials computed, and those found in the store. */
  readonly ran: number;
  readonly reused: number;
  /** Trials that cannot be computed; the others were all the same. */
  readonly failed: readonly TrialFailure[];
  readonly interrupted: boolean;
}

export interface TrialExecutor {
  /** Sees to it that the store has the trials; results do not depend on where or in what order they were computed. */
  run(tasks: readonly TrialTask[], store: TrialStore, options?: ExecuteOptions): Promise<ExecutionReport>;
  close(): Promise<void>;
}
