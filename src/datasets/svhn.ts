/**
 * Street View House Numbers, cropped digits (Netzer et al. 2011), as its authors publish it: train_32x32.mat and
 * test_32x32.mat, each with X [32, 32, 3, images] uint8, first dimension fastest, and y [images, 1], where 10 is digit 0.
 */

import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sizeOf } from '../base/batch.js';
import { DatasetError, MissingSplitError } from '../base/errors.js';
import { MAXIMUM_IMAGES } from '../base/random/seeds.js';
import { datasetOf, recognised } from './content.js';
import { anyPresent, folderOf, regularFile } from './datasetPaths.js';
import { type MatSink, type MatVariable, readMat } from './matFile.js';
import type { LoadOptions, MemoryDataset, Split } from './types.js';

const [SIDE, CHANNELS, CLASSES] = [32, 3, 10];
const IMAGE_BYTES = SIDE * SIDE * CHANNELS;
/** Of the images in memory. */
const MAXIMUM_BYTES = 2 ** 31 - 1;
/** Deflate cannot do better (RFC 1951). */
const MAXIMUM_DEFLATE_RATIO = 1032;

/** The official files, from http://ufldl.stanford.edu/housenumbers. */
export const SVHN_FILES: Readonly<Record<Split, { name: string; bytes: number; md5: string }>> = {
  train: { name: 'train_32x32.mat', bytes: 182_040_794, md5: 'e26dedcc434d2e4c54c9b2d4a06d8373' },
  test: { name: 'test_32x32.mat', bytes: 64_275_384, md5: 'eb5a983be6a315427106f1b164d9cef3' },
};

/** Where byte i of an image in the file (row, then column, then channel) goes: rows of pixels, channel fastest. */
const PLACE = Uint16Array.from({ length: IMAGE_BYTES }, (_, i) => {
  const [row, column, channel] = [i % SIDE, Math.floor(i / SIDE) % SIDE, Math.floor(i / (SIDE * SIDE))];
  return (row * SIDE + column) * CHANNELS + channel;
});

/** Images of X as it is announced. */
function imageCount({ dimensions, storage }: MatVariable, path: string, fileBytes: number): number {
  const [rows, columns, channels, count = 1] = dimensions;
  const fits = rows === SIDE && columns === SIDE && channels === CHANNELS && dimensions.length <= 4;
  const most = Math.min(MAXIMUM_BYTES, fileBytes * MAXIMUM_DEFLATE_RATIO);
  const possible = count >= 1 && count <= MAXIMUM_IMAGES && count * IMAGE_BYTES <= most;
  if (!fits || !possible || storage !== 'uint8') {
    throw new DatasetError(
      `${path}: X is ${dimensions.join(' x ')} of ${storage}, expected 32 x 32 x 3 x images of uint8, ${MAXIMUM_BYTES} bytes at most (as many images as a file of ${fileBytes} bytes can hold); this is not the cropped SVHN`,
    );
  }
  return count;
}

/** Puts an image's bytes where they belong as they arrive. */
function imageSink(images: Uint8Array): MatSink {
  let at = 0;
  let first = 0;
  return (piece) => {
    for (const byte of piece) {
      images[first + PLACE[at]!] = byte;
      if (++at === IMAGE_BYTES) [at, first] = [0, first + IMAGE_BYTES];
    }
  };
}

/** Numbers of a small array from their bytes. */
function numbersOf(bytes: Uint8Array, { storage, littleEndian }: MatVariable): number[] {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read: Record<string, [number, (at: number) => number]> = {
    int8: [1, (at) => data.getInt8(at)],
    uint8: [1, (at) => data.getUint8(at)],
    int16: [2, (at) => data.getInt16(at, littleEndian)],
    uint16: [2, (at) => data.getUint16(at, littleEndian)],
    int32: [4, (at) => data.getInt32(at, littleEndian)],
    uint32: [4, (at) => data.getUint32(at, littleEndian)],
    float32: [4, (at) => data.getFloat32(at, littleEndian)],
    float64: [8, (at) => data.getFloat64(at, littleEndian)],
  };
  const [size, at] = read[storage]!;
  return Array.from({ length: bytes.length / size }, (_, i) => at(i * size));
}

function digits(values: readonly number[], path: string): Uint8Array {
  const wrong = values.findIndex((value) => !Number.isInteger(value) || value < 1 || value > CLASSES);
  if (wrong >= 0) {
    throw new DatasetError(
      `${path}: y holds label ${values[wrong]} (image ${wrong}), expected 1 to 10, where 10 is digit 0; fetch the file again`,
    );
  }
  return Uint8Array.from(values, (value) => value % CLASSES);
}

/**
 * One split of SVHN's cropped digits: images [count, 32, 32, 3], labels 0 to 9. The file is read as a stream: memory is
 * what the images take.
 * @throws DatasetError, FormatError naming the file
 */
export async function loadSvhn({ directory, split }: LoadOptions, official = SVHN_FILES): Promise<MemoryDataset> {
  const { name, md5: expected } = official[split];
  const given = await folderOf(directory, 'SVHN', `the folder that holds ${name}`);
  const folder = (await stat(given)).isFile() ? dirname(given) : given;
  const path = join(folder, name);
  if (!(await anyPresent(folder, [name])))
    throw new MissingSplitError(
      `SVHN file '${path}': there is no such file or folder; put it there or name another folder`,
    );
  const fileBytes = await regularFile(path, 'SVHN file');
  const found: { images?: Uint8Array; labels?: { pieces: Uint8Array[]; variable: MatVariable } } = {};
  const md5 = createHash('md5');
  const onVariable = (variable: MatVariable): MatSink | null => {
    if (variable.name === 'X' ? found.images : variable.name === 'y' && found.labels)
      throw new DatasetError(`${path}: holds array ${variable.name} twice; this is not the cropped SVHN`);
    if (variable.name === 'X') {
      const images = new Uint8Array(imageCount(variable, path, fileBytes) * IMAGE_BYTES);
      found.images = images;
      return imageSink(images);
    }
    const elements = sizeOf(variable.dimensions);
    if (variable.name !== 'y' || elements > MAXIMUM_IMAGES) return null;
    const pieces: Uint8Array[] = [];
    found.labels = { pieces, variable };
    return (piece) => pieces.push(piece.slice());
  };
  await readMat(path, onVariable, (chunk) => md5.update(chunk));
  const { images, labels: y } = found;
  if (!images || !y)
    throw new DatasetError(`${path}: holds no array ${images ? 'y' : 'X'}; this is not the cropped SVHN`);
  const labels = digits(numbersOf(Buffer.concat(y.pieces), y.variable), path);
  const count = images.length / IMAGE_BYTES;
  if (labels.length !== count)
    throw new DatasetError(`${path}: y holds ${labels.length} labels for ${count} images in X; fetch the file again`);
  const known = md5.digest('hex') === expected;
  return datasetOf({
    ...recognised(known, 'svhn', path, 'the official file'),
    split,
    shape: [SIDE, SIDE, CHANNELS],
    classes: CLASSES,
    images,
    labels,
  });
}
