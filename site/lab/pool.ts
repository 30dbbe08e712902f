/** The threads that run images; one thing at a time has them. */
import type { Job } from '#sonic/emulation/emulator/batchRunner.js';
import type { Program } from '#sonic/emulation/program/types.js';
import type { Network } from '#sonic/networks/types.js';
import type { Images } from './data.js';
import type { BatchReply, Files, LoadReply, PageBackend } from './messages.js';
import { Thread } from './thread.js';

const BATCH = 16;
const MOST_THREADS = 8;

const threads: Thread[] = [];
/** What the threads were last asked to run. */
let latest: Work | null = null;

/** What is to be run, and what has been; goes on where it was stopped. */
export interface Work {
  readonly network: Network;
  readonly program: Program;
  readonly data: Images;
  readonly count: number;
  readonly backend: PageBackend;
  /** By batch. */
  readonly replies: BatchReply[];
}

/** Images that have been run. */
export const countDone = ({ replies }: Work): number =>
  replies.reduce((sum, reply) => sum + (reply?.runs.length ?? 0), 0);

/** Of the first images, whatever thread was faster: all batches up to the first that is missing. */
export function wholeOf({ replies }: Work): BatchReply[] {
  let last = 0;
  while (replies[last]) last++;
  return replies.slice(0, last);
}

function jobOf({ network, program, data, count, backend }: Work): Job {
  const imageSize = data.shape[0] * data.shape[1] * data.shape[2];
  const job = { network, program, fidelities: [], digital: true, backend, runSeed: 1, imageSize } as const;
  const indices = data.indices ? { indices: Int32Array.from(data.indices.slice(0, count)) } : {};
  return { ...job, ...indices, images: data.images.slice(0, count * imageSize) };
}

export interface RunFacts {
  readonly threads: number;
  /** Backend and what it computes on, for people. */
  readonly on: string;
}

/**
 * Runs the batches that are missing.
 * @param onBatch called after each.
 * @returns on what, for people
 */
export async function runWork(work: Work, files: Files, signal: AbortSignal, onBatch: () => void): Promise<RunFacts> {
  const batches = Math.ceil(work.count / BATCH);
  const left = Array.from({ length: batches }, (_, b) => b).filter((b) => !work.replies[b]);
  // An adapter is one, whoever feeds it.
  const most = work.backend === 'webgpu' ? 1 : Math.min(navigator.hardwareConcurrency || 1, MOST_THREADS);
  const wanted = Math.max(1, Math.min(most, left.length));
  let device = '';
  while (threads.length < wanted) threads.push(new Thread());
  // What they still run for something else nobody waits for.
  if (latest !== work) for (const thread of threads) if (thread.isBusy) thread.stop();
  latest = work;
  const job = jobOf(work);
  await Promise.all(
    threads.slice(0, wanted).map(async (thread) => {
      ({ device } = await thread.ask<LoadReply>({ kind: 'load', files, job }));
      for (let b = left.shift(); b !== undefined && !signal.aborted; b = left.shift()) {
        const count = Math.min(BATCH, work.count - b * BATCH);
        work.replies[b] = await thread.ask<BatchReply>({ kind: 'batch', first: b * BATCH, count });
        if (!signal.aborted) onBatch();
      }
    }),
  );
  const threadsText = `${wanted} ${wanted === 1 ? 'thread' : 'threads'}`;
  return { threads: wanted, on: work.backend === 'webgpu' ? `WebGPU: ${device}` : `WebAssembly, ${threadsText}` };
}
