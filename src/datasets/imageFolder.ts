/**
 * A folder of images, one subfolder a class: FOLDER/train/CLASS/* and FOLDER/test/CLASS/*, or FOLDER/CLASS/* where there
 * is one split only. Links are followed; what is neither a class nor an image is passed over and counted. Only images that are
 * asked for are decoded: the folder may be larger than the memory.
 */
import { join } from 'node:path';
import { DatasetError, MissingSplitError } from '../base/errors.js';
import { MAXIMUM_IMAGES } from '../base/random/seeds.js';
import { datasetOf } from './content.js';
import { decodeImages } from './decodeImage.js';
import { type ClassFolders, classFolders, classImages, IMAGE_EXTENSIONS, kindIfThere } from './folderFiles.js';
import { interleavedClasses } from './interleave.js';
import { type Dataset, type FolderFiles, type LoadOptions, labelsOf, type Split } from './types.js';

/** Labels are two bytes at most. */
const MAXIMUM_CLASSES = 2 ** 16;
const MAXIMUM_BYTES = 2 ** 31 - 1;

type Shape = readonly [number, number, number];

const isFolder = async (path: string) => (await kindIfThere(path)) === 'folder';

/** Folder of a split's classes. */
async function splitFolder(directory: string, split: Split): Promise<string> {
  const [own, other] = [join(directory, split), join(directory, split === 'train' ? 'test' : 'train')];
  if (await isFolder(own)) return own;
  if (await isFolder(other))
    throw new MissingSplitError(`image folder '${directory}': has no ${split} folder beside the other; add it`);
  if (split === 'train') {
    throw new MissingSplitError(
      `image folder '${directory}': has no folders train and test, so it is taken as test images; add them`,
    );
  }
  return directory;
}

/** Of what is neither image nor folder of a class: '3 entries passed over (._a, notes.txt, ...)'. */
function passedOver({ count, examples }: FolderFiles['beside']): string {
  if (count === 0) return '';
  return `; passed over: ${examples.join(', ')}${count > examples.length ? ` and ${count - examples.length} more` : ''}`;
}

interface Listing {
  /** Paths of each class's images, both in the order of their names. */
  readonly paths: readonly (readonly string[])[];
  readonly files: FolderFiles;
}

async function listImages(folder: string, { names, beside }: ClassFolders): Promise<Listing> {
  const paths: string[][] = [];
  const classes: FolderFiles['classes'][number][] = [];
  for (const name of names) {
    const path = join(folder, name);
    const { images, skipped } = await classImages(path);
    if (images.length === 0) {
      throw new DatasetError(
        `image folder '${path}': has no images (${IMAGE_EXTENSIONS.join(', ')})${passedOver(skipped)}; add some or remove it`,
      );
    }
    classes.push({ name, images: images.length, skipped });
    paths.push(images.map((image) => join(path, image)));
  }
  return { paths, files: { classes, beside } };
}

function checkSize(count: number, shape: Shape, folder: string): void {
  const bytes = count * shape[0] * shape[1] * shape[2];
  if (count <= MAXIMUM_IMAGES && bytes <= MAXIMUM_BYTES) return;
  throw new DatasetError(
    `image folder '${folder}': ${count} images of ${shape.join(' x ')} take ${bytes} bytes, at most ${MAXIMUM_BYTES} bytes and ${MAXIMUM_IMAGES} images are possible; run fewer with --images, or take some out`,
  );
}

/** Without the folder of a split, its classes must still be those of the other one, or labels would mean other things. */
async function checkClasses(directory: string, split: Split, classes: readonly string[]): Promise<void> {
  const other = join(directory, split === 'train' ? 'test' : 'train');
  if (!(await isFolder(other)) || !(await isFolder(join(directory, split)))) return;
  const { names: theirs } = await classFolders(other);
  const [own, their] = [new Set(classes), new Set(theirs)];
  const extra = [...classes.filter((name) => !their.has(name)), ...theirs.filter((name) => !own.has(name))];
  if (extra.length > 0)
    throw new DatasetError(
      `image folder '${directory}': class '${extra[0]}' is in only one of train and test; both need the same classes`,
    );
}

/**
 * One split of a folder of images, or its `first` ones: one of each class in turn, in the order of class and file names;
 * classes are labelled in the order of their names.
 * @throws DatasetError naming folder or file
 */
export async function loadImageFolder({ directory, split, shape, first }: LoadOptions): Promise<Dataset> {
  if (directory === undefined) throw new DatasetError('an image folder must be named with --data');
  if (shape === undefined || (shape[2] !== 1 && shape[2] !== 3)) {
    throw new DatasetError(
      `images of folder '${directory}' can be brought to 1 or 3 channels, the network takes ${shape ? `${shape[2]}` : 'no images'}; name another data set`,
    );
  }
  const folder = await splitFolder(directory, split);
  const found = await classFolders(folder);
  const { names } = found;
  if (names.length < 2 || names.length > MAXIMUM_CLASSES) {
    throw new DatasetError(
      `image folder '${folder}': has ${names.length} subfolders, 2 to ${MAXIMUM_CLASSES} classes can be told apart${passedOver(found.beside)}; make one subfolder a class`,
    );
  }
  const listing = await listImages(folder, found);
  await checkClasses(directory, split, names);
  const sizes = listing.paths.map(({ length }) => length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const count = Math.min(first ?? total, total);
  checkSize(count, shape, folder);
  const order = interleavedClasses(sizes, count);
  const taken = sizes.map(() => 0);
  const images = await decodeImages(
    Array.from(order, (label) => listing.paths[label]![taken[label]!++]!),
    shape,
  );
  const labels = labelsOf(order, names.length);
  return datasetOf({
    name: 'image-folder',
    split,
    shape,
    classes: names.length,
    classNames: names,
    images,
    labels,
    source: `${folder}: ${names.join(', ').slice(0, 200)}`,
    files: listing.files,
  });
}
