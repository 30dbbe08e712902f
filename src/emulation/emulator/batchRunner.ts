/** Images through the digital and the emulated network, a batch at a time: what each thread does. */

import { type Bytes, readBytes } from '../../base/storedBytes.js';
import { loadTf, registeredName, type Tensor } from '../../base/tensorflow/tf.js';
import { takeTurn } from '../../base/tensorflow/turns.js';
import { forwardFinite } from '../../networks/finite.js';
import { loadDigitalNetwork } from '../../networks/forward.js';
import { preprocess } from '../../networks/preprocess.js';
import type { Network } from '../../networks/types.js';
import { BACKEND_TRAITS, type BackendName, createBackend } from '../backends/index.js';
import type { PhotonicBackend } from '../backends/types.js';
import type { LayerRun } from '../kernels/batchLayer.js';
import type { Program } from '../program/types.js';
import { loadEmulatedNetwork } from './emulatedNetwork.js';
import type { LayerFidelity } from './fidelity.js';

/** What a thread needs once; typed arrays lie in shared memory. */
export interface Job {
  readonly network: Network;
  /** Null: digital only. */
  readonly program: Program | null;
  /** Of every MAC layer of the program. */
  readonly fidelities: readonly LayerFidelity[];
  /** Whether to run the digital network (too): float32, on the TensorFlow.js backend of `backend`. */
  readonly digital: boolean;
  readonly backend: BackendName;
  readonly runSeed: number;
  /** [count, rows, columns, channels], bytes. */
  readonly images: Bytes;
  /** Elements of one image. */
  readonly imageSize: number;
  /** Place of each image in its split, which decides its read noise; absent: image i is image i of the split. */
  readonly indices?: Int32Array | undefined;
}

export interface BatchResult {
  readonly first: number;
  /** [batch, classes]; null where it was not asked for. */
  readonly digital: Float32Array | null;
  /** [batch, classes]; null without a program. */
  readonly emulated: Float32Array | null;
  /** [image][MAC layer]. */
  readonly runs: LayerRun[][];
}

export interface BatchRunner {
  /** The backend's, where there is a program. */
  readonly about: PhotonicBackend['about'] | null;
  (first: number, count: number): Promise<BatchResult>;
  /** Frees what the runner put on its backend. */
  dispose(): void;
}

/** Places in the split of `count` images from `first` on. */
function indicesOf({ indices }: Job, first: number, count: number): Int32Array {
  return indices?.subarray(first, first + count) ?? Int32Array.from({ length: count }, (_, i) => first + i);
}

/**
 * Sets a thread up for a job. Runners of several jobs and backends may be used at once: they take turns, batch by batch.
 * @throws BackendUnavailableError where the job's backend is not to be had; the runner, NetworkError where a value is not finite.
 */
export async function createBatchRunner(job: Job): Promise<BatchRunner> {
  const runner = await takeTurn(() => setUp(job));
  const run = (first: number, count: number) => takeTurn(() => runner(first, count));
  return Object.assign(run, { about: runner.about, dispose: runner.dispose });
}

async function setUp(job: Job): Promise<BatchRunner> {
  const { tensors } = BACKEND_TRAITS[job.backend];
  const backend = job.program ? await createBackend(job.backend) : null;
  const tf = backend?.tf ?? (await loadTf(tensors));
  const digital = job.digital ? loadDigitalNetwork(tf, job.network) : null;
  const emulated =
    backend && job.program ? loadEmulatedNetwork(job.network, job.program, backend, job.fidelities) : null;
  const run = async (first: number, count: number): Promise<BatchResult> => {
    // Another run in the same process may have changed it.
    await tf.setBackend(registeredName(tensors));
    const bytes = readBytes(job.images, first * job.imageSize, (first + count) * job.imageSize);
    const input = tf.tensor(preprocess(job.network, bytes), [count, ...job.network.inputShape]);
    const indices = indicesOf(job, first, count);
    let logits: Tensor | null = null;
    try {
      logits = digital ? await forwardFinite(tf, digital, input, indices) : null;
      const emulation = await emulated?.forward(input, indices, job.runSeed);
      return {
        first,
        digital: logits ? ((await logits.data()) as Float32Array) : null,
        emulated: emulation?.logits ?? null,
        runs: emulation?.runs ?? [],
      };
    } finally {
      tf.dispose(logits ? [input, logits] : input);
    }
  };
  const dispose = () => {
    digital?.dispose();
    emulated?.dispose();
  };
  return Object.assign(run, { about: backend?.about ?? null, dispose });
}
