/** The part of CIFAR-10 that is bundled: 1,000 test images, 100 a class, and the first 200 training images. */
import { join } from 'node:path';
import { DatasetError } from '../base/errors.js';
import { readFileChecked } from '../base/files.js';
import { type Cifar10Batch, unpackBatches } from './cifar10Records.js';
import { datasetOf } from './content.js';
import { bundledDirectory, readManifest, verifyBundled } from './datasetManifest.js';
import type { MemoryDataset, Split } from './types.js';

const FILES: Readonly<Record<Split, string>> = { train: 'train_first_200.bin', test: 'test_subset_1000.bin' };

/** One split of the bundled part, in the official record format, with each image's place in the whole split. */
export async function loadBundledCifar10(
  split: Split,
  directory = bundledDirectory('cifar10'),
): Promise<MemoryDataset> {
  const manifest = await readManifest(directory);
  const name = FILES[split];
  const path = join(directory, name);
  const bytes = await readFileChecked(path, DatasetError, 'CIFAR-10 subset', 2 ** 24);
  verifyBundled(path, bytes, manifest);
  const { count, md5, partOf, indices } = manifest.files[name]!;
  if (partOf === undefined || (indices !== undefined && indices.length !== count))
    throw new DatasetError(
      `${join(directory, 'manifest.json')}: files.${name}: lacks partOf or ${count} indices; restore it from the package`,
    );
  const batch: Cifar10Batch = { name, records: count, md5 };
  const { images, labels } = unpackBatches([batch], () => bytes, directory);
  return datasetOf({
    name: 'cifar10',
    split,
    shape: [32, 32, 3],
    classes: 10,
    images,
    labels,
    source: `bundled: ${count} of ${partOf} images`,
    partOf,
    ...(indices ? { indices: Int32Array.from(indices) } : {}),
  });
}
