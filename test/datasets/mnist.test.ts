import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatasetError, FormatError } from '../../src/base/errors.js';
import { sha256Hex } from '../../src/base/files.js';
import { readManifest, verifyBundled } from '../../src/datasets/datasetManifest.js';
import { datasetNames, loadDataset, loadMnist, sliceDataset } from '../../src/datasets/index.js';
import { bytes, gz, idx } from './idxFiles.js';

const bundled = fileURLToPath(new URL('../../datasets/mnist/', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sonic-mnist-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A folder with the given files. */
async function folderOf(name: string, files: Record<string, Uint8Array>): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  for (const [file, content] of Object.entries(files)) await writeFile(join(path, file), content);
  return path;
}

const images = idx([3, 2, 2], bytes(12));
const labels = idx([3], Uint8Array.of(9, 0, 5));

describe('the bundled MNIST', () => {
  it.each([
    ['train', 60000, [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949], [5, 0, 4, 1, 9]],
    ['test', 10000, [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009], [7, 2, 1, 0, 4]],
  ] as const)('has the published %s split', async (split, count, perClass, first) => {
    const mnist = await loadMnist({ split });
    expect(mnist).toMatchObject({ name: 'mnist', split, shape: [28, 28, 1], classes: 10, count, source: 'bundled' });
    expect([mnist.images.length, mnist.labels.length]).toEqual([count * 784, count]);
    // Class sizes and first labels as published with the set.
    const counted = new Array(10).fill(0);
    for (const label of mnist.labels) counted[label]++;
    expect(counted).toEqual(perClass);
    expect([...mnist.labels.subarray(0, 5)]).toEqual(first);
    expect(mnist.sha256).toBe(sha256Hex(Buffer.concat([mnist.images, mnist.labels as Uint8Array])));
  });

  it.each([1, 200, 60000, 60001])(
    'is, where only the first %i images are wanted, the whole one cut there',
    async (first) => {
      const { images: cut, ...start } = await loadMnist({ split: 'train', first });
      const { images: whole, ...rest } = sliceDataset(await loadMnist({ split: 'train' }), Math.min(first, 60000));
      expect(start).toEqual(rest);
      expect(Buffer.compare(cut, whole)).toBe(0);
    },
  );

  it('has the mean and deviation every tutorial normalises with', async () => {
    const { images: pixels } = await loadMnist({ split: 'train' });
    let sum = 0;
    let squares = 0;
    for (const pixel of pixels) {
      sum += pixel;
      squares += pixel * pixel;
    }
    const mean = sum / pixels.length / 255;
    expect(mean).toBeCloseTo(0.1307, 4);
    expect(Math.sqrt(squares / pixels.length / 255 ** 2 - mean ** 2)).toBeCloseTo(0.3081, 4);
  });

  it('has a manifest that lists its four files, with the MD5 sums their authors published', async () => {
    const { files, licence, authors } = await readManifest(bundled);
    expect(Object.fromEntries(Object.entries(files).map(([name, file]) => [name, file.md5]))).toEqual({
      'train-images-idx3-ubyte.gz': 'f68b3c2dcbeaaa9fbdd348bbdeb94873',
      'train-labels-idx1-ubyte.gz': 'd53e105ee54ea40749a09fcbcd1e9432',
      't10k-images-idx3-ubyte.gz': '9fb629c4189551a2d022fa330f9573f3',
      't10k-labels-idx1-ubyte.gz': 'ec29112dd5afa0611ce80d1b7f02629c',
    });
    expect(licence).toContain('CC BY-SA 3.0');
    expect(authors).toContain('Corinna Cortes');
  });

  it('is refused if a bundled file is not what the manifest says', async () => {
    const manifest = await readManifest(bundled);
    const path = join(bundled, 't10k-labels-idx1-ubyte.gz');
    const content = new Uint8Array(await readFile(path));
    expect(() => verifyBundled(path, content, manifest)).not.toThrow();
    content[100]! ^= 1;
    expect(() => verifyBundled(path, content, manifest)).toThrow(DatasetError);
    expect(() => verifyBundled(path, content, manifest)).toThrow(
      /t10k-labels-idx1-ubyte\.gz: sha256 is [0-9a-f]{64}, the manifest says f7ae60f9/,
    );
    expect(() => verifyBundled(path, content.subarray(1), manifest)).toThrow(/bytes is 4541, the manifest says 4542/);
    const other = structuredClone(manifest);
    other.files['t10k-labels-idx1-ubyte.gz']!.sha256 = sha256Hex(content);
    expect(() => verifyBundled(path, content, other)).toThrow(/md5 is [0-9a-f]{32}, the manifest says ec29112d/);
    expect(() => verifyBundled(join(bundled, 'toString'), content, manifest)).toThrow(/toString: not listed in/);
  });
});

describe('a manifest', () => {
  it.each<[string, string | null, RegExp]>([
    ['missing', null, /manifest '.*manifest\.json': no such file/],
    ['notJson', '{', /manifest\.json: offset 1: the JSON ends here/],
    ['wrongFields', '{"name":1}', /manifest\.json: name is 1: /],
  ])('that is %s is refused', async (name, text, message) => {
    const directory = await folderOf(name, text === null ? {} : { 'manifest.json': Buffer.from(text) });
    await expect(readManifest(directory)).rejects.toThrow(DatasetError);
    await expect(readManifest(directory)).rejects.toThrow(message);
  });
});

describe("a user's folder", () => {
  it('may hold MNIST, which is recognised whatever its packing', async () => {
    const files = {
      't10k-images.idx3-ubyte': gunzipSync(await readFile(join(bundled, 't10k-images-idx3-ubyte.gz'))),
      't10k-labels-idx1-ubyte': gunzipSync(await readFile(join(bundled, 't10k-labels-idx1-ubyte.gz'))),
    };
    const found = await loadMnist({ directory: await folderOf('known', files), split: 'test' });
    const expected = await loadMnist({ split: 'test' });
    expect(found.name).toBe('mnist');
    expect(found.source).toMatch(/known, recognised by checksum$/);
    expect(found.sha256).toBe(expected.sha256);
    expect(Buffer.compare(found.images, expected.images)).toBe(0);
  });

  it.each(['t10k-X-idxY-ubyte', 't10k-X-idxY-ubyte.gz', 't10k-X.idxY-ubyte', 't10k-X.idxY-ubyte.gz'])(
    'may name its files %s',
    async (pattern) => {
      const file = (part: string, rank: string, content: Uint8Array) => ({
        [pattern.replace('X', part).replace('Y', rank)]: pattern.endsWith('.gz') ? gz(content) : content,
      });
      const directory = await folderOf(pattern, { ...file('images', '3', images), ...file('labels', '1', labels) });
      const found = await loadMnist({ directory, split: 'test' });
      expect(found).toMatchObject({ name: 'custom', shape: [2, 2, 1], count: 3, split: 'test' });
      expect([[...found.labels], [...found.images]]).toEqual([[9, 0, 5], [...bytes(12)]]);
      expect(found.source).toMatch(/not a known data set$/);
      await expect(loadMnist({ directory, split: 'train' })).rejects.toThrow(
        /none of train-images-idx3-ubyte\.gz, .* is in it/,
      );
    },
  );

  const names = ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'] as const;
  it.each<[string, Uint8Array, Uint8Array, typeof DatasetError, RegExp]>([
    [
      'countMismatch',
      images,
      idx([4], bytes(4)),
      DatasetError,
      /t10k-labels.*offset 4 announces 4 labels, but .*t10k-images.* holds 3 images/,
    ],
    [
      'labelRange',
      images,
      idx([3], Uint8Array.of(1, 2, 10)),
      DatasetError,
      /t10k-labels.*: offset 10 holds label 10 \(image 2\), expected 0 to 9/,
    ],
    [
      'countMismatchPacked',
      gz(images),
      // 2^29 labels are refused by the header alone: the stream ends right behind it.
      gz(idx([2 ** 29], bytes(4))),
      DatasetError,
      /announces 536870912 labels, but .* holds 3 images/,
    ],
    ['exchanged', labels, images, FormatError, /t10k-labels.*offset 3 announces 3 dimensions, expected 1/],
    ['truncated', gz(images).subarray(0, -3), labels, FormatError, /t10k-images.*: the gzip stream is truncated/],
  ])('is refused: %s', async (name, imageFile, labelFile, ErrorClass, message) => {
    const directory = await folderOf(name, { [names[0]]: imageFile, [names[1]]: labelFile });
    await expect(loadMnist({ directory, split: 'test' })).rejects.toThrow(ErrorClass);
    await expect(loadMnist({ directory, split: 'test' })).rejects.toThrow(message);
  });

  it('is refused if it is not there, is a file, lacks a file or holds a folder in its place', async () => {
    const load = (directory: string) => loadMnist({ directory, split: 'test' });
    await expect(load(join(folder, 'none'))).rejects.toThrow(/data folder '.*none': there is no such folder/);
    const file = join(await folderOf('half', { [names[0]]: images }), names[0]);
    await expect(load(file)).rejects.toThrow(/it is not a folder/);
    await expect(load(join(folder, 'half'))).rejects.toThrow(/none of t10k-labels-idx1-ubyte\.gz, /);
    await mkdir(join(folder, 'half', names[1]));
    await expect(load(join(folder, 'half'))).rejects.toThrow(/it is a folder; name a file/);
  });

  it('is verified where it is the bundled one, however it is named', async () => {
    expect((await loadMnist({ directory: join(bundled, '..', 'mnist'), split: 'test' })).source).toBe('bundled');
    const copy = await folderOf('copy', {});
    for (const name of names) await copyFile(join(bundled, `${name}.gz`), join(copy, `${name}.gz`));
    expect((await loadMnist({ directory: copy, split: 'test' })).name).toBe('mnist');
  });
});

describe('loadDataset', () => {
  it('knows its names and names the nearest', async () => {
    expect(datasetNames).toContain('mnist');
    expect((await loadDataset('mnist', { split: 'test' })).count).toBe(10000);
    await expect(loadDataset('minst', { split: 'test' })).rejects.toThrow(
      "unknown data set 'minst', did you mean 'mnist'?; known: mnist",
    );
    await expect(loadDataset('constructor', { split: 'test' })).rejects.toThrow(DatasetError);
  });
});

describe('sliceDataset', () => {
  it('keeps the first images, their index and the hash of what is left', async () => {
    const whole = await loadMnist({ split: 'test' });
    const part = sliceDataset(whole, 7);
    expect(part).toMatchObject({ name: 'mnist', split: 'test', count: 7, shape: [28, 28, 1] });
    expect([...part.labels]).toEqual([...whole.labels.subarray(0, 7)]);
    expect([...part.images]).toEqual([...whole.images.subarray(0, 7 * 784)]);
    expect(part.sha256).toBe(
      sha256Hex(Buffer.concat([whole.images.subarray(0, 7 * 784), whole.labels.subarray(0, 7) as Uint8Array])),
    );
    expect(sliceDataset(whole, 10000)).toBe(whole);
  });

  it('takes images from the middle, each at its place in the split', async () => {
    const whole = await loadMnist({ split: 'test' });
    const part = sliceDataset(whole, 3, 9000);
    expect([...part.indices!]).toEqual([9000, 9001, 9002]);
    expect([...part.labels]).toEqual([...whole.labels.subarray(9000, 9003)]);
    expect([...part.images]).toEqual([...whole.images.subarray(9000 * 784, 9003 * 784)]);
    expect([...sliceDataset(part, 1, 2).indices!]).toEqual([9002]);
    expect(() => sliceDataset(whole, 2, 9999)).toThrow(
      'which has 1 from image 9999 on; ask for an integer from 1 to 1',
    );
  });

  it.each([0, -1, 1.5, 10001, Number.NaN])('refuses %d images', async (count) => {
    const whole = await loadMnist({ split: 'test' });
    expect(() => sliceDataset(whole, count)).toThrow(`${count} images were asked of mnist (test), which has 10000`);
  });
});
