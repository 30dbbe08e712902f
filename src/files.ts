/** Files in and out: one clear error for each way a path can be wrong, and no half-written output. */
import { createHash, randomUUID } from 'node:crypto';
import { open, readdir, readFile, realpath, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SonicError } from './errors.js';
import { nearest } from './nearest.js';

/** A class of errors.ts. */
export type SonicErrorClass = new (message: string, options?: ErrorOptions) => SonicError;

/** Largest file that Node reads in one piece. */
const MAXIMUM_READ_BYTES = 2 ** 31 - 1;

/** SHA-256 in lower-case hexadecimal. */
export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Why the system refused a path, in words. */
export function pathReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const known: Record<string, string> = {
    EACCES: 'permission denied; change its mode or name another',
    EPERM: 'the system does not permit it; name another',
    EISDIR: 'it is a folder; name a file',
    ENOTDIR: 'a part of the path is a file, not a folder; correct the path',
    ENAMETOOLONG: 'the name is too long; shorten it',
    ELOOP: 'its links point in a circle; correct them',
    EROFS: 'it lies on a read-only file system; name another place',
    ENOSPC: 'no space is left; make room',
    EDQUOT: 'the quota is used up; make room',
    ERR_INVALID_ARG_VALUE: 'the name holds a null byte; correct it',
  };
  return known[code ?? ''] ?? `${message}; name another`;
}

/** What to say about a path that does not exist: the nearest name beside it, or the folder that is missing. */
async function missing(path: string): Promise<string> {
  const folder = dirname(resolve(path));
  try {
    const near = nearest(basename(path), await readdir(folder));
    return near ? `no such file, did you mean '${join(dirname(path), near)}'?` : 'no such file; check the path';
  } catch {
    return `no such file, nor is there a folder '${folder}'; check the path`;
  }
}

/**
 * Reads a whole regular file.
 * @param what what the file is to the user ('checkpoint'), for the message
 * @param maximumBytes larger files are refused before anything is allocated
 * @throws ErrorClass if there is no such file, it is a folder or device, may not be read, or is larger than allowed
 */
export async function readFileChecked(
  path: string,
  ErrorClass: SonicErrorClass,
  what: string,
  maximumBytes: number = MAXIMUM_READ_BYTES,
): Promise<Uint8Array> {
  const refuse = (why: string, cause?: unknown) => new ErrorClass(`${what} '${path}': ${why}`, { cause });
  try {
    const status = await stat(path);
    if (status.isDirectory()) throw refuse('it is a folder; name a file');
    // A pipe or device could block for ever or never end.
    if (!status.isFile()) throw refuse('it is not a regular file; copy its content to one');
    if (status.size > maximumBytes) {
      throw refuse(`it has ${status.size} bytes, at most ${maximumBytes} can be read; name a smaller file`);
    }
    const content = await readFile(path);
    return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
  } catch (error) {
    if (error instanceof SonicError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw refuse(code === 'ENOENT' ? await missing(path) : pathReason(error), error);
  }
}

/** Where the bytes of an output go: the file a link points to; null if the path is a device or pipe. */
async function outputFile(path: string): Promise<string | null> {
  try {
    const status = await stat(path);
    if (status.isDirectory()) throw Object.assign(new Error('is a folder'), { code: 'EISDIR' });
    return status.isFile() && !resolve(path).startsWith('/dev/') ? await realpath(path) : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return path;
    throw error;
  }
}

/**
 * Writes a file whole or not at all: to a temporary name in the same folder, then renamed; the temporary file is removed
 * if anything fails. A device or pipe (/dev/stdout) is written directly.
 * @throws SonicError if the path cannot be written
 */
export async function writeFileAtomic(
  path: string,
  data: Uint8Array | string | AsyncIterable<Uint8Array | string>,
): Promise<void> {
  let temporary: string | null = null;
  try {
    const target = await outputFile(path);
    if (target === null) return await writeFile(path, data);
    const name = join(dirname(target), `.sonic-${randomUUID()}.tmp`);
    const handle = await open(name, 'wx');
    temporary = name;
    try {
      await writeFile(handle, data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } catch (error) {
    if (temporary !== null) await unlink(temporary).catch(() => undefined);
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT' ? `there is no folder '${dirname(resolve(path))}'; create it first` : pathReason(error);
    throw new SonicError(`cannot write '${path}': ${why}`, { cause: error });
  }
}

/**
 * Refuses outputs that no folder can take, before hours of work go into them.
 * @param paths undefined ones and '-' (standard output) are passed over.
 * @throws SonicError naming the folder that is missing.
 */
export async function checkOutputs(...paths: readonly (string | undefined)[]): Promise<void> {
  for (const path of paths) {
    if (path === undefined || path === '-') continue;
    const folder = dirname(resolve(path));
    const status = await stat(folder).catch(() => null);
    if (!status?.isDirectory()) {
      throw new SonicError(`cannot write '${path}': there is no folder '${folder}'; create it first`);
    }
  }
}
