/**
 * MNIST (LeCun, Cortes, Burges 1998) and whatever comes in its files: a folder with an images and a labels file per
 * split. The original is bundled; Fashion-MNIST (Xiao, Rasul, Vollgraf 2017) uses the same names.
 */
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError, MissingSplitError } from '../base/errors.js';
import { readFileChecked } from '../base/files.js';
import { contentHash, datasetOf } from './content.js';
import { bundledDirectory, type Manifest, readManifest, verifyBundled } from './datasetManifest.js';
import { decodeIdx, decodeIdxStart, idxDimensions, MAXIMUM_IDX_BYTES } from './idx.js';
import type { LoadOptions, MemoryDataset, Split } from './types.js';

const CLASSES = 10;

/** SHA-256 of MNIST's images then labels, without idx headers, so that packing does not matter. */
const MNIST_CONTENT: Readonly<Record<Split, string>> = {
  train: 'edc0d1098aa497be14ace79ddd5171e5a3dcf9c4d196c015389203eb3ba1f59b',
  test: 'c3f9adf9c66efb572b1f9326c3a511b45910c7173b97be66ceceeeeaef6b802b',
};

const KNOWN_CONTENT: Readonly<Record<string, string>> = {
  [MNIST_CONTENT.train]: 'mnist',
  [MNIST_CONTENT.test]: 'mnist',
  '16d82e2b505296aa2b78bd5ea0992634f30419a4c97def7c907d154a35ac6157': 'fashion-mnist',
  '9f1ec356a747bfe4ebab3cfb722d3694c9ca737e2570f6f90cf31d7b6fd689d4': 'fashion-mnist',
};

/** Names under which a split's file is found, the first that exists is read. */
function candidates(split: Split, part: 'images' | 'labels'): readonly string[] {
  const stem = `${split === 'train' ? 'train' : 't10k'}-${part}`;
  const kind = part === 'images' ? 'idx3-ubyte' : 'idx1-ubyte';
  return [`${stem}-${kind}.gz`, `${stem}-${kind}`, `${stem}.${kind}.gz`, `${stem}.${kind}`];
}

async function listFolder(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT'
        ? 'there is no such folder'
        : code === 'ENOTDIR'
          ? 'it is not a folder'
          : `cannot be read (${code})`;
    throw new DatasetError(`data folder '${directory}': ${why}; name the folder that holds the idx files`, {
      cause: error,
    });
  }
}

interface Part {
  readonly path: string;
  readonly bytes: Uint8Array;
}

async function readPart(
  directory: string,
  present: readonly string[],
  names: readonly string[],
  manifest: Manifest | null,
): Promise<Part> {
  const name = names.find((candidate) => present.includes(candidate));
  if (name === undefined) {
    throw new DatasetError(
      `data folder '${directory}': none of ${names.join(', ')} is in it; put the file there or name another folder`,
    );
  }
  const path = join(directory, name);
  const bytes = await readFileChecked(path, DatasetError, 'idx file', MAXIMUM_IDX_BYTES);
  if (manifest) verifyBundled(path, bytes, manifest);
  return { path, bytes };
}

function checkLabels(labels: Uint8Array, path: string): void {
  const place = labels.findIndex((label) => label >= CLASSES);
  if (place >= 0) {
    throw new DatasetError(
      `${path}: offset ${8 + place} holds label ${labels[place]} (image ${place}), expected 0 to ${CLASSES - 1}; only sets of ${CLASSES} classes can be read`,
    );
  }
}

async function samePlace(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([a, b].map((path) => realpath(path).catch(() => path)));
  return left === right;
}

/**
 * One split of MNIST, or of a folder with files of the same names (with or without .gz): images [count, rows, columns, 1],
 * labels 0 to 9. The bundled files are verified against their checksums; a folder's content is recognised by its.
 * @throws DatasetError, FormatError naming the file
 */
export async function loadMnist({
  directory = bundledDirectory('mnist'),
  split,
  first,
}: LoadOptions): Promise<MemoryDataset> {
  const bundled = await samePlace(directory, bundledDirectory('mnist'));
  const manifest = bundled ? await readManifest(directory) : null;
  const present = await listFolder(directory);
  const wanted = { images: candidates(split, 'images'), labels: candidates(split, 'labels') };
  if (![...wanted.images, ...wanted.labels].some((name) => present.includes(name))) {
    throw new MissingSplitError(
      `data folder '${directory}': none of ${wanted.images.join(', ')} is in it; put the file there or name another folder`,
    );
  }
  const imagePart = await readPart(directory, present, wanted.images, manifest);
  const labelPart = await readPart(directory, present, wanted.labels, manifest);
  // Both headers before anything is unpacked: a wrong pair takes no memory.
  const [announced] = await idxDimensions(labelPart.bytes, 1, labelPart.path);
  const [count, rows, columns] = (await idxDimensions(imagePart.bytes, 3, imagePart.path)) as [number, number, number];
  if (announced !== count) {
    throw new DatasetError(
      `${labelPart.path}: offset 4 announces ${announced} labels, but ${imagePart.path} holds ${count} images; the two files do not belong together`,
    );
  }
  const labels = (await decodeIdx(labelPart.bytes, 1, labelPart.path)).data;
  checkLabels(labels, labelPart.path);
  const shape = [rows, columns, 1] as const;
  // The bundled files are those of the manifest: what is left out of them needs no check.
  if (bundled && first !== undefined && first < count) {
    const images = (await decodeIdxStart(imagePart.bytes, 3, imagePart.path, first)).data;
    const start = labels.subarray(0, first);
    return datasetOf({ name: 'mnist', split, shape, classes: CLASSES, images, labels: start, source: 'bundled' });
  }
  const images = (await decodeIdx(imagePart.bytes, 3, imagePart.path)).data;
  const sha256 = bundled ? MNIST_CONTENT[split] : contentHash(images, labels);
  const known = KNOWN_CONTENT[sha256];
  const source = bundled
    ? 'bundled'
    : known
      ? `${directory}, recognised by checksum`
      : `${directory}, not a known data set`;
  return {
    name: known ?? 'custom',
    split,
    shape,
    classes: CLASSES,
    count,
    images,
    labels,
    sha256,
    source,
  };
}
