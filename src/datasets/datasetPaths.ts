/** What a user names as the place of a data set. */
import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../base/errors.js';

/** Why a path cannot be looked at. */
function reason(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'there is no such file or folder' : `cannot be read (${code})`;
}

/**
 * `directory`, which must exist and be a folder or a regular file.
 * @param wanted what the user should name
 * @throws DatasetError otherwise
 */
export async function folderOf(directory: string | undefined, title: string, wanted: string): Promise<string> {
  if (directory === undefined) throw new DatasetError(`${title} is not bundled; name ${wanted} with --data`);
  const status = await stat(directory).catch((error: unknown) => {
    throw new DatasetError(`data '${directory}': ${reason(error)}; name ${wanted}`, { cause: error });
  });
  if (status.isFile() || status.isDirectory()) return directory;
  throw new DatasetError(`data '${directory}': is neither a file nor a folder; name ${wanted}`);
}

/** Size of the regular file at `path`. @throws DatasetError if there is none */
export async function regularFile(path: string, what: string): Promise<number> {
  const status = await stat(path).catch((error: unknown) => {
    throw new DatasetError(`${what} '${path}': ${reason(error)}; put it there or name another folder`, {
      cause: error,
    });
  });
  if (!status.isFile()) throw new DatasetError(`${what} '${path}': is not a regular file; put the file there`);
  return status.size;
}

/** Whether any of `names` is in a folder, be it damaged or a link to nowhere: then the split it belongs to is not missing. */
export async function anyPresent(folder: string, names: readonly string[]): Promise<boolean> {
  const present = names.map((name) =>
    lstat(join(folder, name)).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
    ),
  );
  return (await Promise.all(present)).includes(true);
}
