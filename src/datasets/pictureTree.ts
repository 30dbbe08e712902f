/** A tree of folders with picture files, be it on disk or in an archive. Paths within are parted by '/', '' is the root. */
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../base/errors.js';
import { pathReason } from '../base/files.js';

export type Kind = 'folder' | 'file' | 'other';

export interface Entry {
  readonly name: string;
  /** What it leads to, links followed. @throws DatasetError naming the path where that cannot be known */
  kind(): Kind | Promise<Kind>;
}

/** A file to be decoded: its path on disk, or its bytes. */
export interface Picture {
  /** Place in the list that was asked for. */
  readonly at: number;
  /** For messages. */
  readonly place: string;
  readonly content: string | Uint8Array;
}

export interface PictureTree {
  /** What messages call it: 'image folder', 'image archive'. */
  readonly what: string;
  /** A path of the tree as messages name it. */
  place(path: string): string;
  /** What is at a path; null where there is nothing by that name at all. */
  kindIfThere(path: string): Promise<Kind | null>;
  /** What lies in a folder, in any order. @throws DatasetError where it cannot be read */
  entries(folder: string): Promise<readonly Entry[]>;
  /** The same for two folders that are one, through links. */
  identity(folder: string): Promise<string>;
  /** Files in whatever order reads them fastest; memory is that of one of them. */
  pictures(paths: readonly string[]): AsyncIterable<Picture>;
  close(): void;
}

/** A path one step down. */
export const below = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

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

/** A folder on disk. */
export function folderTree(directory: string): PictureTree {
  const place = (path: string) => join(directory, path);
  return {
    what: 'image folder',
    place,
    identity: (folder) => realpath(place(folder)),
    async kindIfThere(path) {
      const isThere = await lstat(place(path)).then(
        () => true,
        (error: NodeJS.ErrnoException) => !['ENOENT', 'ENOTDIR'].includes(error.code ?? ''),
      );
      return isThere ? kindOf(place(path)) : null;
    },
    async entries(folder) {
      const entries = await readdir(place(folder), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
        const why =
          error.code === 'ENOENT'
            ? 'there is no such folder'
            : error.code === 'ENOTDIR'
              ? 'it is not a folder'
              : pathReason(error);
        throw new DatasetError(
          `image folder '${place(folder)}': ${why}; name a folder with a subfolder for each class, or an archive of one`,
          { cause: error },
        );
      });
      return entries.map((entry) => ({
        name: entry.name,
        kind: () =>
          entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : kindOf(place(below(folder, entry.name))),
      }));
    },
    async *pictures(paths) {
      for (const [at, path] of paths.entries()) yield { at, place: place(path), content: place(path) };
    },
    close: () => undefined,
  };
}
