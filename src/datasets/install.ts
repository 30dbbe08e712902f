/** Takes a published file that the user has into the folder that loaders look into. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, writeFileSync } from 'node:fs';
import { copyFile, open, rename, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DatasetError } from '../base/errors.js';
import { makeFolders, pathReason } from '../base/files.js';
import { CATALOGUE, type CatalogueEntry, type DataFile } from './catalogue.js';
import { regularFile } from './datasetPaths.js';
import { readTar } from './tar.js';
import { userDataFolder } from './userData.js';

export interface Installed {
  readonly dataset: string;
  readonly folder: string;
  readonly files: readonly string[];
}

async function md5Of(path: string): Promise<string> {
  const md5 = createHash('md5');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) md5.update(chunk as Uint8Array);
  return md5.digest('hex');
}

const allFiles = ({ files }: CatalogueEntry): readonly DataFile[] => [...files.train, ...files.test];

async function startsAsArchive(path: string): Promise<boolean> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(262), 0, 262, 0);
    const gzip = bytesRead >= 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
    return gzip || Buffer.from(buffer.subarray(257, 262)).toString('latin1') === 'ustar';
  } finally {
    await handle.close();
  }
}

/** Files under temporary names, which come into place together or not at all. */
class Placement {
  private readonly temporary = new Map<string, string>();

  constructor(readonly folder: string) {}

  /** A temporary path for `name`. */
  pathFor(name: string): string {
    const path = join(this.folder, `.sonic-${randomUUID()}.tmp`);
    this.temporary.set(name, path);
    return path;
  }

  async commit(): Promise<string[]> {
    for (const [name, path] of this.temporary) await rename(path, join(this.folder, name));
    return [...this.temporary.keys()];
  }

  async abandon(): Promise<void> {
    for (const path of this.temporary.values()) await unlink(path).catch(() => undefined);
  }
}

async function inFolder<T>(name: string, work: (placement: Placement) => Promise<T>): Promise<T> {
  const folder = userDataFolder(name);
  const placement = new Placement(folder);
  try {
    await makeFolders(folder);
    return await work(placement);
  } catch (error) {
    await placement.abandon();
    if (error instanceof DatasetError || (error as Error).name === 'FormatError') throw error;
    throw new DatasetError(
      `cannot install into '${folder}': ${pathReason(error)}; make room or set XDG_DATA_HOME to another folder`,
      { cause: error },
    );
  }
}

/** Unpacks an archive's known members, each verified. */
function unpack(path: string, entry: CatalogueEntry): Promise<Installed> {
  const expected = new Map(allFiles(entry).map((file) => [file.name, file]));
  return inFolder(entry.name, async (placement) => {
    const done = new Set<string>();
    const takeMember = (member: string, content: Uint8Array): boolean => {
      const name = basename(member);
      const md5 = createHash('md5').update(content).digest('hex');
      if (md5 !== expected.get(name)!.md5) {
        throw new DatasetError(
          `${path}: MD5 of ${member} is ${md5}, the official file's is ${expected.get(name)!.md5}; the archive is damaged or another`,
        );
      }
      writeFileSync(placement.pathFor(name), content);
      return done.add(name).size === expected.size;
    };
    await readTar(path, {
      maximumBytes: entry.archiveBytes!,
      limit: (member) => (done.has(basename(member)) ? null : (expected.get(basename(member))?.bytes ?? null)),
      onMember: takeMember,
    });
    const missing = [...expected.keys()].filter((name) => !done.has(name));
    if (missing.length > 0)
      throw new DatasetError(
        `${path}: the archive holds no ${missing.join(', ')}; fetch ${entry.address}${entry.downloads[0]!.name}`,
      );
    return { dataset: entry.name, folder: placement.folder, files: await placement.commit() };
  });
}

/** The data set whose archive has members of known names, found by reading until the first of them. */
async function archiveEntry(path: string): Promise<CatalogueEntry | null> {
  const archives = CATALOGUE.filter(({ archiveBytes }) => archiveBytes !== null);
  let found: CatalogueEntry | null = null;
  await readTar(path, {
    maximumBytes: Math.max(...archives.map(({ archiveBytes }) => archiveBytes!)),
    limit: (member) => {
      found ??= archives.find((entry) => allFiles(entry).some(({ name }) => name === basename(member))) ?? null;
      return null;
    },
    onMember: () => true,
    isEnough: () => found !== null,
  });
  return found;
}

/** What to say of a file that is none of the published ones. */
function unknownFile(path: string, bytes: number, md5: string): DatasetError {
  for (const entry of CATALOGUE) {
    const meant = [...entry.downloads, ...allFiles(entry)].find(({ name }) => name === basename(path));
    // Several sets use MNIST's names.
    if (meant && !meant.name.includes('ubyte')) {
      return new DatasetError(
        `${path}: has ${bytes} bytes and MD5 ${md5}, the official file of ${entry.name} ${meant.bytes} and ${meant.md5}; fetch ${entry.address}${entry.downloads[0]!.name} again`,
      );
    }
  }
  return new DatasetError(
    `${path}: ${bytes} bytes, MD5 ${md5}, is none of the published files; 'sonic datasets' lists them (data of your own: --data)`,
  );
}

/**
 * Installs one published file, known by its content: a file is copied, an archive's members are unpacked.
 * @throws DatasetError, FormatError where it is not what was published, or cannot be written; nothing is left half done
 */
export async function installFile(path: string): Promise<Installed> {
  const bytes = await regularFile(path, 'file');
  const md5 = await md5Of(path);
  for (const entry of CATALOGUE) {
    const file = allFiles(entry).find((candidate) => candidate.bytes === bytes && candidate.md5 === md5);
    if (!file) continue;
    if (entry.complete)
      throw new DatasetError(`${path}: is a file of ${entry.name}, which is bundled: nothing to install`);
    return inFolder(entry.name, async (placement) => {
      await copyFile(path, placement.pathFor(file.name));
      return { dataset: entry.name, folder: placement.folder, files: await placement.commit() };
    });
  }
  // An archive may be packed anew: its members decide.
  const published = CATALOGUE.find(({ downloads }) => downloads.some((download) => download.md5 === md5));
  const isArchive = /\.(tar|tgz|tar\.gz)$/.test(path) && (await startsAsArchive(path));
  const entry = published ?? (isArchive ? await archiveEntry(path) : null);
  if (!entry) throw unknownFile(path, bytes, md5);
  return unpack(path, entry);
}
