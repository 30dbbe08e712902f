/**
 * STL-10 (Coates, Lee, Ng 2011) as its authors publish it: stl10_binary.tar.gz, or the folder it unpacks to. Images are
 * 96 x 96, all reds, then all greens, then all blues, each column by column; labels are 1 to 10.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DatasetError, MissingSplitError } from '../base/errors.js';
import { readFileChecked } from '../base/files.js';
import { datasetOf, recognised } from './content.js';
import { anyPresent, folderOf } from './datasetPaths.js';
import { readTar } from './tar.js';
import type { LoadOptions, MemoryDataset, Split } from './types.js';

const [SIDE, CHANNELS, CLASSES] = [96, 3, 10];
const PLANE = SIDE * SIDE;
const IMAGE_BYTES = PLANE * CHANNELS;
/** The official splits have 5,000 and 8,000 images; more than this is another set. */
const MAXIMUM_IMAGES = 20_000;
/** Unpacked, the official archive has 3.2 GB. */
const STL10_MAXIMUM_ARCHIVE_BYTES = 2 ** 32;

export interface Stl10File {
  readonly name: string;
  readonly bytes: number;
  readonly md5: string;
}

/** The official files of a split, in http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz. */
export const STL10_FILES: Readonly<Record<Split, Readonly<Record<'images' | 'labels', Stl10File>>>> = {
  train: {
    images: { name: 'train_X.bin', bytes: 138_240_000, md5: '918c2871b30a85fa023e0c44e0bee87f' },
    labels: { name: 'train_y.bin', bytes: 5000, md5: '5a34089d4802c674881badbb80307741' },
  },
  test: {
    images: { name: 'test_X.bin', bytes: 221_184_000, md5: '7f263ba9f9e0b06b93213547f721ac82' },
    labels: { name: 'test_y.bin', bytes: 8000, md5: '36f9794fa4beb8a2c72628de14fa638e' },
  },
};

/** Images as they lie in the file, turned to rows of pixels, channel fastest. */
function turned(raw: Uint8Array): Uint8Array {
  const images = new Uint8Array(raw.length);
  for (let first = 0; first < raw.length; first += IMAGE_BYTES) {
    for (let channel = 0; channel < CHANNELS; channel++) {
      for (let column = 0; column < SIDE; column++) {
        const from = first + channel * PLANE + column * SIDE;
        for (let row = 0; row < SIDE; row++)
          images[first + (row * SIDE + column) * CHANNELS + channel] = raw[from + row]!;
      }
    }
  }
  return images;
}

/** Of the file of that name: labels are a byte an image. */
const maximumBytes = (name: string) => MAXIMUM_IMAGES * (name.includes('_y') ? 1 : IMAGE_BYTES);

/** The two files of a split, by name. */
async function readParts(place: string, names: readonly string[]): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  if ((await stat(place)).isFile()) {
    await readTar(place, {
      maximumBytes: STL10_MAXIMUM_ARCHIVE_BYTES,
      limit: (member) =>
        names.includes(basename(member)) && !found.has(basename(member)) ? maximumBytes(basename(member)) : null,
      onMember: (member, content) => found.set(basename(member), content).size === names.length,
    });
  } else {
    const unpacked = join(place, 'stl10_binary');
    const folder = (await stat(unpacked).catch(() => null))?.isDirectory() ? unpacked : place;
    if (!(await anyPresent(folder, names)))
      throw new MissingSplitError(
        `STL-10 file '${join(folder, names[0]!)}': there is no such file; put it there or name another folder`,
      );
    for (const name of names)
      found.set(name, await readFileChecked(join(folder, name), DatasetError, 'STL-10 file', maximumBytes(name)));
  }
  if (found.size === 0)
    throw new MissingSplitError(`${place}: the archive holds no ${names.join(', ')}; name stl10_binary.tar.gz`);
  for (const name of names)
    if (!found.has(name)) throw new DatasetError(`${place}: the archive holds no ${name}; name stl10_binary.tar.gz`);
  return found;
}

/**
 * One split of STL-10: images [count, 96, 96, 3], labels 0 to 9. `directory` is the official archive or a folder with its
 * files.
 * @throws DatasetError, FormatError naming the file
 */
export async function loadStl10({ directory, split }: LoadOptions, official = STL10_FILES): Promise<MemoryDataset> {
  const { images: imageFile, labels: labelFile } = official[split];
  const place = await folderOf(directory, 'STL-10', 'stl10_binary.tar.gz or the folder it unpacks to');
  const parts = await readParts(place, [imageFile.name, labelFile.name]);
  const [raw, y] = [parts.get(imageFile.name)!, parts.get(labelFile.name)!];
  const count = raw.length / IMAGE_BYTES;
  if (!Number.isInteger(count) || count === 0) {
    throw new DatasetError(
      `${place}: ${imageFile.name} has ${raw.length} bytes, which is no whole number of images of ${IMAGE_BYTES}; the file is truncated or another, fetch it again`,
    );
  }
  if (y.length !== count)
    throw new DatasetError(
      `${place}: ${labelFile.name} holds ${y.length} labels for ${count} images; fetch both again`,
    );
  const wrong = y.findIndex((label) => label < 1 || label > CLASSES);
  if (wrong >= 0)
    throw new DatasetError(
      `${place}: ${labelFile.name}: offset ${wrong} holds label ${y[wrong]}, expected 1 to ${CLASSES}; fetch it again`,
    );
  const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');
  const known = md5(raw) === imageFile.md5 && md5(y) === labelFile.md5;
  const [images, labels] = [turned(raw), y.map((label) => label - 1)];
  return datasetOf({
    ...recognised(known, 'stl10', place, 'the official files'),
    split,
    shape: [SIDE, SIDE, CHANNELS],
    classes: CLASSES,
    images,
    labels,
  });
}
