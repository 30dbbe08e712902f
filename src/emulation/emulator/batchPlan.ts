/** How a run's images are cut into batches where nobody says it: results do not depend on it, time and memory do. */
import { countMacs } from '../../networks/macCounts.js';
import { imagesAtOnce } from '../../networks/shapes.js';
import type { Network } from '../../networks/types.js';
import { BACKEND_TRAITS, type BackendName } from '../backends/types.js';

/** Bytes that the widest activations of a batch may take. */
const ACTIVATION_BYTES = 2 ** 26;
/** Multiply-accumulates of a run from which on each thread is worth its start, however few the images: about 2 s of them. */
const THREADED_MACS = 2e9;

/**
 * Images a batch of a run of `count`: the backend's own number, or as many as fit where threads have a core each, but of a run
 * that is worth it no more than let every thread have some.
 * @param threads that the run may take.
 */
export function plannedBatch(network: Network, count: number, threads: number, backend: BackendName): number {
  const { batch, threads: kind } = BACKEND_TRAITS[backend];
  if (kind !== 'workers') return batch;
  const most = Math.min(batch, imagesAtOnce(network, ACTIVATION_BYTES));
  const isLong = countMacs(network).photonic * count >= THREADED_MACS;
  return isLong ? Math.max(1, Math.min(most, Math.ceil(count / threads))) : most;
}
