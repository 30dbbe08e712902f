/** The queue as coordinator and workers share it: BullMQ jobs named by the keys of their trials. */
import type { JobsOptions, Queue } from 'bullmq';
import { SonicError } from '../../base/errors.js';
import type { TrialTask } from '../trial/trialSettings.js';

/** What a job holds; plain JSON. */
export interface QueuedTrial {
  readonly schema: 'sonic-queued-trial/1';
  /** Hash of the code whose key the task has. */
  readonly code: string;
  readonly task: TrialTask;
}

/** A job is gone when it is done: the store has its result. One that failed stays for the coordinator to read. */
export const jobOptions = (key: string): JobsOptions => ({ jobId: key, removeOnComplete: true, removeOnFail: false });

/** States of jobs that somebody will run. */
export const WAITING = ['wait', 'delayed', 'prioritized', 'paused'] as const;

/** Ids of all jobs in these states. */
export function idsIn(queue: Queue, ...states: Parameters<Queue['getRanges']>[0]): Promise<string[]> {
  // Without an end it is the first two of each.
  return queue.getRanges(states, 0, -1);
}

/** How often a trial may lose its worker before it is taken to be what kills them. */
export const MOST_DEATHS = 5;

/**
 * Name of a store's queue: the same wherever its folder is mounted.
 * @param id of the store.
 * @throws SonicError where the store has none: it is older than queues.
 */
export function queueNameOf(id: string | null): string {
  if (id === null) throw new SonicError('the store has no id to name its queue by; give a name with --queue-name');
  return `sonic-${id}`;
}
