/** Files that are there whole or not at all, whenever the process or the machine dies. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SonicError } from '../../errors.js';
import { pathReason } from '../../files.js';
import { lifeOf, ownIdentity } from './processIdentity.js';

/** A process elsewhere that has not touched its file for longer is taken for dead. */
export const LAPSE_ms = 60_000;

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
  const first = await mkdir(folder, { recursive: true });
  for (let made = folder; first !== undefined; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made.length <= first.length) break;
  }
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
    return await readFile(file);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw storeError('read', file, error);
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
    await makeFolder(dirname(file));
    if (replace) await rename(temporary, file);
    else await linkNew(temporary, file);
    await syncFolder(dirname(file));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw storeError('write', file, error);
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
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
