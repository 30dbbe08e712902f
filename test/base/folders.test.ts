/** Folders that are made, and paths that must stay in one. */
import { existsSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../src/base/errors.js';
import { checkOutputs, makeFolders, makeOutputFolder, pathInside, readFileChecked } from '../../src/base/files.js';
import { temporaryFolder } from '../helpers/folder.js';

const folder = temporaryFolder();

describe('makeFolders', () => {
  it('makes what is missing, and says what', async () => {
    const [a, b] = [folder.path('a'), folder.path('a/b')];
    expect(await makeFolders(b)).toEqual([a, b]);
    expect(await makeFolders(b)).toEqual([]);
    const both = await Promise.all([makeFolders(folder.path('c/d/e')), makeFolders(folder.path('c/d/e'))]);
    expect(both.flat()).toContain(folder.path('c/d/e'));
  });

  it.skipIf(!existsSync('/proc'))('ends where the system makes none', async () => {
    await expect(makeOutputFolder('/proc/x/y/z')).rejects.toThrow(
      "cannot make folder '/proc/x/y/z': the system makes no files or folders there; name another place",
    );
    await expect(checkOutputs('/proc/x')).rejects.toThrow("cannot write '/proc/x': the system makes no files");
  });

  it('names a file in the way', async () => {
    await writeFile(folder.path('file'), '');
    await expect(makeOutputFolder(folder.path('file'))).rejects.toThrow(/a part of the path is a file/);
    await expect(makeOutputFolder(folder.path('file/x'))).rejects.toThrow(/a part of the path is a file/);
  });
});

describe('pathInside', () => {
  it('follows links as long as they stay', async () => {
    await mkdir(folder.path('model/part'), { recursive: true });
    await writeFile(folder.path('model/part/w'), '');
    await writeFile(folder.path('secret'), '');
    await symlink('part/w', folder.path('model/inside'));
    await symlink('../secret', folder.path('model/outside'));
    await symlink('..', folder.path('model/up'));
    const inside = (path: string) => pathInside(folder.path('model'), path);
    for (const path of ['part/w', 'inside', 'missing', './part/../part/w']) expect(await inside(path)).not.toBe(null);
    for (const path of ['outside', 'up/secret', '../secret', '/etc/passwd', '.', '..'])
      expect(await inside(path)).toBe(null);
  });
});

describe('readFileChecked', () => {
  it.skipIf(!existsSync('/proc/self/status'))('reads files whose size is said to be 0', async () => {
    const text = new TextDecoder().decode(await readFileChecked('/proc/self/status', FormatError, 'file'));
    expect(text).toContain('VmRSS');
    await expect(readFileChecked('/proc/self/status', FormatError, 'file', 10)).rejects.toThrow(/at most 10/);
  });
});
