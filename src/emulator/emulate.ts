/** Runs a network over images in batches and worker threads; the result depends on neither. */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { Activity } from '../program/activity.js';
import { activityOf } from './activity.js';
import type { BatchResult, Job } from './batch.js';
import type { LayerFidelity } from './fidelity.js';
import { toShared } from './shared.js';
import type { BatchTask } from './worker.js';

export interface EmulateOptions extends Omit<Job, 'imageSize' | 'fidelities'> {
  /** Of every MAC layer of the program; default all `exact`. */
  readonly fidelities?: readonly LayerFidelity[] | undefined;
  readonly count: number;
  /** Default: all cores. */
  readonly threads?: number | undefined;
  /** Images a batch; default 16. */
  readonly batch?: number | undefined;
  /** Called after every batch. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface Emulation {
  /** [count, classes]; null where it was not asked for. */
  readonly digitalLogits: Float32Array | null;
  /** [count, classes]; null without a program. */
  readonly emulatedLogits: Float32Array | null;
  /** Null without a program. */
  readonly activity: Activity | null;
}

export const DEFAULT_BATCH = 16;

/** Threads a run takes where none are asked for. */
export function defaultThreads(): number {
  return availableParallelism();
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/**
 * Logits of the digital and the emulated network for `count` images, and what the hardware did.
 * @throws CompileError where an input is negative and must not be; the first error of any thread.
 */
export async function emulate(options: EmulateOptions): Promise<Emulation> {
  const { count, batch = DEFAULT_BATCH, onProgress } = options;
  const { network, program, fidelities = [], digital, backend, runSeed, images, indices } = options;
  const imageSize = images.length / count;
  const job: Job = toShared({ network, program, fidelities, digital, backend, runSeed, images, imageSize, indices });
  const threads = Math.max(1, Math.min(options.threads ?? defaultThreads(), Math.ceil(count / batch)));
  const pool = new Piscina<BatchTask, BatchResult>({
    // From src/ (tests) as from dist/: threads run the built file.
    filename: fileURLToPath(new URL('../../dist/emulator/worker.js', import.meta.url)),
    workerData: job,
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Number.POSITIVE_INFINITY,
  });
  try {
    let done = 0;
    const tasks = Array.from({ length: Math.ceil(count / batch) }, async (_, i) => {
      const size = Math.min(batch, count - i * batch);
      const result = await pool.run({ first: i * batch, count: size });
      done += size;
      onProgress?.(done, count);
      return result;
    });
    const results = await Promise.all(tasks);
    return {
      digitalLogits: digital ? joined(results.map((result) => result.digital!)) : null,
      emulatedLogits: program ? joined(results.map((result) => result.emulated!)) : null,
      activity: program
        ? activityOf(
            program,
            results.flatMap((result) => result.runs),
          )
        : null,
    };
  } finally {
    await pool.destroy();
  }
}
