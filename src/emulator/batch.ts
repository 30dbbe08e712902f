/** Images through the digital and the emulated network, a batch at a time: what each thread does. */
import { createBackend } from '../backends/index.js';
import type { BackendName, LayerRun } from '../backends/types.js';
import { loadDigitalNetwork } from '../network/forward.js';
import { preprocess } from '../network/preprocess.js';
import { loadTf } from '../network/tf.js';
import type { Network } from '../network/types.js';
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
  /** Whether to run the digital network (too). */
  readonly digital: boolean;
  readonly backend: BackendName;
  readonly runSeed: number;
  /** [count, rows, columns, channels], bytes. */
  readonly images: Uint8Array;
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

export type BatchRunner = (first: number, count: number) => BatchResult;

/** Places in the split of `count` images from `first` on. */
function indicesOf({ indices }: Job, first: number, count: number): Int32Array {
  return indices?.subarray(first, first + count) ?? Int32Array.from({ length: count }, (_, i) => first + i);
}

/** Sets a thread up for a job. */
export async function createBatchRunner(job: Job): Promise<BatchRunner> {
  const tf = await loadTf('wasm');
  const digital = job.digital ? loadDigitalNetwork(tf, job.network) : null;
  const emulated = job.program
    ? loadEmulatedNetwork(tf, job.network, job.program, await createBackend(job.backend), job.fidelities)
    : null;
  return (first, count) => {
    const bytes = job.images.subarray(first * job.imageSize, (first + count) * job.imageSize);
    const input = tf.tensor(preprocess(job.network, bytes), [count, ...job.network.inputShape]);
    const logits = digital?.forward(input) ?? null;
    const emulation = emulated?.forward(input, indicesOf(job, first, count), job.runSeed);
    const result = {
      first,
      digital: logits ? (logits.dataSync().slice() as Float32Array) : null,
      emulated: emulation?.logits ?? null,
      runs: emulation?.runs ?? [],
    };
    tf.dispose(logits ? [input, logits] : input);
    return result;
  };
}
