/** How many images a network gets right, in float32 without any hardware. */

import type { Tf } from '../base/tensorflow/tf.js';
import { imageBytes } from '../datasets/content.js';
import type { Dataset } from '../datasets/types.js';
import { forwardFinite } from '../networks/finite.js';
import { loadDigitalNetwork } from '../networks/forward.js';
import { preprocess } from '../networks/preprocess.js';
import type { Network } from '../networks/types.js';

/** Share of the images whose largest logit is that of their label. @throws NetworkError where a value is not finite. */
export async function digitalAccuracy(tf: Tf, network: Network, data: Dataset, batchSize = 200): Promise<number> {
  const digital = loadDigitalNetwork(tf, network);
  let correct = 0;
  try {
    for (let first = 0; first < data.count; first += batchSize) {
      const count = Math.min(batchSize, data.count - first);
      const bytes = imageBytes(data, first, count);
      const input = tf.tensor(preprocess(network, bytes), [count, ...network.inputShape]);
      const images = Int32Array.from({ length: count }, (_, i) => first + i);
      const logits = await forwardFinite(tf, digital, input, images).finally(() => input.dispose());
      const classes = tf.argMax(logits, 1);
      const predicted = await classes.data();
      tf.dispose([logits, classes]);
      for (let i = 0; i < count; i++) if (predicted[i] === data.labels[first + i]) correct++;
    }
  } finally {
    digital.dispose();
  }
  return correct / data.count;
}
