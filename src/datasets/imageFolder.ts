/**
 * A folder of images, one subfolder a class: FOLDER/train/CLASS/* and FOLDER/test/CLASS/*, or FOLDER/CLASS/* where there
 * is one split only; or a tar, gzip tar or zip archive of one. Links are followed; what is neither a class nor an image is
 * passed over and counted. Only images that are asked for are decoded: the folder may be larger than the memory.
 */
import { DatasetError, MissingSplitError } from '../base/errors.js';
import { isFile } from '../base/files.js';
import { MAXIMUM_IMAGES } from '../base/random/seeds.js';
import { archiveTree } from './archiveTree.js';
import { datasetOf } from './content.js';
import { decodePictures } from './decodeImage.js';
import { type ClassFolders, classFolders, classImages, IMAGE_EXTENSIONS } from './folderFiles.js';
import { createImageStore } from './imageStore.js';
import { interleavedClasses } from './interleave.js';
import { below, folderTree, type PictureTree } from './pictureTree.js';
import { type Dataset, type FolderFiles, type Frame, type LoadOptions, labelsOf, type Split } from './types.js';

/** Labels are two bytes at most. */
const MAXIMUM_CLASSES = 2 ** 16;
/** Of all decoded images of a split, in the file that holds what memory is not to. */
const MAXIMUM_BYTES = 2 ** 40;

type Shape = readonly [number, number, number];

const isFolder = async (tree: PictureTree, path: string) => (await tree.kindIfThere(path)) === 'folder';

const otherSplit = (split: Split): Split => (split === 'train' ? 'test' : 'train');

/** Folder of a split's classes. */
async function splitFolder(tree: PictureTree, split: Split): Promise<string> {
  if (await isFolder(tree, split)) return split;
  const named = `${tree.what} '${tree.place('')}'`;
  if (await isFolder(tree, otherSplit(split)))
    throw new MissingSplitError(`${named}: has no ${split} folder beside the other; add it`);
  if (split === 'train')
    throw new MissingSplitError(`${named}: has no folders train and test, so it is taken as test images; add them`);
  return '';
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

async function listImages(tree: PictureTree, folder: string, { names, beside }: ClassFolders): Promise<Listing> {
  const paths: string[][] = [];
  const classes: FolderFiles['classes'][number][] = [];
  for (const name of names) {
    const path = below(folder, name);
    const { images, skipped } = await classImages(tree, path);
    if (images.length === 0) {
      throw new DatasetError(
        `${tree.what} '${tree.place(path)}': has no images (${IMAGE_EXTENSIONS.join(', ')})${passedOver(skipped)}; add some or remove it`,
      );
    }
    classes.push({ name, images: images.length, skipped });
    paths.push(images.map((image) => below(path, image)));
  }
  return { paths, files: { classes, beside } };
}

function checkSize(count: number, shape: Shape, place: string): void {
  const bytes = count * shape[0] * shape[1] * shape[2];
  if (count <= MAXIMUM_IMAGES && bytes <= MAXIMUM_BYTES) return;
  throw new DatasetError(
    `${place}: ${count} images of ${shape.join(' x ')} take ${bytes} bytes, at most ${MAXIMUM_BYTES} bytes and ${MAXIMUM_IMAGES} images are possible; run fewer with --images, or take some out`,
  );
}

/** Without the folder of a split, its classes must still be those of the other one, or labels would mean other things. */
async function checkClasses(tree: PictureTree, split: Split, classes: readonly string[]): Promise<void> {
  const other = otherSplit(split);
  if (!(await isFolder(tree, other)) || !(await isFolder(tree, split))) return;
  const { names: theirs } = await classFolders(tree, other);
  const [own, their] = [new Set(classes), new Set(theirs)];
  const extra = [...classes.filter((name) => !their.has(name)), ...theirs.filter((name) => !own.has(name))];
  if (extra.length > 0)
    throw new DatasetError(
      `${tree.what} '${tree.place('')}': class '${extra[0]}' is in only one of train and test; both need the same classes`,
    );
}

/** @throws DatasetError for pictures that are cut to another size than the network takes */
function checkFrame({ crop }: Frame, [rows, columns]: Shape): void {
  if (crop === rows && crop === columns) return;
  throw new DatasetError(
    `preprocessing cuts pictures to ${crop} x ${crop} (crop), but the network takes ${rows} x ${columns}; give resize and crop ` +
      'that fit, or scale, mean and std without them',
  );
}

async function loadTree(tree: PictureTree, shape: Shape, options: LoadOptions): Promise<Dataset> {
  const { split, first, frame } = options;
  const folder = await splitFolder(tree, split);
  const place = tree.place(folder);
  const found = await classFolders(tree, folder);
  const { names } = found;
  if (names.length < 2 || names.length > MAXIMUM_CLASSES) {
    throw new DatasetError(
      `${tree.what} '${place}': has ${names.length} subfolders, 2 to ${MAXIMUM_CLASSES} classes can be told apart${passedOver(found.beside)}; make one subfolder a class`,
    );
  }
  const listing = await listImages(tree, folder, found);
  await checkClasses(tree, split, names);
  const sizes = listing.paths.map(({ length }) => length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const count = Math.min(first ?? total, total);
  checkSize(count, shape, `${tree.what} '${place}'`);
  const order = interleavedClasses(sizes, count);
  const taken = sizes.map(() => 0);
  const paths = Array.from(order, (label) => listing.paths[label]![taken[label]!++]!);
  const size = shape[0] * shape[1] * shape[2];
  const store = createImageStore(count, size, options.memory_bytes);
  await decodePictures(tree.pictures(paths), {
    shape,
    frame: frame ?? null,
    put: store.put,
    onHeld: options.onHeld,
  });
  return datasetOf({
    name: 'image-folder',
    split,
    shape,
    classes: names.length,
    classNames: names,
    images: store.images,
    labels: labelsOf(order, names.length),
    source: `${place}: ${names.join(', ').slice(0, 200)}`,
    files: listing.files,
  });
}

/**
 * One split of a folder or archive of images, or its `first` ones: one of each class in turn, in the order of class and file
 * names; classes are labelled in the order of their names.
 * @throws DatasetError, FormatError naming folder, archive or file
 */
export async function loadImageFolder(options: LoadOptions): Promise<Dataset> {
  const { directory, shape, frame } = options;
  if (directory === undefined)
    throw new DatasetError('an image folder, or an archive of one, must be named with --data');
  if (shape === undefined || (shape[2] !== 1 && shape[2] !== 3)) {
    throw new DatasetError(
      `images of folder '${directory}' can be brought to 1 or 3 channels, the network takes ${shape ? `${shape[2]}` : 'no images'}; name another data set`,
    );
  }
  if (frame) checkFrame(frame, shape);
  const tree = (await isFile(directory)) ? await archiveTree(directory) : folderTree(directory);
  try {
    return await loadTree(tree, shape, options);
  } finally {
    tree.close();
  }
}
