import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatasetError, FormatError, SonicError } from '../../src/base/errors.js';
import { sha256Hex } from '../../src/base/files.js';
import { loadCifar10 } from '../../src/datasets/cifar10.js';
import { loadBundledCifar10 } from '../../src/datasets/cifar10Bundled.js';
import type { Cifar10Batch } from '../../src/datasets/cifar10Records.js';
import { sliceDataset } from '../../src/datasets/slice.js';
import { readTar } from '../../src/datasets/tar.js';
import { gz } from './idxFiles.js';
import { tar } from './tarFiles.js';

let folder: string;
let made = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sonic-cifar10-'));
});
afterAll(() => rm(folder, { recursive: true }));

const pixel = (image: number, row: number, column: number, channel: number) =>
  (89 * image + 11 * row + 3 * column + 61 * channel) % 256;

/** Records of the images `first`, `first + 1`, ...: label, then all reds, greens, blues, row by row. */
function records(first: number, labels: readonly number[]): Uint8Array {
  return Uint8Array.from(
    labels.flatMap((label, i) => [
      label,
      ...Array.from({ length: 3072 }, (_, at) =>
        pixel(first + i, Math.floor(at / 32) % 32, at % 32, Math.floor(at / 1024)),
      ),
    ]),
  );
}

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');
const batch = (name: string, bytes: Uint8Array): Cifar10Batch => ({
  name,
  records: bytes.length / 3073,
  md5: md5(bytes),
});

const one = records(0, [3, 9]);
const two = records(2, [0]);
const official = {
  train: [batch('data_batch_1.bin', one), batch('data_batch_2.bin', two)],
  test: [batch('test_batch.bin', two)],
};
const members = [
  { name: 'cifar-10-batches-bin/', content: new Uint8Array(0), type: '5' },
  { name: 'cifar-10-batches-bin/data_batch_2.bin', content: two },
  { name: 'cifar-10-batches-bin/readme.html', content: new Uint8Array(88) },
  { name: 'cifar-10-batches-bin/data_batch_1.bin', content: one },
];

async function folderOf(files: Record<string, Uint8Array>, below = ''): Promise<string> {
  const directory = join(folder, `set${made++}`);
  await mkdir(join(directory, below), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, below, name), content);
  return directory;
}

async function archiveOf(content: Uint8Array): Promise<string> {
  const path = join(folder, `archive${made++}.tar.gz`);
  await writeFile(path, content);
  return path;
}

describe('CIFAR-10', () => {
  const files = { 'data_batch_1.bin': one, 'data_batch_2.bin': two };
  it.each<[string, () => Promise<string>]>([
    ['a folder', () => folderOf(files)],
    ['the folder above', () => folderOf(files, 'cifar-10-batches-bin')],
    ['the archive', () => archiveOf(gz(tar(...members)))],
    ['the archive, unpacked', () => archiveOf(tar(...members))],
  ])('is read from %s, batches in order', async (_, make) => {
    const set = await loadCifar10({ directory: await make(), split: 'train' }, official);
    expect(set).toMatchObject({ name: 'cifar10', split: 'train', shape: [32, 32, 3], classes: 10, count: 3 });
    expect([...set.labels]).toEqual([3, 9, 0]);
    const wrong = set.images.findIndex(
      (byte, at) => byte !== pixel(Math.floor(at / 3072), Math.floor(at / 96) % 32, Math.floor(at / 3) % 32, at % 3),
    );
    expect([set.images.length, wrong]).toEqual([3 * 3072, -1]);
    expect(set.sha256).toBe(sha256Hex(Buffer.concat([set.images, set.labels as Uint8Array])));
    expect([set.partOf, set.indices]).toEqual([undefined, undefined]);
  });

  it('is refused where a batch is missing, damaged, cut or holds no digit', async () => {
    const load = async (first: Uint8Array) =>
      loadCifar10(
        { directory: await folderOf({ 'data_batch_1.bin': first, 'data_batch_2.bin': two }), split: 'train' },
        official,
      );
    const changed = (at: number, value: number) => {
      const copy = Uint8Array.from(one);
      copy[at] = value;
      return copy;
    };
    await expect(load(one.subarray(1))).rejects.toThrow(/data_batch_1\.bin: has 6145 bytes, 2 records of 3073/);
    await expect(load(changed(3073, 10))).rejects.toThrow(/offset 3073 holds label 10 \(image 1\), expected 0 to 9/);
    await expect(load(changed(100, one[100]! ^ 1))).rejects.toThrow(/MD5 is [0-9a-f]{32}, the official file's is/);
    await expect(load(changed(100, one[100]! ^ 1))).rejects.toThrow(DatasetError);
    const partial = await archiveOf(tar(members[1]!));
    await expect(loadCifar10({ directory: partial, split: 'train' }, official)).rejects.toThrow(
      /the archive holds no data_batch_1/,
    );
    await expect(loadCifar10({ directory: join(folder, 'none'), split: 'train' }, official)).rejects.toThrow(
      /data '.*none': there is no such file or folder; name cifar-10-binary\.tar\.gz/,
    );
  });

  it('is refused, not crashed on, with its archive cut or changed anywhere', async () => {
    const whole = gz(tar(...members));
    const attempt = async (content: Uint8Array) => {
      try {
        await loadCifar10({ directory: await archiveOf(content), split: 'train' }, official);
        return true;
      } catch (error) {
        expect(error).toBeInstanceOf(SonicError);
        expect((error as Error).message).toMatch(/^\P{Cc}+$/u);
        return false;
      }
    };
    expect(await attempt(whole)).toBe(true);
    // The end of the stream lies behind the last member that is wanted.
    for (let length = 0; length < whole.length - 60; length += 37)
      expect(await attempt(whole.subarray(0, length)), `${length}`).toBe(false);
    const plain = tar(...members);
    for (let byte = 0; byte < plain.length; byte += 41) {
      const flipped = Buffer.from(plain);
      flipped[byte]! ^= 0x10;
      await attempt(flipped);
    }
  });
});

describe('the bundled part of CIFAR-10', () => {
  it('has 100 test images a class, each with its place in the split', async () => {
    const test = await loadBundledCifar10('test');
    expect(test).toMatchObject({ count: 1000, partOf: 10_000, name: 'cifar10', shape: [32, 32, 3], classes: 10 });
    const perClass = new Array(10).fill(0);
    for (const label of test.labels) perClass[label]++;
    expect(perClass).toEqual(new Array(10).fill(100));
    // First labels of the official test batch: cat, ship, ship, airplane, frog, frog, automobile, frog, cat, automobile.
    expect([...test.labels.subarray(0, 10)]).toEqual([3, 8, 8, 0, 6, 6, 1, 6, 3, 1]);
    const indices = [...test.indices!];
    expect(indices.every((index, i) => i === 0 || index > indices[i - 1]!)).toBe(true);
    expect(indices.at(-1)).toBeLessThan(10_000);
    const part = sliceDataset(test, 950);
    expect([...part.indices!]).toEqual(indices.slice(0, 950));
  });

  it('has the first 200 training images: frog, truck, truck, deer, automobile, ...', async () => {
    const train = await loadBundledCifar10('train');
    expect(train).toMatchObject({ count: 200, partOf: 50_000 });
    expect(train.indices).toBeUndefined();
    expect([...train.labels.subarray(0, 5)]).toEqual([6, 9, 9, 4, 1]);
    // First pixel of the first image as every tutorial prints it.
    expect([...train.images.subarray(0, 3)]).toEqual([59, 62, 63]);
  });

  it('is refused without its places', async () => {
    const bytes = records(0, [1]);
    const file = {
      bytes: bytes.length,
      count: 1,
      md5: md5(bytes),
      sha256: sha256Hex(bytes),
      partOf: 10_000,
      indices: [1, 2],
    };
    const manifest = {
      ...{
        name: 'cifar10',
        title: '',
        authors: [],
        source: '',
        licence: '',
        changes: '',
        shape: [32, 32, 3],
        classes: 10,
      },
      files: { 'test_subset_1000.bin': file },
    };
    const directory = await folderOf({
      'test_subset_1000.bin': bytes,
      'manifest.json': Buffer.from(JSON.stringify(manifest)),
    });
    await expect(loadBundledCifar10('test', directory)).rejects.toThrow(/lacks partOf or 1 indices/);
  });
});

const bytesOf = (count: number) => new Uint8Array(count).fill(1);

describe('tar', () => {
  const read = async (content: Uint8Array, limit: number | null = 1 << 20) =>
    readTar(await archiveOf(content), { maximumBytes: 2 ** 28, limit: () => limit, onMember: () => false });
  const small = { name: 'a', content: Buffer.from('x') };

  it.each([
    [
      'a member larger than the file',
      tar({ ...small, size: 1 << 19 }),
      /ends at offset \d+ \(unpacked\) within a member/,
    ],
    ['the same, packed', gz(tar({ ...small, size: 1 << 19 })), /ends at offset \d+ \(unpacked\) within a member/],
    [
      'a name that a terminal would obey',
      tar({ ...small, name: '\x1b[2J\n', size: 2 ** 30 }),
      /for \\u001b\[2J\\u000a, /,
    ],
    ['an end between two members', tar(small, small).subarray(0, 1024), /without the block of zeros/],
    ['the same, packed', gz(tar(small, small).subarray(0, 1024)), /without the block of zeros/],
    ['nothing', new Uint8Array(0), /ends at offset 0/],
    [
      'members without end',
      Buffer.concat(Array(70_000).fill(tar({ name: 'a', content: bytesOf(0) }).subarray(0, 512))),
      /holds more than 65536 members/,
    ],
    [
      'bytes behind the gzip stream',
      Buffer.concat([gz(tar(small).subarray(0, 512)), bytesOf(9)]),
      /gzip stream is damaged/,
    ],
  ])('is refused: %s', async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(FormatError);
    await expect(read(content)).rejects.toThrow(message);
  });

  it('is refused where it is no regular file, without waiting for it', async () => {
    const pipe = join(folder, 'pipe.tar');
    execFileSync('mkfifo', [pipe]);
    const options = { maximumBytes: 1, limit: () => null, onMember: () => false };
    for (const path of [pipe, '/dev/zero'])
      await expect(readTar(path, options)).rejects.toThrow(/is not a regular file/);
    for (const directory of [pipe, '/dev/zero'])
      await expect(loadCifar10({ directory, split: 'test' })).rejects.toThrow(/is neither a file nor a folder/);
  });

  it('inflates no more than it may', async () => {
    const path = await archiveOf(gz(tar({ name: 'big', content: new Uint8Array(1 << 20) })));
    const options = { maximumBytes: 1 << 19, limit: () => null, onMember: () => false };
    await expect(readTar(path, options)).rejects.toThrow(FormatError);
    await expect(readTar(path, options)).rejects.toThrow(/inflates to more than 524288 bytes/);
    await expect(readTar(path, { ...options, maximumBytes: 1 << 21 })).resolves.toBeUndefined();
  });
});
