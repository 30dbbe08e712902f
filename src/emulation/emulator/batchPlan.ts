/** How a run's images are cut into batches where nobody says it: results do not depend on it, time and memory do. */
import { countMacs } from '../../networks/macCounts.js';
import { imagesAtOnce } from '../../networks/shapes.js';
import { isMacLayer, type Network } from '../../networks/types.js';
import { BACKEND_TRAITS, type BackendName } from '../backends/types.js';

/** Bytes that the widest activations of a batch may take. */
const ACTIVATION_BYTES = 2 ** 26;
/** Multiply-accumulates of a run from which on each thread is worth its start, however few the images: about 2 s of them. */
const THREADED_MACS = 2e9;

/** Multiply-accumulates of a batch, about a second of them: the thread that runs it hears of nothing else. */
const BATCH_MACS = 1e9;
/** Images a batch of a network whose weights come into memory layer by layer: more are hardly faster, and take more memory. */
const APART_IMAGES = 4;
/** Weights from which on only the main thread holds them: threads need none of layers that run on the core. */
const APART_BYTES = 2 ** 24;

/** Whether the digital network runs in the main thread alone, and what is emulated in others. */
export function runsApart({ layers }: Network): boolean {
  return layers.reduce((sum, layer) => sum + (isMacLayer(layer) ? layer.weight.byteLength : 0), 0) >= APART_BYTES;
}

/**
 * Images a batch of a run of `count`: the backend's own number, or as many as fit where threads have a core each, but of a run
 * that is worth it no more than let every thread have some.
 * @param threads that the run may take.
 */
export function plannedBatch(network: Network, count: number, threads: number, backend: BackendName): number {
  const { batch, threads: kind } = BACKEND_TRAITS[backend];
  if (kind !== 'workers') return batch;
  const macs = countMacs(network).photonic;
  const answering = runsApart(network) ? APART_IMAGES : Math.max(1, Math.floor(BATCH_MACS / Math.max(macs, 1)));
  const most = Math.min(batch, answering, imagesAtOnce(network, ACTIVATION_BYTES));
  if (macs * count < THREADED_MACS) return most;
  // As many for each thread, so that they end together.
  const rounds = Math.ceil(count / (most * threads));
  return Math.max(1, Math.ceil(count / (rounds * threads)));
}
