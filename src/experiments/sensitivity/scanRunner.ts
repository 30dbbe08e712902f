/** Batches of a scan: images through the network with other weights in some layers, in float32. What each thread does. */
import { type Bytes, readBytes } from '../../base/storedBytes.js';
import { loadTf } from '../../base/tensorflow/tf.js';
import { takeTurn } from '../../base/tensorflow/turns.js';
import { forwardVariantsFinite } from '../../networks/finite.js';
import { type ChangedWeights, type DigitalNetwork, loadDigitalNetwork } from '../../networks/forward.js';
import { preprocess } from '../../networks/preprocess.js';
import type { Network } from '../../networks/types.js';
import { predictedClasses } from '../result/accuracy.js';

/** What a thread needs once; typed arrays lie in shared memory. */
export interface ScanJob {
  readonly network: Network;
  /** One array a data set, [count, rows, columns, channels], bytes. */
  readonly images: readonly Bytes[];
  /** Elements of one image. */
  readonly imageSize: number;
}

export interface ScanTask {
  /** Number of the data set. */
  readonly images: number;
  readonly first: number;
  readonly count: number;
  readonly sets: readonly ChangedWeights[];
}

export interface ScanRunner {
  /** Class of every image of the batch, [set of weights][count]. @throws NetworkError where a value is not finite. */
  run(task: ScanTask): Promise<Int32Array[]>;
  dispose(): void;
}

/** Sets a thread up for a job. */
export function createScanRunner({ network, images: all, imageSize }: ScanJob): ScanRunner {
  let digital: DigitalNetwork | null = null;
  return {
    run: ({ images, first, count, sets }) =>
      takeTurn(async () => {
        const tf = await loadTf('wasm');
        digital ??= loadDigitalNetwork(tf, network);
        const bytes = readBytes(all[images]!, first * imageSize, (first + count) * imageSize);
        const input = tf.tensor(preprocess(network, bytes), [count, ...network.inputShape]);
        const places = Int32Array.from({ length: count }, (_, i) => first + i);
        try {
          const logits = forwardVariantsFinite(tf, digital, input, places, sets);
          return logits.map((values) => predictedClasses(values, count));
        } finally {
          input.dispose();
        }
      }),
    dispose: () => digital?.dispose(),
  };
}
