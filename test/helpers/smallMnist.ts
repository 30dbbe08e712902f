/** A network for MNIST's images that compiles in a moment: for commands of which a test asks anything but accuracy. */
import { conv2d, dense, flatten, maxPool, relu } from '../../src/networks/build.js';
import { encodeCheckpoint } from '../../src/networks/formats/checkpoint.js';
import { initialise } from '../../src/networks/initialise.js';
import type { temporaryFolder } from './folder.js';

/** Writes the checkpoint, which says that it is for MNIST, into the folder; its path. */
export function smallMnist(folder: ReturnType<typeof temporaryFolder>): Promise<string> {
  const network = initialise(
    {
      name: 'small',
      inputShape: [28, 28, 1],
      inputRange: [0, 1],
      preprocessing: { scale: 1 / 255, mean: [0], std: [1] },
      layers: [
        conv2d('conv', 'input', [5, 1, 4]),
        relu('relu', 'conv'),
        maxPool('pool', 'relu', 4),
        flatten('flat', 'pool'),
        dense('dense1', 'flat', 144, 12),
        relu('relu1', 'dense1'),
        dense('dense2', 'relu1', 12, 10),
      ],
      output: 'dense2',
    },
    1,
  );
  return folder.file('small.safetensors', encodeCheckpoint(network, { metadata: { dataset: 'mnist' } }));
}
