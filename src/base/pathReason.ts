/** Errors of the system in words. */
import { printable } from './text/printable.js';

/** Code of our own error where a folder's parent is there, and yet it is said to be missing. */
export const NO_FOLDERS = 'SONIC_NO_FOLDERS';

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
    EIO: 'the device or network file system fails; name another place',
    ENXIO: 'it is not a regular file; copy its content to one',
    EFBIG: 'the file would be too large for the system; name another place',
    EEXIST: 'something else is there; name another',
    EMFILE: 'too many files are open; raise the limit (ulimit -n)',
    [NO_FOLDERS]: 'the system makes no files or folders there; name another place',
    ERR_INVALID_ARG_VALUE: 'the name holds a null byte; correct it',
  };
  return known[code ?? ''] ?? `${printable(message)}; name another`;
}
