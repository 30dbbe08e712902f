/**
 * Runs a network over images in batches, on backends that run one core a thread in worker threads where there are several
 * batches; the result depends on neither.
 */
import { availableParallelism } from 'node:os';
import { nextTurn, shareOut } from '../../base/shareOut.js';
import { whileOpen } from '../../base/storedBytes.js';
import { isMacLayer, type Layer } from '../../networks/types.js';
import { BACKEND_TRAITS, type BackendName } from '../backends/index.js';
import type { PhotonicBackend } from '../backends/types.js';
import type { Activity } from '../program/activity.js';
import type { Program } from '../program/types.js';
import { plannedBatch, runsApart } from './batchPlan.js';
import { type BatchResult, createBatchRunner, type Job } from './batchRunner.js';
import type { BatchTask } from './batchWorker.js';
import { activityOf } from './countActivity.js';
import type { LayerFidelity } from './fidelity.js';
import { laneHere, workerLanes } from './lanes.js';

export interface EmulateOptions extends Omit<Job, 'imageSize' | 'fidelities'> {
  /** Of every MAC layer of the program; default all `exact`. */
  readonly fidelities?: readonly LayerFidelity[] | undefined;
  readonly count: number;
  /** Default: all cores. Without effect on backends that use the whole machine by themselves. */
  readonly threads?: number | undefined;
  /** Images a batch; default: `plannedBatch`. */
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
  /** What computed, and on what, where the backend uses the whole machine by itself and there is a program. */
  readonly about: PhotonicBackend['about'] | null;
}

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

/** Images of the digital network at a time, where it runs beside threads that wait for their next batch. */
const APART_BATCH = 2;

/** A job without what only the digital network reads. */
function emulatedAlone(job: Job, program: Program): Job {
  const onCore = new Set(program.layers.map(({ name }) => name));
  const bare = (layer: Layer): Layer =>
    isMacLayer(layer) && onCore.has(layer.name) ? { ...layer, weight: new Float32Array(0), bias: null } : layer;
  return { ...job, digital: false, network: { ...job.network, layers: job.network.layers.map(bare) } };
}

/** Logits of the digital network for all images, in this thread. */
async function runDigitalHere(job: Job, count: number): Promise<Float32Array> {
  const runner = await createBatchRunner({ ...job, program: null });
  try {
    const parts: Float32Array[] = [];
    for (let first = 0; first < count; first += APART_BATCH) {
      parts.push((await runner(first, Math.min(APART_BATCH, count - first))).digital!);
      // A thread may be waiting to be given its next batch.
      await nextTurn();
    }
    return joined(parts);
  } finally {
    runner.dispose();
  }
}

/** What batches give, in the order of the images; `digital` where the digital network ran apart from them. */
interface Batches {
  readonly results: readonly BatchResult[];
  readonly digital: Float32Array | null;
  readonly about: PhotonicBackend['about'] | null;
}

/**
 * Runs all batches in `threads` threads, this one among them unless it runs the digital network; a backend that spreads each
 * batch over the machine runs them here.
 */
async function runBatches(
  job: Job,
  batches: readonly BatchTask[],
  threads: number,
  onBatch: (count: number) => void,
): Promise<Batches> {
  const { program, network } = job;
  const hasWorkers = BACKEND_TRAITS[job.backend].threads === 'workers';
  const isApart = hasWorkers && batches.length > 1 && program !== null && runsApart(network);
  const here = isApart ? null : laneHere(job);
  const others = isApart
    ? await workerLanes(emulatedAlone(job, program), threads)
    : await workerLanes(job, threads - 1);
  const count = batches.reduce((sum, batch) => sum + batch.count, 0);
  try {
    const [results, digital] = await Promise.all([
      shareOut(batches, [...(here ? [here] : []), ...others.lanes], (batch) => onBatch(batch.count)),
      isApart && job.digital ? runDigitalHere(job, count) : Promise.resolve(null),
    ]);
    return { results, digital, about: hasWorkers ? null : (here?.about() ?? null) };
  } finally {
    here?.dispose();
    await others.destroy();
  }
}

/** Threads that a run on `backend` takes where `wanted` are asked for. */
export function emulatorThreads(backend: BackendName, wanted: number = defaultThreads()): number {
  return BACKEND_TRAITS[backend].threads === 'workers' ? wanted : 1;
}

/**
 * Logits of the digital and the emulated network for `count` images, and what the hardware did. The digital network runs
 * in float32 on the same TensorFlow.js backend as the electronic layers of the emulated one.
 * @throws BackendUnavailableError; NetworkError where an input is negative and must not be; the first error of any thread.
 */
export async function emulate(options: EmulateOptions): Promise<Emulation> {
  const { count, onProgress } = options;
  const wanted = emulatorThreads(options.backend, options.threads);
  const batch = options.batch ?? plannedBatch(options.network, count, wanted, options.backend);
  const { network, program, fidelities = [], digital, backend, runSeed, images, indices } = options;
  const imageSize = images.length / count;
  const job: Job = { network, program, fidelities, digital, backend, runSeed, images, imageSize, indices };
  const batches = Array.from({ length: Math.ceil(count / batch) }, (_, i) => ({
    first: i * batch,
    count: Math.min(batch, count - i * batch),
  }));
  let done = 0;
  const onBatch: (size: number) => void = (size) => {
    done += size;
    onProgress?.(done, count);
  };
  const threads = Math.max(1, Math.min(wanted, batches.length));
  const { results, digital: apart, about } = await whileOpen(images, () => runBatches(job, batches, threads, onBatch));
  return {
    digitalLogits: digital ? (apart ?? joined(results.map((result) => result.digital!))) : null,
    emulatedLogits: program ? joined(results.map((result) => result.emulated!)) : null,
    activity: program
      ? activityOf(
          program,
          results.flatMap((result) => result.runs),
        )
      : null,
    about,
  };
}
