/**
 * CIFAR-10 (Krizhevsky 2009) as its authors publish it in binary: cifar-10-binary.tar.gz, or the folder it unpacks to.
 * Each batch is 10,000 records of a label and a 32 x 32 image, all reds, then all greens, then all blues.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DatasetError } from '../errors.js';
import { readFileChecked } from '../files.js';
import { readTar } from './tar.js';
import type { Dataset, LoadOptions, Split } from './types.js';

const [SIDE, CHANNELS, CLASSES] = [32, 3, 10];
const PLANE = SIDE * SIDE;
const IMAGE_BYTES = PLANE * CHANNELS;
const RECORD_BYTES = 1 + IMAGE_BYTES;
/** Inflated size of the official archive is 184,380,000 bytes and headers. */
const MAXIMUM_ARCHIVE_BYTES = 2 ** 28;
const SOURCE = 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz';

/** A file of a split: its name, how many records it holds, and the MD5 of the official one. */
export interface Cifar10Batch {
  readonly name: string;
  readonly records: number;
  readonly md5: string;
}

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

/** Checks a batch's size, checksum and labels; appends its images (channels last) and labels at record `first`. */
function unpackBatch(
  bytes: Uint8Array,
  { records, md5 }: Cifar10Batch,
  place: string,
  target: { images: Uint8Array; labels: Uint8Array; first: number },
): void {
  if (bytes.length !== records * RECORD_BYTES) {
    throw new DatasetError(
      `${place}: has ${bytes.length} bytes, ${records} records of ${RECORD_BYTES} bytes are ${records * RECORD_BYTES}; the file is truncated or another, fetch ${SOURCE} again`,
    );
  }
  const wrong = Array.from({ length: records }, (_, i) => i).find((i) => bytes[i * RECORD_BYTES]! >= CLASSES);
  if (wrong !== undefined) {
    const offset = wrong * RECORD_BYTES;
    throw new DatasetError(`${place}: offset ${offset} holds label ${bytes[offset]} (image ${wrong}), expected 0 to ${CLASSES - 1}; fetch ${SOURCE} again`);
  }
  const actual = createHash('md5').update(bytes).digest('hex');
  if (actual !== md5) {
    throw new DatasetError(`${place}: MD5 is ${actual}, the official file's is ${md5}; the file is damaged or another, fetch ${SOURCE} again`);
  }
  for (let i = 0; i < records; i++) {
    const from = i * RECORD_BYTES + 1;
    const to = (target.first + i) * IMAGE_BYTES;
    target.labels[target.first + i] = bytes[from - 1]!;
    for (let pixel = 0; pixel < PLANE; pixel++) {
      for (let c = 0; c < CHANNELS; c++) target.images[to + pixel * CHANNELS + c] = bytes[from + c * PLANE + pixel]!;
    }
  }
}

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
  for (const { name, records } of batches) {
    const path = join(folder, name);
    found.set(name, await readFileChecked(path, DatasetError, 'CIFAR-10 batch', records * RECORD_BYTES));
  }
  return found;
}

async function pathKind(path: string): Promise<'file' | 'folder'> {
  const status = await stat(path).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'there is no such file or folder' : `cannot be read (${error.code})`;
    throw new DatasetError(`data '${path}': ${why}; name cifar-10-binary.tar.gz or the folder it unpacks to`, { cause: error });
  });
  if (status.isDirectory()) return 'folder';
  if (status.isFile()) return 'file';
  throw new DatasetError(`data '${path}': is neither a file nor a folder; name cifar-10-binary.tar.gz or the folder it unpacks to`);
}

/**
 * One split of CIFAR-10: images [count, 32, 32, 3], labels 0 to 9. `directory` is the official archive or a folder with
 * its files; every file is verified against its official MD5.
 * @param official the files that are expected
 * @throws DatasetError, FormatError naming the file
 */
export async function loadCifar10({ directory, split }: LoadOptions, official = CIFAR10_BATCHES): Promise<Dataset> {
  if (directory === undefined)
    throw new DatasetError(`CIFAR-10 is not bundled; fetch ${SOURCE} and name it with --data`);
  const batches = official[split];
  const isFile = (await pathKind(directory)) === 'file';
  const found = isFile ? await readArchive(directory, batches) : await readFolder(directory, batches);
  const count = batches.reduce((sum, { records }) => sum + records, 0);
  const target = { images: new Uint8Array(count * IMAGE_BYTES), labels: new Uint8Array(count), first: 0 };
  for (const expected of batches) {
    const bytes = found.get(expected.name);
    if (!bytes) throw new DatasetError(`${directory}: the archive holds no ${expected.name}; fetch ${SOURCE} again`);
    unpackBatch(bytes, expected, `${directory}: ${expected.name}`, target);
    found.delete(expected.name);
    target.first += expected.records;
  }
  const { images, labels } = target;
  return {
    name: 'cifar10',
    split,
    shape: [SIDE, SIDE, CHANNELS],
    classes: CLASSES,
    count,
    images,
    labels,
    sha256: createHash('sha256').update(images).update(labels).digest('hex'),
    source: `${directory}, verified by checksum`,
  };
}
