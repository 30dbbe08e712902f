/** Images through the digital and the emulated network, a batch at a time: what each thread does. */
import { createBackend } from '../backends/index.js';
import type { BackendName, LayerRun } from '../backends/types.js';
import { loadDigitalNetwork } from '../network/forward.js';
import { preprocess } from '../network/preprocess.js';
import { loadTf } from '../network/tf.js';
import type { Network } from '../network/types.js';
import type { Program } from '../program/types.js';
import { loadEmulatedNetwork } from './emulatedNetwork.js';

/** What a thread needs once; typed arrays lie in shared memory. */
export interface Job {
  readonly network: Network;
  /** Null: digital only. */
  readonly program: Program | null;
  /** Whether to run the digital network (too). */
  readonly digital: boolean;
  readonly backend: BackendName;
  readonly runSeed: number;
  /** [count, rows, columns, channels], bytes. */
  readonly images: Uint8Array;
  /** Elements of one image. */
  readonly imageSize: number;
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

/** Sets a thread up for a job. */
export async function createBatchRunner(job: Job): Promise<BatchRunner> {
  const tf = await loadTf('wasm');
  const digital = job.digital ? loadDigitalNetwork(tf, job.network) : null;
  const emulated = job.program
    ? loadEmulatedNetwork(tf, job.network, job.program, await createBackend(job.backend))
    : null;
  return (first, count) => {
    const bytes = job.images.subarray(first * job.imageSize, (first + count) * job.imageSize);
    const input = tf.tensor(preprocess(job.network, bytes), [count, ...job.network.inputShape]);
    const logits = digital?.forward(input) ?? null;
    const emulation = emulated?.forward(input, first, job.runSeed);
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
