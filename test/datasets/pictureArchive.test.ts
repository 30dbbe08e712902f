/** Archives of class folders: the same data set as the folder, whatever packs them; damage and traps are refused. */
import { spawnSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadImageFolder } from '../../src/datasets/imageFolder.js';
import type { Dataset, Split } from '../../src/datasets/types.js';
import { temporaryFolder } from '../helpers/folder.js';
import { type Files, picture, pictureFiles, tarOf, writeFolder } from './pictures.js';
import { tar } from './tarFiles.js';

const folder = temporaryFolder();
const SHAPE = [6, 6, 3] as const;
let files: Files;
let directory: string;
beforeAll(async () => {
  files = await pictureFiles();
  directory = await writeFolder(folder.path('pictures'), files);
});

const load = (path: string, split: Split = 'test', first?: number) =>
  loadImageFolder({ directory: path, split, shape: SHAPE, first });
/** All but the place. */
const content = ({ source: _, ...rest }: Dataset) => rest;
const zip = (entries: Files, level: 0 | 9 = 9) =>
  zipSync(
    Object.fromEntries(
      Object.entries(entries)
        .reverse()
        .map(([name, bytes]) => [name, [bytes, { level }]]),
    ),
  );
const inFolder = (entries: Files) =>
  Object.fromEntries(Object.entries(entries).map(([name, bytes]) => [`pictures/${name}`, bytes]));

describe('an archive of class folders', () => {
  const kinds: [string, (entries: Files) => Uint8Array][] = [
    ['a.tar', (entries) => tarOf(entries)],
    ['b.tar.gz', (entries) => gzipSync(tarOf(entries))],
    ['c.tgz', (entries) => gzipSync(tarOf(entries, './'))],
    ['d.zip', (entries) => zip(entries)],
    ['stored.zip', (entries) => zip(entries, 0)],
    ['around.tar', (entries) => tarOf(inFolder(entries))],
    ['around.zip', (entries) => zip(inFolder(entries))],
    ['named-otherwise', (entries) => gzipSync(tarOf(entries))],
  ];
  it.each(kinds)('is the folder: %s', async (name, pack) => {
    const path = await folder.file(name, pack(files));
    for (const split of ['test', 'train'] as const) {
      const whole = await load(directory, split);
      expect(content(await load(path, split))).toEqual(content(whole));
      expect(whole.classNames).toEqual(['cat', 'dog', 'Übung']);
    }
    for (const first of [1, 3, 7]) {
      expect(content(await load(path, 'test', first))).toEqual(content(await load(directory, 'test', first)));
    }
  });

  it.each(['gnu', 'pax', 'ustar'])('is the folder as tar --format=%s packs it, long names too', async (format) => {
    const long = `${'long-'.repeat(14)}name`;
    const own = { [`test/${long}/${long}.png`]: await picture(1), 'test/b/1.png': await picture(2) };
    const root = await writeFolder(folder.path(`long-${format}`), own);
    const path = folder.path(`${format}.tar`);
    const { status } = spawnSync('tar', [`--format=${format}`, '-cf', path, '-C', root, '.']);
    if (status !== 0) return;
    expect(content(await load(path))).toEqual(content(await load(root)));
  });

  it('without folders train and test is taken as test images', async () => {
    const flat = { 'a/1.png': await picture(1), 'b/1.png': await picture(2) };
    const path = await folder.file('flat.zip', zip(flat));
    expect((await load(path)).count).toBe(2);
    await expect(load(path, 'train')).rejects.toThrow("image archive '");
  });

  it('reads no pictures but those that are wanted', async () => {
    const bad = { ...files, 'test/cat/9.png': Buffer.from('no picture at all') };
    for (const path of [await folder.file('bad.tar', tarOf(bad)), await folder.file('bad.zip', zip(bad))]) {
      expect(content(await load(path, 'test', 3)).labels).toHaveLength(3);
      await expect(load(path)).rejects.toThrow(`image '${path}: test/cat/9.png': Input buffer`);
    }
  });
});

describe('a damaged archive', () => {
  const one = async (name: string, bytes: Uint8Array) => folder.file(name, bytes);

  it('is refused where it is cut, with the offset', async () => {
    const whole = tarOf(files);
    const cases: [string, Uint8Array, RegExp][] = [
      ['cut.tar', whole.subarray(0, whole.length / 2), /cut\.tar: ends at offset \d+ \(unpacked\)/],
      ['cut.tar.gz', gzipSync(whole).subarray(0, 900), /the gzip stream is truncated/],
      ['cut.zip', zip(files).subarray(0, 900), /directory is missing at the end/],
      ['text.tar', Buffer.from('no archive'), /is no tar, gzip tar or zip archive/],
      ['text.tar.gz', gzipSync(Buffer.from('no archive'.repeat(100))), /is no header of a tar archive/],
    ];
    for (const [name, bytes, message] of cases) await expect(load(await one(name, bytes))).rejects.toThrow(message);
  });

  it('names the member whose checksum is wrong', async () => {
    const bytes = Buffer.from(zip(files, 0));
    // A byte of the picture's own data, behind the name in its local header.
    bytes[bytes.indexOf('test/dog/9.png') + 14 + 40]! ^= 1;
    await expect(load(await one('crc.zip', bytes))).rejects.toThrow("the checksum of 'test/dog/9.png' is wrong");
  });

  it.each<[string, string, RegExp]>([
    ['out of it', '../evil/1.png', /member '\.\.\/evil\/1\.png' leads out of the archive/],
    ['out of it on the way', 'test/../../x.png', /leads out of the archive/],
    ['to the root', '/etc/1.png', /leads out of the archive/],
    ['to a drive', 'C:/1.png', /leads out of the archive/],
  ])('has a member that leads %s', async (_, name, message) => {
    const entries = { ...files, [name]: await picture(1) };
    await expect(load(await one('out.tar', tarOf(entries)))).rejects.toThrow(message);
    await expect(load(await one('out.zip', zip(entries)))).rejects.toThrow(message);
  });

  it('has a member twice, or a file where a folder is', async () => {
    const content = await picture(1);
    const member = (name: string) => ({ name, content });
    const twice = tar(member('a/1.png'), member('b/1.png'), member('a/1.png'));
    await expect(load(await one('twice.tar', twice))).rejects.toThrow("member 'a/1.png' is in the archive twice");
    const both = tar(member('a'), member('a/1.png'));
    await expect(load(await one('both.tar', both))).rejects.toThrow("member 'a' is in the archive twice");
  });

  it('has a link in place of a picture', async () => {
    const none = new Uint8Array(0);
    const link = tar({ name: 'a/1.png', content: none, type: '2' }, { name: 'b/1.png', content: await picture(1) });
    await expect(load(await one('link.tar', link))).rejects.toThrow("link.tar: a/1.png': is not a regular file");
  });

  it('has too few classes', async () => {
    const single = await one('single.zip', zip({ 'cat/1.png': await picture(1) }));
    await expect(load(single)).rejects.toThrow(`image archive '${single}': has 1 subfolders`);
  });
});
