/**
 * What `files.ts` is in a web page, where the bundler takes this file in its place: files are those that the user gave
 * the page, by name (`giveFiles`).
 */
import { SonicError, type SonicErrorClass } from './errors.js';
import { basename, join } from './paths.js';
import { nearest } from './text/nearest.js';
import { quoted } from './text/printable.js';

let given: ReadonlyMap<string, Uint8Array> = new Map();

/** Files that can be read from now on, by name, in place of those given before. */
export function giveFiles(files: ReadonlyMap<string, Uint8Array>): void {
  given = files;
}

/** Files that are chosen come without their folder, those that are dropped in one have it. */
const find = (path: string) => given.get(join(path)) ?? given.get(basename(path));

/**
 * A file that was given.
 * @throws ErrorClass where none has this name, or it is larger than allowed
 */
export async function readFileChecked(
  path: string,
  ErrorClass: SonicErrorClass,
  what: string,
  maximumBytes = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> {
  const bytes = find(path);
  if (!bytes) {
    const near = nearest(basename(path), [...given.keys()]);
    throw new ErrorClass(
      `${what} ${quoted(path)}: not among the files given to this page${near ? `, did you mean ${quoted(near)}?` : ''}; give it together with the others`,
    );
  }
  if (bytes.length > maximumBytes)
    throw new ErrorClass(
      `${what} ${quoted(path)}: it is too large: it has ${bytes.length} bytes, at most ${maximumBytes} can be read; name a smaller file`,
    );
  return bytes;
}

/** Whether a file of this name was given. */
export async function isFile(path: string): Promise<boolean> {
  return find(path) !== undefined;
}

/** A page is given no folders. */
export async function isFolder(): Promise<boolean> {
  return false;
}

/** A path that a file names, in the folder that the file lies in; null where it leads out of it. */
export async function pathInside(folder: string, path: string): Promise<string | null> {
  return path.startsWith('/') || join(path).startsWith('..') ? null : join(folder, path);
}

/** SHA-256 of all parts together, in lower-case hexadecimal. @throws SonicError where the page came over plain http */
export async function sha256OfParts(parts: readonly Uint8Array[]): Promise<string> {
  const { subtle } = globalThis.crypto;
  if (!subtle) throw new SonicError('this page has no SHA-256, since it came over plain http; open it over https');
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => {
    all.set(part, at);
    return at + part.length;
  }, 0);
  const digest = new Uint8Array(await subtle.digest('SHA-256', all));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
