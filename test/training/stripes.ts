/** A task that a tiny network learns in seconds: rows, columns or a checkerboard, in 6 x 6 pixels with noise. */

import { philoxUniforms } from '../../src/base/random/philox.js';
import type { Dataset } from '../../src/datasets/types.js';
import { batchNorm, conv2d, dense, flatten, maxPool, relu } from '../../src/networks/build.js';
import { initialise } from '../../src/networks/initialise.js';
import type { Network } from '../../src/networks/types.js';

const PATTERNS = [
  (row: number, _column: number) => row % 2,
  (_row: number, column: number) => column % 2,
  (row: number, column: number) => (row + column) % 2,
];

/** `count` images of three kinds in turn. */
export function stripes(count: number, seed: number): Dataset {
  const noise = philoxUniforms([seed, 77], 0, count * 37);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
  const images = Uint8Array.from({ length: count * 36 }, (_, at) => {
    const [i, pixel] = [Math.floor(at / 36), at % 36];
    const phase = noise[count * 36 + i]! < 0.5 ? 0 : 1;
    const bright = PATTERNS[labels[i]!]!(Math.floor(pixel / 6) + phase, pixel % 6);
    return Math.floor(bright * 90 + noise[at]! * 150);
  });
  return {
    name: 'stripes',
    split: 'train',
    shape: [6, 6, 1],
    classes: 3,
    count,
    images,
    labels,
    sha256: `stripes-${count}-${seed}`,
    source: 'made for the test',
  };
}

/** conv, batch-norm, relu, conv, relu, pool, dense: 795 parameters. */
export function stripesNetwork(seed: number): Network {
  return initialise(
    {
      name: 'stripes',
      inputShape: [6, 6, 1],
      inputRange: [0, 1],
      preprocessing: { scale: 1 / 255, mean: [0], std: [1] },
      layers: [
        conv2d(
          'conv1',
          'input',
          [3, 1, 8],
          [
            [1, 1],
            [1, 1],
          ],
        ),
        batchNorm('norm1', 'conv1', 8),
        relu('relu1', 'norm1'),
        conv2d('conv2', 'relu1', [3, 8, 8]),
        relu('relu2', 'conv2'),
        maxPool('pool', 'relu2', 2),
        flatten('flat', 'pool'),
        dense('logits', 'flat', 32, 3),
      ],
      output: 'logits',
    },
    seed,
  );
}
