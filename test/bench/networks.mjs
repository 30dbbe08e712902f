/** The networks of the benchmark: structure as published, weights random, half of each layer's zero. */
import { pruneNetwork } from '../../dist/compression/index.js';
import { batchNorm, conv2d, dense, flatten, maxPool, relu } from '../../dist/network/build.js';
import { initialise } from '../../dist/network/initialise.js';
import { sonicMnistStructure } from '../../dist/network/zoo/mnist.js';

const SAME = [
  [1, 1],
  [1, 1],
];

/** The size of SONIC's CIFAR-10 network: [32, 32]-[64, 64]-[128, 128] 3x3 convolutions, then dense 128 and 10. */
function cifar10Structure() {
  const layers = [];
  let [input, channels] = ['input', 3];
  [32, 64, 128].forEach((filters, stage) => {
    for (const half of [1, 2]) {
      const name = `conv${stage + 1}${half}`;
      layers.push(conv2d(name, input, [3, channels, filters], SAME), batchNorm(`${name}bn`, name, filters));
      layers.push(relu(`${name}relu`, `${name}bn`));
      [input, channels] = [`${name}relu`, filters];
    }
    layers.push(maxPool(`pool${stage + 1}`, input, 2));
    input = `pool${stage + 1}`;
  });
  layers.push(
    flatten('flatten', input),
    dense('dense1', 'flatten', 4 * 4 * 128, 128),
    batchNorm('dense1bn', 'dense1', 128),
  );
  layers.push(relu('dense1relu', 'dense1bn'), dense('dense2', 'dense1relu', 128, 10));
  return {
    name: 'cifar10-sized',
    inputShape: [32, 32, 3],
    inputRange: [0, 1],
    preprocessing: { scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
    layers,
    output: 'dense2',
  };
}

function halfSparse(structure) {
  return pruneNetwork(initialise(structure, 1), 0.5).network;
}

export const NETWORKS = [halfSparse(sonicMnistStructure()), halfSparse(cifar10Structure())];
