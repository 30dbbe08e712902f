import { DatasetError } from '../base/errors.js';
import { partOfBytes } from '../base/storedBytes.js';
import { datasetOf } from './content.js';
import type { Dataset } from './types.js';

/**
 * The `count` images from `first` on of a data set (each keeps its place in the split), without copying them; the hash is
 * that of what is left.
 * @throws DatasetError if `count` is not an integer from 1 to the number of images from there on
 */
export function sliceDataset<D extends Dataset>(dataset: D, count: number, first = 0): D {
  const possible = dataset.count - first;
  if (!Number.isSafeInteger(count) || count < 1 || count > possible) {
    const from = first === 0 ? '' : ` from image ${first} on`;
    throw new DatasetError(
      `${count} images were asked of ${dataset.name} (${dataset.split}), which has ${possible}${from}; ask for an integer from 1 to ${possible}`,
    );
  }
  if (count === dataset.count) return dataset;
  const size = dataset.images.length / dataset.count;
  const images = partOfBytes(dataset.images, first * size, (first + count) * size);
  const labels = dataset.labels.subarray(first, first + count);
  const own = dataset.indices?.subarray(first, first + count);
  const indices = own ?? (first === 0 ? undefined : Int32Array.from({ length: count }, (_, i) => first + i));
  return datasetOf({ ...dataset, images, labels, ...(indices ? { indices } : {}) });
}
