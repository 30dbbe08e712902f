/** What lies in an image folder: which entries are classes and images, which are debris; links are followed. */
import type { Dirent } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { DatasetError } from '../base/errors.js';
import { pathReason } from '../base/files.js';
import type { SkippedFiles } from './types.js';

export const IMAGE_EXTENSIONS = ['.jpg', '.jpeg', '.png', '.webp', '.gif', '.tif', '.tiff', '.avif'];
/** What systems and tools leave behind; all that begins with a dot is debris too. */
const DEBRIS = ['__macosx', 'thumbs.db', 'ehthumbs.db', 'desktop.ini', '$recycle.bin', 'lost+found', '@eadir'];
const DEBRIS_FOLDERS = ['system volume information', '__pycache__'];
/** Entries of one folder. */
const MAXIMUM_ENTRIES = 2 ** 21;
const EXAMPLES = 3;

/** Whether nobody put this here as a class or an image: '.git', '._cat.jpg', '__MACOSX', 'Thumbs.db', ... */
function isDebris(name: string): boolean {
  const small = name.toLowerCase();
  return name.startsWith('.') || DEBRIS.includes(small) || DEBRIS_FOLDERS.includes(small) || /^icon\r$/.test(small);
}

const isImageName = (name: string) => IMAGE_EXTENSIONS.includes(extname(name).toLowerCase());

function skippedFiles(names: readonly string[]): SkippedFiles {
  return { count: names.length, examples: names.slice(0, EXAMPLES) };
}

/** What lies in a folder, by code unit, so that the order does not depend on the language of the system. @throws DatasetError where it cannot be read */
async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    const why =
      error.code === 'ENOENT'
        ? 'there is no such folder'
        : error.code === 'ENOTDIR'
          ? 'it is not a folder'
          : pathReason(error);
    throw new DatasetError(`image folder '${folder}': ${why}; name a folder with a subfolder for each class`, {
      cause: error,
    });
  });
  if (entries.length <= MAXIMUM_ENTRIES) return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  throw new DatasetError(
    `image folder '${folder}': has ${entries.length} entries, at most ${MAXIMUM_ENTRIES} are read; take some out`,
  );
}

export type Kind = 'folder' | 'file' | 'other';

/**
 * What a path leads to, links followed.
 * @throws DatasetError naming the path where that cannot be known: a link to nowhere, links in a circle, no permission
 */
async function kindOf(path: string): Promise<Kind> {
  try {
    const status = await stat(path);
    return status.isDirectory() ? 'folder' : status.isFile() ? 'file' : 'other';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isLink = (await lstat(path).catch(() => null))?.isSymbolicLink() ?? false;
    const why =
      code === 'ENOENT' && isLink ? 'is a link to what is not there; correct or remove it' : pathReason(error);
    throw new DatasetError(`image folder: '${path}': ${why}`, { cause: error });
  }
}

/** As `kindOf`; null where there is nothing by that name at all. */
export async function kindIfThere(path: string): Promise<Kind | null> {
  const isThere = await lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => !['ENOENT', 'ENOTDIR'].includes(error.code ?? ''),
  );
  return isThere ? kindOf(path) : null;
}

/** As `kindOf`, which is asked only where the folder's listing does not tell. */
async function kindIn(folder: string, entry: Dirent): Promise<Kind> {
  return entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : kindOf(join(folder, entry.name));
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
export async function classFolders(folder: string): Promise<ClassFolders> {
  const [classes, skipped]: [string[], string[]] = [[], []];
  for (const entry of await entriesOf(folder)) {
    const isClass = !isDebris(entry.name) && (await kindIn(folder, entry)) === 'folder';
    (isClass ? classes : skipped).push(entry.name);
  }
  const places = new Map([[await realpath(folder), '.']]);
  for (const name of classes) {
    const place = await realpath(join(folder, name));
    const other = places.get(place);
    if (other !== undefined) {
      throw new DatasetError(
        `image folder '${join(folder, name)}': is the same folder as '${join(folder, other)}', through a link; remove one`,
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
export async function classImages(folder: string): Promise<ClassImages> {
  const [images, skipped]: [string[], string[]] = [[], []];
  for (const entry of await entriesOf(folder)) {
    const { name } = entry;
    if (isDebris(name) || !isImageName(name)) {
      skipped.push(name);
      continue;
    }
    const path = join(folder, name);
    const kind = await kindIn(folder, entry);
    if (kind === 'other')
      throw new DatasetError(`image '${path}': is not a regular file; copy its content to one, or remove it`);
    (kind === 'file' ? images : skipped).push(name);
  }
  return { images, skipped: skippedFiles(skipped) };
}
