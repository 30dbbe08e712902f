import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatasetError, FormatError, type SonicError } from '../../src/base/errors.js';
import { sha256Hex } from '../../src/base/files.js';
import { loadStl10, STL10_FILES } from '../../src/datasets/stl10.js';
import { gz } from './idxFiles.js';
import { tar } from './tarFiles.js';

let folder: string;
let made = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sonic-stl10-'));
});
afterAll(() => rm(folder, { recursive: true }));

const pixel = (image: number, row: number, column: number, channel: number) =>
  (101 * image + 13 * row + 5 * column + 71 * channel) % 256;

/** `count` images as published: channel by channel, each column by column. */
function published(count: number): Uint8Array {
  const data: number[] = [];
  for (let image = 0; image < count; image++)
    for (let channel = 0; channel < 3; channel++)
      for (let column = 0; column < 96; column++)
        for (let row = 0; row < 96; row++) data.push(pixel(image, row, column, channel));
  return Uint8Array.from(data);
}

async function folderWith(images: Uint8Array, labels: Uint8Array, below = ''): Promise<string> {
  const directory = join(folder, `set${made++}`);
  await mkdir(join(directory, below), { recursive: true });
  await writeFile(join(directory, below, 'test_X.bin'), images);
  await writeFile(join(directory, below, 'test_y.bin'), labels);
  return directory;
}

const load = (directory: string) => loadStl10({ directory, split: 'test' });
const images = published(2);
const labels = Uint8Array.of(1, 10);
const archive = tar(
  { name: 'stl10_binary/', content: new Uint8Array(0), type: '5' },
  { name: 'stl10_binary/test_X.bin', content: images },
  { name: 'stl10_binary/test_y.bin', content: labels },
  { name: 'stl10_binary/unlabeled_X.bin', content: new Uint8Array(27648) },
);

describe('STL-10', () => {
  it.each([
    ['a folder', () => folderWith(images, labels)],
    ['the folder above', () => folderWith(images, labels, 'stl10_binary')],
    [
      'the archive',
      async () => {
        const path = join(folder, 'stl10_binary.tar.gz');
        await writeFile(path, gz(archive));
        return path;
      },
    ],
  ])('is read from %s', async (_, make) => {
    const stl10 = await load(await make());
    expect(stl10).toMatchObject({ name: 'custom', split: 'test', shape: [96, 96, 3], classes: 10, count: 2 });
    expect([...stl10.labels]).toEqual([0, 9]);
    const wrong = stl10.images.findIndex((byte, at) => {
      const [image, row, column, channel] = [
        Math.floor(at / 27648),
        Math.floor(at / 288) % 96,
        Math.floor(at / 3) % 96,
        at % 3,
      ];
      return byte !== pixel(image, row, column, channel);
    });
    expect([stl10.images.length, wrong]).toEqual([2 * 27648, -1]);
    expect(stl10.sha256).toBe(sha256Hex(Buffer.concat([stl10.images, stl10.labels as Uint8Array])));
  });

  it('is known by its checksums', async () => {
    const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');
    const { images: X, labels: y } = STL10_FILES.test;
    const official = {
      ...STL10_FILES,
      test: { images: { ...X, md5: md5(images) }, labels: { ...y, md5: md5(labels) } },
    };
    const directory = await folderWith(images, labels);
    expect((await loadStl10({ directory, split: 'test' }, official)).name).toBe('stl10');
  });

  it.each<[string, Uint8Array, Uint8Array, RegExp]>([
    ['a byte too few', images.subarray(1), labels, /test_X\.bin has 55295 bytes, which is no whole number of images/],
    ['no images', new Uint8Array(0), labels, /test_X\.bin has 0 bytes/],
    ['too many labels', images, Uint8Array.of(1, 2, 3), /test_y\.bin holds 3 labels for 2 images/],
    ['label 0', images, Uint8Array.of(1, 0), /test_y\.bin: offset 1 holds label 0, expected 1 to 10/],
    ['label 11', images, Uint8Array.of(11, 1), /offset 0 holds label 11/],
  ])('is refused: %s', async (_, X, y, message) => {
    const directory = await folderWith(X, y);
    await expect(load(directory)).rejects.toThrow(DatasetError);
    await expect(load(directory)).rejects.toThrow(message);
  });

  it('is refused where a file is missing', async () => {
    const directory = await folderWith(images, labels);
    await expect(loadStl10({ directory, split: 'train' })).rejects.toThrow(/STL-10 file '.*train_X\.bin'/);
    await expect(loadStl10({ split: 'train' })).rejects.toThrow(/STL-10 is not bundled/);
    await expect(load(join(folder, 'none'))).rejects.toThrow(/there is no such file or folder/);
  });

  it.each<[string, Uint8Array, new (message: string) => SonicError, RegExp]>([
    [
      'without the files',
      tar({ name: 'other.bin', content: new Uint8Array(10) }),
      DatasetError,
      /holds no test_X\.bin/,
    ],
    ['truncated', archive.subarray(0, 20_000), FormatError, /ends at offset 20000 \(unpacked\) within a member/],
    ['truncated, packed', gz(archive).subarray(0, 100), FormatError, /the gzip stream is truncated/],
    [
      'with a size beyond reason',
      tar({ name: 'test_X.bin', content: new Uint8Array(10), size: 2 ** 32 }),
      FormatError,
      /announces 4294967296 bytes for test_X\.bin, at most 552960000/,
    ],
    [
      'with labels as large as images',
      tar({ name: 'test_y.bin', content: new Uint8Array(10), size: 20_001 }),
      FormatError,
      /announces 20001 bytes for test_y\.bin, at most 20000/,
    ],
    ['that is none', new Uint8Array(2000).fill(7), FormatError, /is no header of a tar archive/],
  ])('is refused in an archive %s', async (name, content, ErrorClass, message) => {
    const path = join(folder, `${name.length}.tar`);
    await writeFile(path, content);
    await expect(load(path)).rejects.toThrow(ErrorClass);
    await expect(load(path)).rejects.toThrow(message);
  });
});
