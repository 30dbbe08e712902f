/** A small network that knows its task, pruned and clustered, and the images that it learnt. */
import type { Tf } from '../../src/base/tensorflow/tf.js';
import { clusterNetwork } from '../../src/networks/compression/cluster.js';
import { pruneNetwork } from '../../src/networks/compression/prune.js';
import type { Network } from '../../src/networks/types.js';
import { trainNetwork } from '../../src/training/trainNetwork.js';
import type { TrainOptions } from '../../src/training/trainOptions.js';
import { stripes, stripesNetwork } from './stripes.js';

export const train = stripes(480, 1);

/** How the tests train on stripes. */
export const stripesOptions = (tf: Tf, change: Partial<TrainOptions> = {}): TrainOptions => ({
  tf,
  network: stripesNetwork(1),
  train,
  epochs: 3,
  batchSize: 32,
  seed: 5,
  optimizer: { kind: 'nesterov', momentum: 0.9 },
  learningRate: { kind: 'oneCycle', rate: 0.05 },
  l2: 1e-3,
  labelSmoothing: 0.05,
  augmentation: null,
  pruning: null,
  ...change,
});

export async function trainedStripes(tf: Tf): Promise<Network> {
  const { network } = await trainNetwork(stripesOptions(tf, { epochs: 4, labelSmoothing: 0 }));
  return clusterNetwork(pruneNetwork(network, 0.25).network, 16).network;
}
