/** Whether a network can classify the images of a data set: the one rule, for every command that takes both. */

import { sizeOf } from '../base/batch.js';
import { DatasetError, NetworkError } from '../base/errors.js';
import type { Dataset } from '../datasets/types.js';
import { inferShapes } from './shapes.js';
import type { Network } from './types.js';

/** Names that a message lists. */
const LISTED = 6;

/**
 * How many classes a network tells apart: the length of its output, [classes] or, with axes of 1, [1, 1, classes].
 * @throws NetworkError where its output is a map, naming the layer and its shape
 */
export function outputClasses(network: Network): number {
  const shape = inferShapes(network).get(network.output)!;
  if (shape.filter((length) => length !== 1).length <= 1) return sizeOf(shape);
  throw new NetworkError(
    `network '${network.name}': its output '${network.output}' is a map of ${shape.join(' x ')}, not one score for each ` +
      'class; end the network in a pooling over the map or a flat layer, or name a network that classifies',
  );
}

function classList({ classes, classNames }: Pick<Dataset, 'classes' | 'classNames'>): string {
  if (!classNames) return `${classes} classes`;
  const names = classNames.slice(0, LISTED).map((name) => `'${name}'`);
  return `${classes} classes (${names.join(', ')}${classes > LISTED ? `, ${classes - LISTED} more` : ''})`;
}

/**
 * Whether images lie in memory as the network's input does: of the same shape, or of one channel and the input flat, whose
 * only order is row by row.
 */
function takesImages(inputShape: readonly number[], shape: readonly number[]): boolean {
  if (shape.join() === inputShape.join()) return true;
  const isFlat = inputShape.filter((length) => length !== 1).length <= 1;
  return isFlat && shape[2] === 1 && sizeOf(inputShape) === sizeOf(shape);
}

/** What the rule looks at. */
type Labelled = Pick<Dataset, 'name' | 'split' | 'shape' | 'classes' | 'classNames' | 'count' | 'images' | 'labels'>;

/**
 * Checks that a network takes a data set's images and has one output for each of its classes.
 * @throws DatasetError naming both where they do not fit; NetworkError where the network's output is a map
 */
export function checkFits(network: Network, dataset: Labelled): void {
  const { name, split, shape, classes, count, images, labels } = dataset;
  const wanted = network.inputShape.join('x');
  if (!takesImages(network.inputShape, shape)) {
    const isFlat = network.inputShape.length === 1 && sizeOf(shape) === network.inputShape[0];
    const remedy = isFlat
      ? `say how images are flattened with --preprocessing "image: [${shape.join(', ')}]" (rows, columns, channels)`
      : 'choose a data set or a network that fits';
    throw new DatasetError(
      `data set '${name}' has images of ${shape.join('x')} (rows x columns x channels), but network ` +
        `'${network.name}' takes ${wanted}; ${remedy}`,
    );
  }
  const outputs = outputClasses(network);
  if (classes !== outputs) {
    throw new DatasetError(
      `data set '${name}' has ${classList(dataset)}, but network '${network.name}' has ${outputs} ` +
        `output${outputs === 1 ? '' : 's'}; choose a data set or a network that fits, or say which output each class is with --classes`,
    );
  }
  const size = sizeOf(shape);
  if (labels.length !== count || images.length !== count * size) {
    throw new DatasetError(
      `data set '${name}' (${split}) says it has ${count} images, but holds ${labels.length} labels and ${images.length} bytes of images (${count * size} expected); make them agree`,
    );
  }
  const wrong = labels.findIndex((label) => label >= outputs);
  if (wrong >= 0) {
    throw new DatasetError(
      `data set '${name}' (${split}): image ${wrong} has label ${labels[wrong]}, but network '${network.name}' has ` +
        `${outputs} outputs, 0 to ${outputs - 1}; correct the labels or choose a network that fits`,
    );
  }
}
