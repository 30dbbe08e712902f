import { imagesOf } from '../base/batch.js';
import { DatasetError } from '../base/errors.js';
import { datasetOf } from './content.js';
import type { Dataset } from './types.js';

/**
 * The first `count` images of a data set (each keeps its place in the split), without copying them; its hash is that of
 * what is left.
 * @throws DatasetError if `count` is not an integer from 1 to the number of images
 */
export function sliceDataset(dataset: Dataset, count: number): Dataset {
  if (!Number.isSafeInteger(count) || count < 1 || count > dataset.count) {
    throw new DatasetError(
      `${count} images were asked of ${dataset.name} (${dataset.split}), which has ${dataset.count}; ask for an integer from 1 to ${dataset.count}`,
    );
  }
  if (count === dataset.count) return dataset;
  const images = imagesOf(dataset.images, dataset.count, 0, count);
  const labels = dataset.labels.subarray(0, count);
  const indices = dataset.indices ? { indices: dataset.indices.subarray(0, count) } : {};
  return datasetOf({ ...dataset, images, labels, ...indices });
}
