/**
 * A network for MNIST whose accuracy can be followed by hand: one dense layer whose filters are the classes' mean images
 * (nearest mean), and a branch of two layers whose output is multiplied by 0, so that nothing done to them matters.
 */
import { readBytes } from '../../../src/base/storedBytes.js';
import { loadMnist } from '../../../src/datasets/index.js';
import type { Dataset } from '../../../src/datasets/types.js';
import { dense, flatten, relu } from '../../../src/networks/build.js';
import type { DenseLayer, Network } from '../../../src/networks/types.js';
import { randomArray } from '../../helpers/random.js';

const PIXELS = 784;
const CLASSES = 10;

function classifier({ images: stored, labels, count }: Dataset): DenseLayer {
  const images = readBytes(stored);
  const sums = new Float64Array(PIXELS * CLASSES);
  const sizes = new Float64Array(CLASSES);
  for (let image = 0; image < count; image++) {
    sizes[labels[image]!]!++;
    for (let p = 0; p < PIXELS; p++) sums[p * CLASSES + labels[image]!]! += images[image * PIXELS + p]! / 255;
  }
  const weight = Float32Array.from(sums, (sum, i) => sum / sizes[i % CLASSES]!);
  const bias = Float32Array.from({ length: CLASSES }, (_, c) =>
    weight.reduce((sum, w, i) => (i % CLASSES === c ? sum - w ** 2 / 2 : sum), 0),
  );
  return { ...dense('classify', 'flat', PIXELS, CLASSES), weight, bias };
}

/** The network; names of its layers are `classify`, `dead1` and `dead2`. */
export async function templates(): Promise<Network> {
  const training = await loadMnist({ split: 'train', first: 500 });
  return {
    name: 'templates',
    inputShape: [28, 28, 1],
    inputRange: [0, 1],
    preprocessing: { scale: 1 / 255, mean: [0], std: [1] },
    layers: [
      flatten('flat', 'input'),
      { ...dense('dead1', 'flat', PIXELS, 6), weight: randomArray(1, PIXELS * 6, -1, 1) },
      relu('relu', 'dead1'),
      { ...dense('dead2', 'relu', 6, CLASSES), weight: randomArray(2, 6 * CLASSES, -1, 1) },
      classifier(training),
      {
        kind: 'affine',
        name: 'nothing',
        inputs: ['dead2'],
        scale: new Float32Array(CLASSES),
        shift: new Float32Array(CLASSES),
      },
      { kind: 'add', name: 'sum', inputs: ['classify', 'nothing'] },
    ],
    output: 'sum',
  };
}

/** Classes of images by the definition, in float64. */
export function classesByHand(weight: Float32Array, bias: Float32Array, data: Dataset): number[] {
  const [images, count] = [readBytes(data.images), data.count];
  return Array.from({ length: count }, (_, image) => {
    const scores = Float64Array.from(bias);
    for (let p = 0; p < PIXELS; p++) {
      const x = images[image * PIXELS + p]! / 255;
      if (x !== 0) for (let c = 0; c < CLASSES; c++) scores[c]! += x * weight[p * CLASSES + c]!;
    }
    return scores.indexOf(Math.max(...scores));
  });
}
