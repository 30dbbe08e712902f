/**
 * A tar archive, plain or gzip, or a zip archive as a tree of pictures. Only names are held; pictures are read from the archive
 * when they are asked for, one at a time: of a plain tar and a zip where they lie, of a gzip tar by going through it once more.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { DatasetError, FormatError } from '../base/errors.js';
import { openFileChecked } from '../base/files.js';
import { printable } from '../base/text/printable.js';
import { ZipArchive, type ZipSource } from '../base/zip.js';
import { isDebris } from './folderFiles.js';
import { below, type Entry, type Kind, type Picture, type PictureTree } from './pictureTree.js';
import { tarMembers } from './tar.js';

/** Members of an archive of pictures. */
const MAXIMUM_MEMBERS = 2 ** 22;
/** Bytes of one picture. */
const MAXIMUM_FILE_BYTES = 2 ** 28;
/** Splits, which are not a folder around all. */
const SPLITS = ['train', 'test'];

/** Folders by their path, each with what lies in it. */
type Folders = Map<string, Map<string, Kind>>;

interface Archive {
  /** Every member once. */
  members(see: (name: string, kind: Kind) => void): Promise<void>;
  /** Content of members by their names in the archive, in the archive's order. */
  contents(names: ReadonlySet<string>): AsyncIterable<{ readonly name: string; readonly content: Uint8Array }>;
  close(): void;
}

const tarArchive = (path: string): Archive => {
  const options = { maximumBytes: Number.POSITIVE_INFINITY, maximumMembers: MAXIMUM_MEMBERS };
  return {
    async members(see) {
      const listed = tarMembers(path, { ...options, limit: () => null, onHeader: (name, kind) => see(name, kind) });
      for await (const _ of listed);
    },
    async *contents(names) {
      let left = names.size;
      const limit = (name: string) => (names.has(name) ? MAXIMUM_FILE_BYTES : null);
      for await (const member of tarMembers(path, { ...options, limit })) {
        yield member;
        if (--left === 0) return;
      }
    },
    close: () => undefined,
  };
};

/** A zip archive, whose file stays open until it is closed. */
function zipArchive(path: string, size_bytes: number): Archive {
  const file = openSync(path, 'r');
  const source: ZipSource = {
    length: size_bytes,
    read: (begin, end) => {
      const bytes = new Uint8Array(end - begin);
      for (let filled = 0; filled < bytes.length; ) {
        const count = readSync(file, bytes, filled, bytes.length - filled, begin + filled);
        if (count === 0)
          throw new FormatError(`${path}: ends at offset ${begin + filled}; it was cut while it was read`);
        filled += count;
      }
      return bytes;
    },
  };
  let archive: ZipArchive | undefined;
  // Damage of the directory is found with the first use, after which the file is closed in any case.
  const opened = () => {
    archive ??= new ZipArchive(source, path, { maximumInflated_bytes: Number.POSITIVE_INFINITY });
    return archive;
  };
  return {
    async members(see) {
      for (const name of opened().names())
        see(name, name.endsWith('/') ? 'folder' : opened().isLink(name) ? 'other' : 'file');
    },
    async *contents(names) {
      for (const name of names) {
        const { content } = opened().read(name, MAXIMUM_FILE_BYTES)!;
        yield { name, content };
      }
    },
    close: () => closeSync(file),
  };
}

/**
 * Steps of a member's path from the archive's top.
 * @throws FormatError for one that leads out of the archive
 */
function stepsOf(name: string, archive: string): string[] {
  const steps = name.split('/').filter((step) => step !== '' && step !== '.');
  if (name.startsWith('/') || steps.includes('..') || /^[A-Za-z]:[\\/]/.test(name)) {
    throw new FormatError(
      `${archive}: member '${printable(name)}' leads out of the archive; it is damaged or hostile, pack the folder anew`,
    );
  }
  return steps;
}

/** Puts a member and the folders above it into the tree. @throws FormatError where it is there already, as something else */
function plant(folders: Folders, steps: readonly string[], kind: Kind, refuse: (path: string) => FormatError): void {
  let folder = '';
  for (const [depth, name] of steps.entries()) {
    const isLast = depth + 1 === steps.length;
    const own: Kind = isLast ? kind : 'folder';
    const path = below(folder, name);
    const entries = folders.get(folder)!;
    const before = entries.get(name);
    if (before !== undefined && (before !== 'folder' || own !== 'folder')) throw refuse(path);
    entries.set(name, own);
    if (own === 'folder' && !folders.has(path)) folders.set(path, new Map());
    folder = path;
  }
}

/** The folder that all classes or splits lie in: packers often put one around them. */
function innermost(folders: Folders): string {
  let root = '';
  for (;;) {
    const shown = [...folders.get(root)!].filter(([name]) => !isDebris(name));
    const [only] = shown;
    if (shown.length !== 1 || only![1] !== 'folder' || SPLITS.includes(only![0])) return root;
    const inner = below(root, only![0]);
    const hasFolders = [...folders.get(inner)!].some(([name, kind]) => kind === 'folder' && !isDebris(name));
    if (!hasFolders) return root;
    root = inner;
  }
}

/** Whether a file is an archive that can be read: gzip, zip (also an empty one) or tar, by its first bytes. */
export async function archiveKind(path: string): Promise<'tar' | 'zip' | null> {
  const { handle } = await openFileChecked(path, DatasetError, 'data');
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(262), 0, 262, 0);
    const starts = (...bytes: number[]) => bytesRead >= bytes.length && bytes.every((byte, i) => buffer[i] === byte);
    if (starts(0x50, 0x4b, 3, 4) || starts(0x50, 0x4b, 5, 6)) return 'zip';
    const isTar = Buffer.from(buffer.subarray(257, 262)).toString('latin1') === 'ustar';
    return starts(0x1f, 0x8b) || isTar ? 'tar' : null;
  } finally {
    await handle.close();
  }
}

/**
 * The pictures of an archive, as the folder that it was made of has them.
 * @throws DatasetError for what is no archive; FormatError naming file and offset or member where it is damaged
 */
export async function archiveTree(path: string): Promise<PictureTree> {
  const kind = await archiveKind(path);
  if (kind === null) {
    throw new DatasetError(
      `image archive '${path}': is no tar, gzip tar or zip archive; name one, or a folder with a subfolder for each class`,
    );
  }
  const archive = kind === 'tar' ? tarArchive(path) : zipArchive(path, (await stat(path)).size);
  const folders: Folders = new Map([['', new Map()]]);
  /** Name in the archive by path in the tree. */
  const names = new Map<string, string>();
  try {
    await archive.members((name, memberKind) => {
      const steps = stepsOf(name, path);
      if (steps.length === 0) return;
      const twice = (where: string) =>
        new FormatError(`${path}: member '${printable(where)}' is in the archive twice; pack the folder anew`);
      plant(folders, steps, memberKind, twice);
      if (memberKind === 'file') names.set(steps.join('/'), name);
    });
  } catch (error) {
    archive.close();
    throw error;
  }
  const root = innermost(folders);
  const inside = (tree: string) => (root === '' ? tree : tree === '' ? root : below(root, tree));
  const place = (tree: string) => (inside(tree) === '' ? path : `${path}: ${inside(tree)}`);
  return {
    what: 'image archive',
    place,
    close: archive.close,
    identity: async (folder) => folder,
    async kindIfThere(tree) {
      if (folders.has(inside(tree))) return 'folder';
      const at = inside(tree).lastIndexOf('/');
      return folders.get(inside(tree).slice(0, Math.max(at, 0)))?.get(inside(tree).slice(at + 1)) ?? null;
    },
    async entries(folder): Promise<readonly Entry[]> {
      return [...folders.get(inside(folder))!].map(([name, own]) => ({ name, kind: () => own }));
    },
    async *pictures(paths): AsyncGenerator<Picture> {
      const wanted = new Map(paths.map((tree, at) => [names.get(inside(tree))!, { at, place: place(tree) }]));
      for await (const { name, content } of archive.contents(new Set(wanted.keys()))) {
        yield { ...wanted.get(name)!, content };
      }
    },
  };
}
