/** Files that are there whole or not at all, whenever the process or the machine dies. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SonicError } from '../../base/errors.js';
import { makeFolders, pathReason, readFileChecked } from '../../base/files.js';
import { lifeOf, ownIdentity } from './processIdentity.js';

/** A process elsewhere that has not touched its file for longer is taken for dead. */
export const LAPSE_ms = 60_000;

/** Records and manifests are far smaller. */
const MAXIMUM_RECORD_BYTES = 2 ** 28;

export const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? '';

/** The error of a store that cannot be read or written, named. */
export function storeError(doing: string, path: string, error: unknown): SonicError {
  if (error instanceof SonicError) return error;
  return new SonicError(`result store: cannot ${doing} '${path}': ${pathReason(error)}`, { cause: error });
}

/** Makes names in a folder survive a loss of power; where folders cannot be synchronised (Windows) the system does it. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  try {
    await handle?.sync();
  } catch (error) {
    if (!['EINVAL', 'EPERM', 'EISDIR', 'ENOTSUP'].includes(codeOf(error))) throw error;
  } finally {
    await handle?.close();
  }
}

/** A folder with its parents, durable. */
export async function makeFolder(folder: string): Promise<void> {
  for (const made of (await makeFolders(folder)).reverse()) await syncFolder(dirname(made));
}

/** Names in a folder; none if it is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw storeError('list', folder, error);
  }
}

/** Content of a file; null if it is not there. */
export async function readIfThere(file: string): Promise<Uint8Array | null> {
  try {
    // Most are not there; readFileChecked would look for names nearby.
    await stat(file);
    return await readFileChecked(file, SonicError, 'result store:', MAXIMUM_RECORD_BYTES);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || (error instanceof SonicError && codeOf(error.cause) === 'ENOENT')) return null;
    throw storeError('read', file, error);
  }
}

/** Errors of this process or machine, not of the file. */
const SHORTAGES = ['EMFILE', 'ENFILE', 'ENOMEM'];

/**
 * Bytes of a file, or why they cannot be had; null if it is not there. What is no regular file is not waited for.
 * @throws SonicError where memory or file handles are short: that says nothing of the file.
 */
export async function readOrProblem(file: string, maximumBytes: number): Promise<Uint8Array | string | null> {
  try {
    // A pipe would be opened only once somebody writes into it.
    const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const status = await handle.stat();
      if (status.isDirectory()) return 'it is a folder, not a file';
      if (!status.isFile()) return 'it is no regular file';
      if (status.size > maximumBytes) return `it has ${status.size} bytes, more than any record (${maximumBytes})`;
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    if (SHORTAGES.includes(codeOf(error))) throw storeError('read', file, error);
    return `it cannot be read: ${pathReason(error).replace(/;.*/, '')}`;
  }
}

/** Names in a folder of records, or why they cannot be listed; none if it is not there. */
export async function namesOrProblem(folder: string): Promise<string[] | string> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    if (SHORTAGES.includes(codeOf(error))) throw storeError('list', folder, error);
    return `it cannot be listed: ${pathReason(error).replace(/;.*/, '')}`;
  }
}

export async function removeIfThere(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw storeError('remove', file, error);
  }
}

/** Writes under a name that says whose it is, so that others can clear it away if this process dies. */
export async function writeTemporary(folder: string, text: string): Promise<string> {
  const { machine, pid } = ownIdentity();
  const file = join(folder, [randomUUID(), machine, pid].join('.'));
  try {
    const handle = await open(file, 'wx');
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    await unlink(file).catch(() => undefined);
    throw storeError('write to', folder, error);
  }
  return file;
}

/**
 * Gives a temporary file its name.
 * @param replace whether a file of that name gives way; otherwise the temporary file does.
 * @returns false if there was a file of that name, which stays.
 */
export async function publish(temporary: string, file: string, replace: boolean): Promise<boolean> {
  try {
    await clearWay(file, replace);
    await makeFolder(dirname(file));
    if (replace) await rename(temporary, file);
    else if (!(await linkNew(temporary, file).then(() => true, isTaken))) return false;
    await syncFolder(dirname(file));
    return true;
  } catch (error) {
    throw storeError('write', file, error);
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

/** For a link that failed as the name is taken: false. */
function isTaken(error: unknown): false {
  if (codeOf(error) === 'EEXIST') return false;
  throw error;
}

/** Moves aside what no record can be written over: a folder under its name, a file in place of its folder. */
async function clearWay(file: string, replace: boolean): Promise<void> {
  const aside = (path: string) => rename(path, `${path}.damaged-${randomUUID().slice(0, 8)}`);
  const folder = await stat(dirname(file)).catch(() => null);
  if (folder && !folder.isDirectory()) await aside(dirname(file));
  else if (replace && (await lstat(file).catch(() => null))?.isDirectory()) await aside(file);
}

/** Fails with EEXIST where the name is taken. File systems without hard links leave a short moment in which two may pass. */
export async function linkNew(temporary: string, file: string): Promise<void> {
  try {
    await link(temporary, file);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(codeOf(error))) throw error;
    if (await stat(file).catch(() => null)) throw Object.assign(new Error('exists'), { code: 'EEXIST' });
    await rename(temporary, file);
  }
}

/** Removes what dead processes left half written. */
export async function clearTemporary(folder: string): Promise<void> {
  const now = await stat(folder);
  const { machine } = ownIdentity();
  for (const name of await namesIn(folder)) {
    const [, madeOn, pid] = name.split('.');
    if (madeOn === machine && lifeOf({ machine, pid: Number(pid), started: null }) === 'alive') continue;
    const file = join(folder, name);
    const status = await stat(file).catch(() => null);
    const isOld = status !== null && now.mtimeMs - status.mtimeMs > 60 * LAPSE_ms;
    if (madeOn === machine || isOld) await removeIfThere(file);
  }
}
