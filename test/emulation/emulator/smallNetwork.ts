/** A small network with everything that the emulator must carry through, and images for it. */

import { philoxUniforms } from '../../../src/base/random/philox.js';
import { batchNorm, conv2d, dense, flatten, maxPool, relu } from '../../../src/networks/build.js';
import { initialise } from '../../../src/networks/initialise.js';
import type { Network } from '../../../src/networks/types.js';

/** A quarter of the weights, the smallest, are set to 0. */
function sparse(weight: Float32Array): Float32Array {
  const threshold = Float32Array.from(weight, Math.abs).sort()[Math.floor(weight.length / 4)]!;
  return weight.map((w) => (Math.abs(w) < threshold ? 0 : w));
}

/** conv, relu, conv + batch-norm (a negative gain), relu, pool, dense, signed dense; 7x7 outputs are no multiple of 4. */
export function smallNetwork(): Network {
  const structure: Network = {
    name: 'small',
    inputShape: [9, 9, 2],
    inputRange: [0, 1],
    preprocessing: { scale: 1 / 255, mean: [0, 0], std: [1, 1] },
    layers: [
      conv2d('conv1', 'input', [3, 2, 4]),
      relu('relu1', 'conv1'),
      {
        ...conv2d(
          'conv2',
          'relu1',
          [3, 4, 5],
          [
            [1, 1],
            [1, 0],
          ],
        ),
        strides: [1, 1],
      },
      batchNorm('norm2', 'conv2', 5),
      relu('relu2', 'norm2'),
      maxPool('pool', 'relu2', 2),
      flatten('flat', 'pool'),
      dense('dense1', 'flat', 45, 12),
      dense('dense2', 'dense1', 12, 10),
    ],
    output: 'dense2',
  };
  const network = initialise(structure, 3);
  return {
    ...network,
    layers: network.layers.map((layer) => {
      if (layer.kind === 'conv2d' || layer.kind === 'dense') return { ...layer, weight: sparse(layer.weight) };
      if (layer.kind === 'batchNorm')
        return { ...layer, gamma: Float32Array.of(1, -0.5, 0.25, 2, 0.75), beta: new Float32Array(5).fill(0.1) };
      return layer;
    }),
  };
}

/** Bytes of `count` images of 9 x 9 x 2, a third of them 0. */
export function smallImages(count: number): Uint8Array {
  const uniforms = philoxUniforms([99, 1], 0, count * 162);
  return Uint8Array.from(uniforms, (u) => (u < 1 / 3 ? 0 : Math.floor(u * 256)));
}
