/** What `paths.ts` is in a web page: files given to it have names with slashes at most, relative to what was dropped. */

/** The last part of a path. */
export function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A path without its last part; '.' where there is one part only. */
export function dirname(path: string): string {
  const end = path.lastIndexOf('/');
  return end < 0 ? '.' : path.slice(0, end) || '/';
}

/** Parts put together to one path, '..' and '.' resolved. */
export function join(...parts: readonly string[]): string {
  const names: string[] = [];
  for (const name of parts.join('/').split('/')) {
    if (name === '' || name === '.') continue;
    if (name === '..' && names.length > 0 && names.at(-1) !== '..') names.pop();
    else names.push(name);
  }
  return (parts[0]?.startsWith('/') ? '/' : '') + names.join('/') || '.';
}
