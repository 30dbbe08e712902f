import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FormatError, SonicError } from '../../src/base/errors.js';
import { readFileChecked, sha256Hex, writeFileAtomic } from '../../src/base/files.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sonic-files-'));
  await writeFile(join(folder, 'weights.bin'), 'abc');
});
afterAll(() => rm(folder, { recursive: true }));

describe('sha256Hex', () => {
  // FIPS 180-4, appendix.
  it('gives the published digests', () => {
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256Hex(new Uint8Array())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});

describe('readFileChecked', () => {
  it('reads a file', async () => {
    expect([...(await readFileChecked(join(folder, 'weights.bin'), FormatError, 'file'))]).toEqual([97, 98, 99]);
  });

  it.each<[string, string, RegExp]>([
    [
      'a slip of the pen',
      'wieghts.bin',
      /^checkpoint '.*wieghts\.bin': no such file, did you mean '.*weights\.bin'\?$/,
    ],
    ['nothing near', 'completely different', /no such file; check the path$/],
    ['a missing folder', 'none/x', /no such file, nor is there a folder '.*none'/],
    ['a folder', '', /it is a folder; name a file/],
    ['a file as folder', 'weights.bin/x', /a part of the path is a file/],
    ['a null byte', 'a\0b', /holds a null byte/],
    ['a name too long', 'x'.repeat(5000), /name is too long/],
  ])('refuses %s', async (_, name, message) => {
    const read = readFileChecked(join(folder, name), FormatError, 'checkpoint');
    await expect(read).rejects.toThrow(FormatError);
    await expect(read).rejects.toThrow(message);
  });

  it('refuses more than allowed, and devices, which never end', async () => {
    await expect(readFileChecked(join(folder, 'weights.bin'), FormatError, 'file', 2)).rejects.toThrow(
      /has 3 bytes, at most 2 can be read/,
    );
    await expect(readFileChecked('/dev/zero', FormatError, 'file')).rejects.toThrow(/not a regular file/);
  });

  it.skipIf(process.getuid?.() === 0)('refuses what may not be read', async () => {
    await writeFile(join(folder, 'secret'), 'x');
    await chmod(join(folder, 'secret'), 0);
    await expect(readFileChecked(join(folder, 'secret'), FormatError, 'file')).rejects.toThrow(/permission denied/);
  });
});

describe('writeFileAtomic', () => {
  it('writes, replaces, and leaves nothing else', async () => {
    const place = join(folder, 'out');
    await mkdir(place);
    await writeFileAtomic(join(place, 'a'), 'one');
    await writeFileAtomic(join(place, 'a'), Uint8Array.of(116, 119, 111));
    expect(await readFile(join(place, 'a'), 'utf8')).toBe('two');
    expect(await readdir(place)).toEqual(['a']);
  });

  it('writes to what a link points to', async () => {
    const place = join(folder, 'linked');
    await mkdir(place);
    await writeFile(join(place, 'target'), 'old');
    await symlink(join(place, 'target'), join(place, 'link'));
    await writeFileAtomic(join(place, 'link'), 'new');
    expect(await readFile(join(place, 'target'), 'utf8')).toBe('new');
    expect((await readdir(place)).sort()).toEqual(['link', 'target']);
  });

  it('writes to a device directly', async () => {
    await writeFileAtomic('/dev/null', 'x');
    expect((await readdir('/dev')).filter((name) => name.startsWith('.sonic'))).toEqual([]);
  });

  it.each<[string, string, RegExp]>([
    ['a folder', 'busy', /cannot write '.*busy': it is a folder/],
    ['a missing folder', 'none/x', /there is no folder '.*none'; create it first/],
    ['a file as folder', 'weights.bin/x', /a part of the path is a file/],
  ])('refuses %s and leaves nothing behind', async (_, name, message) => {
    await mkdir(join(folder, 'busy'), { recursive: true });
    const before = await readdir(folder, { recursive: true });
    const write = writeFileAtomic(join(folder, name), 'x');
    await expect(write).rejects.toThrow(SonicError);
    await expect(write).rejects.toThrow(message);
    expect(await readdir(folder, { recursive: true })).toEqual(before);
  });

  it('keeps the old content and removes the temporary file if writing fails half-way', async () => {
    const path = join(folder, 'kept');
    await writeFile(path, 'old');
    // Not something a file can hold: fails after the temporary file was opened.
    await expect(writeFileAtomic(path, { not: 'bytes' } as unknown as string)).rejects.toThrow(SonicError);
    expect(await readFile(path, 'utf8')).toBe('old');
    expect((await readdir(folder)).filter((name) => name.startsWith('.sonic'))).toEqual([]);
  });
});
