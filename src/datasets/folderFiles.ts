/** What lies in a tree of pictures: which entries are classes and images, which are debris; links are followed. */
import { extname } from 'node:path';
import { DatasetError } from '../base/errors.js';
import { below, type Entry, type PictureTree } from './pictureTree.js';
import type { SkippedFiles } from './types.js';

export const IMAGE_EXTENSIONS = ['.jpg', '.jpeg', '.png', '.webp', '.gif', '.tif', '.tiff', '.avif'];
/** What systems and tools leave behind; all that begins with a dot is debris too. */
const DEBRIS = ['__macosx', 'thumbs.db', 'ehthumbs.db', 'desktop.ini', '$recycle.bin', 'lost+found', '@eadir'];
const DEBRIS_FOLDERS = ['system volume information', '__pycache__'];
/** Entries of one folder. */
const MAXIMUM_ENTRIES = 2 ** 21;
const EXAMPLES = 3;

/** Whether nobody put this here as a class or an image: '.git', '._cat.jpg', '__MACOSX', 'Thumbs.db', ... */
export function isDebris(name: string): boolean {
  const small = name.toLowerCase();
  return name.startsWith('.') || DEBRIS.includes(small) || DEBRIS_FOLDERS.includes(small) || /^icon\r$/.test(small);
}

const isImageName = (name: string) => IMAGE_EXTENSIONS.includes(extname(name).toLowerCase());

function skippedFiles(names: readonly string[]): SkippedFiles {
  return { count: names.length, examples: names.slice(0, EXAMPLES) };
}

/** What lies in a folder, by code unit, so that the order does not depend on the language of the system. */
async function entriesOf(tree: PictureTree, folder: string): Promise<readonly Entry[]> {
  const entries = [...(await tree.entries(folder))];
  if (entries.length <= MAXIMUM_ENTRIES) return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  throw new DatasetError(
    `${tree.what} '${tree.place(folder)}': has ${entries.length} entries, at most ${MAXIMUM_ENTRIES} are read; take some out`,
  );
}

export interface ClassFolders {
  /** In order. */
  readonly names: readonly string[];
  readonly beside: SkippedFiles;
}

/**
 * The folders of the classes in a split's folder.
 * @throws DatasetError where two are links to one folder, or one is the folder it lies in
 */
export async function classFolders(tree: PictureTree, folder: string): Promise<ClassFolders> {
  const [classes, skipped]: [string[], string[]] = [[], []];
  for (const entry of await entriesOf(tree, folder)) {
    const isClass = !isDebris(entry.name) && (await entry.kind()) === 'folder';
    (isClass ? classes : skipped).push(entry.name);
  }
  const places = new Map([[await tree.identity(folder), '.']]);
  for (const name of classes) {
    const place = await tree.identity(below(folder, name));
    const other = places.get(place);
    if (other !== undefined) {
      throw new DatasetError(
        `${tree.what} '${tree.place(below(folder, name))}': is the same folder as '${tree.place(other === '.' ? folder : below(folder, other))}', through a link; remove one`,
      );
    }
    places.set(place, name);
  }
  return { names: classes, beside: skippedFiles(skipped) };
}

export interface ClassImages {
  /** In order. */
  readonly images: readonly string[];
  readonly skipped: SkippedFiles;
}

/** @throws DatasetError for what has an image's name and is no regular file, naming it */
export async function classImages(tree: PictureTree, folder: string): Promise<ClassImages> {
  const [images, skipped]: [string[], string[]] = [[], []];
  for (const entry of await entriesOf(tree, folder)) {
    const { name } = entry;
    if (isDebris(name) || !isImageName(name)) {
      skipped.push(name);
      continue;
    }
    const kind = await entry.kind();
    if (kind === 'other')
      throw new DatasetError(
        `image '${tree.place(below(folder, name))}': is not a regular file; copy its content to one, or remove it`,
      );
    (kind === 'file' ? images : skipped).push(name);
  }
  return { images, skipped: skippedFiles(skipped) };
}
