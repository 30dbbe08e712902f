/**
 * A folder of images, one subfolder a class: FOLDER/train/CLASS/* and FOLDER/test/CLASS/*, or FOLDER/CLASS/* where there
 * is one split only. Images of any size are brought to the network's: turned as their EXIF tag says, scaled until they
 * cover it, cut to its middle.
 */
import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { DatasetError } from '../errors.js';
import type { Dataset, LoadOptions, Split } from './types.js';

const EXTENSIONS = ['.jpg', '.jpeg', '.png', '.webp', '.gif', '.tif', '.tiff', '.avif'];
/** Labels are bytes. */
const MAXIMUM_CLASSES = 256;
/** Images that read noise can tell apart. */
const MAXIMUM_IMAGES = 2 ** 20;
const MAXIMUM_BYTES = 2 ** 31 - 1;
/** Pixels of one file, before scaling: beyond is a bomb. */
const MAXIMUM_PIXELS = 2 ** 27;
/** Images decoded at a time. */
const AT_ONCE = 8;

type Shape = readonly [number, number, number];

/** By code unit, so that the order does not depend on the language of the system. */
const inOrder = (names: readonly string[]) => [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));

async function entriesOf(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'there is no such folder' : `cannot be read (${error.code})`;
    throw new DatasetError(`image folder '${folder}': ${why}; name a folder with a subfolder for each class`, {
      cause: error,
    });
  });
}

const isFolder = async (path: string) => (await stat(path).catch(() => null))?.isDirectory() ?? false;

/** Folder of a split's classes. */
async function splitFolder(directory: string, split: Split): Promise<string> {
  const [own, other] = [join(directory, split), join(directory, split === 'train' ? 'test' : 'train')];
  if (await isFolder(own)) return own;
  if (await isFolder(other))
    throw new DatasetError(`image folder '${directory}': has no ${split} folder beside the other; add it`);
  if (split === 'train') {
    throw new DatasetError(
      `image folder '${directory}': has no folders train and test, so it is taken as test images; add them`,
    );
  }
  return directory;
}

/** Paths of a split's images with their labels, class by class, both in the order of their names. */
async function listImages(folder: string): Promise<{ classes: readonly string[]; files: [string, number][] }> {
  const classes = inOrder((await entriesOf(folder)).filter((entry) => entry.isDirectory()).map(({ name }) => name));
  if (classes.length < 2 || classes.length > MAXIMUM_CLASSES) {
    throw new DatasetError(
      `image folder '${folder}': has ${classes.length} subfolders, 2 to ${MAXIMUM_CLASSES} classes can be told apart; make one subfolder a class`,
    );
  }
  const files: [string, number][] = [];
  for (const [label, name] of classes.entries()) {
    const entries = await entriesOf(join(folder, name));
    const images = entries.filter((entry) => entry.isFile() && EXTENSIONS.includes(extname(entry.name).toLowerCase()));
    if (images.length === 0)
      throw new DatasetError(
        `image folder '${join(folder, name)}': has no images (${EXTENSIONS.join(', ')}); add some or remove it`,
      );
    for (const file of inOrder(images.map((entry) => entry.name))) files.push([join(folder, name, file), label]);
  }
  return { classes, files };
}

/** Decodes one file to [rows, columns, channels] bytes. */
async function decode(path: string, [rows, columns, channels]: Shape): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  try {
    const { data, info } = await sharp(path, { limitInputPixels: MAXIMUM_PIXELS, failOn: 'error' })
      .rotate()
      .flatten({ background: '#000000' })
      .resize({ width: columns, height: rows, fit: 'cover', position: 'centre', kernel: 'lanczos3' })
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (data.length === rows * columns * channels) return data;
    throw new Error(`decodes to ${info.channels} channels, expected ${channels}`);
  } catch (error) {
    const why = (error as Error).message.trim().replace(/\s+/g, ' ');
    throw new DatasetError(`image '${path}': ${why}; replace or remove the file`, { cause: error });
  }
}

function checkSize(count: number, shape: Shape, folder: string): void {
  const bytes = count * shape[0] * shape[1] * shape[2];
  if (count <= MAXIMUM_IMAGES && bytes <= MAXIMUM_BYTES) return;
  throw new DatasetError(
    `image folder '${folder}': ${count} images of ${shape.join(' x ')} take ${bytes} bytes, at most ${MAXIMUM_BYTES} bytes and ${MAXIMUM_IMAGES} images are possible; take some out`,
  );
}

/** Without the folder of a split, its classes must still be those of the other one, or labels would mean other things. */
async function checkClasses(directory: string, split: Split, classes: readonly string[]): Promise<void> {
  const other = join(directory, split === 'train' ? 'test' : 'train');
  if (!(await isFolder(other)) || !(await isFolder(join(directory, split)))) return;
  const theirs = inOrder((await entriesOf(other)).filter((entry) => entry.isDirectory()).map(({ name }) => name));
  const extra = [
    ...classes.filter((name) => !theirs.includes(name)),
    ...theirs.filter((name) => !classes.includes(name)),
  ];
  if (extra.length > 0)
    throw new DatasetError(
      `image folder '${directory}': class '${extra[0]}' is in only one of train and test; both need the same classes`,
    );
}

/**
 * One split of a folder of images, in the order of class and file names; classes are labelled in the order of their names.
 * @throws DatasetError naming folder or file
 */
export async function loadImageFolder({ directory, split, shape }: LoadOptions): Promise<Dataset> {
  if (directory === undefined) throw new DatasetError('an image folder must be named with --data');
  if (shape === undefined || (shape[2] !== 1 && shape[2] !== 3)) {
    throw new DatasetError(
      `images of folder '${directory}' can be brought to 1 or 3 channels, the network takes ${shape ? `${shape[2]}` : 'no images'}; name another data set`,
    );
  }
  const folder = await splitFolder(directory, split);
  const { classes, files } = await listImages(folder);
  await checkClasses(directory, split, classes);
  checkSize(files.length, shape, folder);
  const size = shape[0] * shape[1] * shape[2];
  const images = new Uint8Array(files.length * size);
  for (let first = 0; first < files.length; first += AT_ONCE) {
    const decoded = await Promise.all(files.slice(first, first + AT_ONCE).map(([path]) => decode(path, shape)));
    for (const [i, bytes] of decoded.entries()) images.set(bytes, (first + i) * size);
  }
  const labels = Uint8Array.from(files, ([, label]) => label);
  return {
    name: 'image-folder',
    split,
    shape,
    classes: classes.length,
    count: files.length,
    images,
    labels,
    sha256: createHash('sha256').update(images).update(labels).digest('hex'),
    source: `${folder}: ${classes.join(', ').slice(0, 200)}`,
  };
}
