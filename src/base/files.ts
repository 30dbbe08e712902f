/** Files in and out: one clear error for each way a path can be wrong, and no half-written output. */
import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, realpath, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { SonicError, type SonicErrorClass } from './errors.js';
import { NO_FOLDERS, pathReason } from './pathReason.js';
import { nearest } from './text/nearest.js';
import { quoted } from './text/printable.js';

export { pathReason } from './pathReason.js';

/** Largest file that Node reads in one piece. */
const MAXIMUM_READ_BYTES = 2 ** 31 - 1;

/** Characters of a path in a message: most are shown whole. */
const LONGEST_PATH = 160;

/** SHA-256 in lower-case hexadecimal. */
export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** SHA-256 of all parts together, in lower-case hexadecimal. A promise, since web pages have no other. */
export async function sha256OfParts(parts: readonly Uint8Array[]): Promise<string> {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** Whether there is a regular file, or a link to one. */
export async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() ?? false;
}

/** Whether there is a folder, or a link to one. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

/** What to say about a path that does not exist: the nearest name beside it, or the folder that is missing. */
async function missing(path: string): Promise<string> {
  const folder = dirname(resolve(path));
  try {
    const near = nearest(basename(path), await readdir(folder));
    return near
      ? `no such file, did you mean ${quoted(join(dirname(path), near), LONGEST_PATH)}?`
      : 'no such file; check the path';
  } catch {
    return `no such file, nor is there a folder ${quoted(folder, LONGEST_PATH)}; check the path`;
  }
}

/**
 * Opens a regular file to read.
 * @param what what the file is to the user ('checkpoint'), for the message
 * @returns its handle, which the caller closes, and its size
 * @throws ErrorClass if there is no such file, it is a folder, pipe, socket or device, or may not be read
 */
export async function openFileChecked(
  path: string,
  ErrorClass: SonicErrorClass,
  what: string,
): Promise<{ readonly handle: FileHandle; readonly size_bytes: number }> {
  const refuse = (why: string, cause?: unknown) =>
    new ErrorClass(`${what} ${quoted(path, LONGEST_PATH)}: ${why}`, { cause });
  let handle: FileHandle | null = null;
  try {
    // A pipe or device could block for ever or never end; opening one may do something.
    const before = await stat(path);
    if (before.isDirectory()) throw refuse('it is a folder; name a file');
    if (!before.isFile()) throw refuse('it is not a regular file; copy its content to one');
    // Should it have become one since, neither opening nor reading waits.
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const status = await handle.stat();
    if (!status.isFile()) throw refuse('it is not a regular file; copy its content to one');
    return { handle, size_bytes: status.size };
  } catch (error) {
    await handle?.close();
    if (error instanceof SonicError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw refuse(code === 'ENOENT' ? await missing(path) : pathReason(error), error);
  }
}

/** All bytes of a file; null where there are more than allowed, whatever its size was said to be (/proc says 0). */
async function readAll(handle: FileHandle, size: number, maximumBytes: number): Promise<Uint8Array | null> {
  let buffer = new Uint8Array(size);
  let length = 0;
  for (;;) {
    if (length === buffer.length) {
      // One byte more tells whether the file ends here.
      const probe = new Uint8Array(Math.min(1 << 16, maximumBytes - length + 1));
      const { bytesRead } = await handle.read(probe, 0, probe.length, null);
      if (bytesRead === 0) return buffer;
      if (length + bytesRead > maximumBytes) return null;
      const larger = new Uint8Array(Math.min(maximumBytes, Math.max(length + bytesRead, 2 * length)));
      larger.set(buffer);
      larger.set(probe.subarray(0, bytesRead), length);
      buffer = larger;
      length += bytesRead;
    } else {
      const { bytesRead } = await handle.read(buffer, length, Math.min(buffer.length - length, 2 ** 30), null);
      if (bytesRead === 0) return buffer.subarray(0, length);
      length += bytesRead;
    }
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
  const { handle, size_bytes } = await openFileChecked(path, ErrorClass, what);
  const place = `${what} ${quoted(path, LONGEST_PATH)}`;
  try {
    const tooLarge = (bytes: string) =>
      new ErrorClass(
        `${place}: it is too large: it has ${bytes} bytes, at most ${maximumBytes} can be read; name a smaller file`,
      );
    if (size_bytes > maximumBytes) throw tooLarge(String(size_bytes));
    const content = await readAll(handle, size_bytes, maximumBytes);
    if (!content) throw tooLarge('more');
    return content;
  } catch (error) {
    if (error instanceof SonicError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EAGAIN' ? 'it does not end; copy its content to a file' : pathReason(error);
    throw new ErrorClass(`${place}: ${why}`, { cause: error });
  } finally {
    await handle.close();
  }
}

/**
 * A path that a file names, below the folder that the file lies in.
 * @returns the path; null where it, or a link on its way, leads out of the folder
 */
export async function pathInside(folder: string, path: string): Promise<string | null> {
  const inside = (base: string, target: string) => {
    const way = relative(base, target);
    return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && resolve(base, way) === target;
  };
  const target = resolve(folder, path);
  if (!inside(resolve(folder), target)) return null;
  // What is not there is for its reader to say.
  const [realFolder, realTarget] = await Promise.all([realpath(folder), realpath(target)]).catch(() => [null, null]);
  return realFolder === null || realTarget === null || inside(realFolder, realTarget) ? join(folder, path) : null;
}

/**
 * Makes a folder and its parents. (Node's own `recursive` never ends where the system makes no folders, as in /proc.)
 * @returns the folders that were made, outermost first
 * @throws the system's error; ENOTDIR where a file is in the way
 */
export async function makeFolders(folder: string): Promise<string[]> {
  const missing: string[] = [];
  for (let at = resolve(folder); ; at = dirname(at)) {
    const status = await stat(at).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (status?.isDirectory()) break;
    if (status || dirname(at) === at) throw Object.assign(new Error(`${at} is no folder`), { code: 'ENOTDIR' });
    missing.unshift(at);
  }
  for (const path of missing) {
    await mkdir(path).catch(async (error: NodeJS.ErrnoException) => {
      // Another process was faster. A link that points nowhere is in the way as a file is.
      if (error.code === 'EEXIST' && (await stat(path).catch(() => null))?.isDirectory()) return;
      if (error.code === 'ENOENT') throw Object.assign(new Error('no folders are made there'), { code: NO_FOLDERS });
      throw error;
    });
  }
  return missing;
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
    throw new SonicError(`cannot write ${quoted(path, LONGEST_PATH)}: ${await whyNotWritten(path, error)}`, {
      cause: error,
    });
  }
}

/** What is wrong with the place of an output, in words. */
async function whyNotWritten(path: string, error: unknown): Promise<string> {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return pathReason(error);
  const folder = dirname(resolve(path));
  const isThere = (await stat(folder).catch(() => null))?.isDirectory() ?? false;
  return isThere
    ? pathReason({ code: NO_FOLDERS })
    : `there is no folder ${quoted(folder, LONGEST_PATH)}; create it first`;
}

/**
 * Refuses outputs that cannot be written, before hours of work go into them.
 * @param paths undefined ones and '-' (standard output) are passed over.
 * @throws SonicError naming the folder that is missing or may not be written, or what is in the way.
 */
export async function checkOutputs(...paths: readonly (string | undefined)[]): Promise<void> {
  for (const path of paths) {
    if (path === undefined || path === '-') continue;
    try {
      const target = await outputFile(path);
      if (target === null) continue;
      // What the system permits shows only by trying: /proc says yes, and makes no files.
      const name = join(dirname(resolve(target)), `.sonic-${randomUUID()}.tmp`);
      await (await open(name, 'wx')).close();
      await unlink(name);
    } catch (error) {
      throw new SonicError(`cannot write ${quoted(path, LONGEST_PATH)}: ${await whyNotWritten(path, error)}`, {
        cause: error,
      });
    }
  }
}

/**
 * Makes a folder for outputs, with its parents.
 * @throws SonicError where it cannot be made
 */
export async function makeOutputFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder);
  } catch (error) {
    throw new SonicError(`cannot make folder ${quoted(folder, LONGEST_PATH)}: ${pathReason(error)}`, { cause: error });
  }
}
