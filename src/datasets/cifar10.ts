/**
 * CIFAR-10 (Krizhevsky 2009) as its authors publish it in binary: cifar-10-binary.tar.gz, or the folder it unpacks to.
 * Each batch is 10,000 records of a label and a 32 x 32 image, all reds, then all greens, then all blues.
 */
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DatasetError, MissingSplitError } from '../base/errors.js';
import { readFileChecked } from '../base/files.js';
import {
  CHANNELS,
  CIFAR10_SOURCE,
  type Cifar10Batch,
  CLASSES,
  RECORD_BYTES,
  SIDE,
  unpackBatches,
} from './cifar10Records.js';
import { datasetOf } from './content.js';
import { anyPresent, folderOf } from './datasetPaths.js';
import { readTar } from './tar.js';
import type { LoadOptions, MemoryDataset, Split } from './types.js';

/** Inflated size of the official archive is 184,380,000 bytes and headers. */
const MAXIMUM_ARCHIVE_BYTES = 2 ** 28;

const batch = (name: string, md5: string): Cifar10Batch => ({ name, records: 10_000, md5 });

/** The official files, in the order of the split. */
export const CIFAR10_BATCHES: Readonly<Record<Split, readonly Cifar10Batch[]>> = {
  train: [
    batch('data_batch_1.bin', '5dd7e06a14cb22eb9f671a540d1b7c25'),
    batch('data_batch_2.bin', '5ea93a67294ea407fff1d09f752e9692'),
    batch('data_batch_3.bin', '942cd6a4bcdd0dd3c604fbe906cb4421'),
    batch('data_batch_4.bin', 'ae636b3ba5c66a11e91e8cb52e771fcb'),
    batch('data_batch_5.bin', '53f37980c15c3d472c316c40844f3f0d'),
  ],
  test: [batch('test_batch.bin', '803d5f7f4d78ea53de84dbe85f74fb6d')],
};

/** Contents of the wanted files by name; those that are not there are missing. */
async function readArchive(path: string, batches: readonly Cifar10Batch[]): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  const wanted = new Map(batches.map(({ name, records }) => [name, records * RECORD_BYTES]));
  await readTar(path, {
    maximumBytes: MAXIMUM_ARCHIVE_BYTES,
    limit: (member) => (found.has(basename(member)) ? null : (wanted.get(basename(member)) ?? null)),
    onMember: (member, content) => found.set(basename(member), content).size === wanted.size,
  });
  return found;
}

async function readFolder(directory: string, batches: readonly Cifar10Batch[]): Promise<Map<string, Uint8Array>> {
  const unpacked = join(directory, 'cifar-10-batches-bin');
  const folder = (await stat(unpacked).catch(() => null))?.isDirectory() ? unpacked : directory;
  const found = new Map<string, Uint8Array>();
  if (
    !(await anyPresent(
      folder,
      batches.map(({ name }) => name),
    ))
  )
    return found;
  for (const { name, records } of batches) {
    const path = join(folder, name);
    found.set(name, await readFileChecked(path, DatasetError, 'CIFAR-10 batch', records * RECORD_BYTES));
  }
  return found;
}

/**
 * One split of CIFAR-10: images [count, 32, 32, 3], labels 0 to 9. `directory` is the official archive or a folder with
 * its files, each verified against its official MD5; without it the bundled part is read.
 * @param official the files that are expected
 * @throws DatasetError, FormatError naming the file
 */
export async function loadCifar10(
  { directory, split }: LoadOptions,
  official = CIFAR10_BATCHES,
): Promise<MemoryDataset> {
  if (directory === undefined) return (await import('./cifar10Bundled.js')).loadBundledCifar10(split);
  const batches = official[split];
  const place = await folderOf(directory, 'CIFAR-10', 'cifar-10-binary.tar.gz or the folder it unpacks to');
  const isFile = (await stat(place)).isFile();
  const found = isFile ? await readArchive(directory, batches) : await readFolder(directory, batches);
  if (found.size === 0) {
    const wanted = batches.map(({ name }) => name).join(', ');
    throw new MissingSplitError(
      `CIFAR-10 '${directory}': none of ${wanted} is in it, so it has no ${split} split; fetch ${CIFAR10_SOURCE} again`,
    );
  }
  const takeOut = ({ name }: Cifar10Batch) => {
    const bytes = found.get(name);
    found.delete(name);
    return bytes;
  };
  const { images, labels } = unpackBatches(batches, takeOut, directory);
  return datasetOf({
    name: 'cifar10',
    split,
    shape: [SIDE, SIDE, CHANNELS],
    classes: CLASSES,
    images,
    labels,
    source: `${directory}, verified by checksum`,
  });
}
