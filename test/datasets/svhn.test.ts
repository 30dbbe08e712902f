import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatasetError, FormatError, SonicError } from '../../src/base/errors.js';
import { sha256Hex } from '../../src/base/files.js';
import { loadSvhn, SVHN_FILES } from '../../src/datasets/svhn.js';
import { compressed, element, MAT, matFile, matrix } from './matFiles.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sonic-svhn-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A byte that tells where it belongs. */
const pixel = (image: number, row: number, column: number, channel: number) =>
  (97 * image + 31 * row + 7 * column + 3 * channel) % 256;

/** X of `count` images as MATLAB lays it out: rows fastest, then columns, channels, images. */
function columnMajor(count: number): Uint8Array {
  const data: number[] = [];
  for (let image = 0; image < count; image++)
    for (let channel = 0; channel < 3; channel++)
      for (let column = 0; column < 32; column++)
        for (let row = 0; row < 32; row++) data.push(pixel(image, row, column, channel));
  return Uint8Array.from(data);
}

const X = (count: number, data = columnMajor(count)) => matrix({ name: 'X', dimensions: [32, 32, 3, count], data });
const y = (...labels: number[]) => matrix({ name: 'y', dimensions: [labels.length, 1], data: Uint8Array.from(labels) });

const bytesOf = (count: number) => new Uint8Array(count).fill(1);
const other = matrix({ name: 'other', dimensions: [8, 1], data: bytesOf(8) });
const packed = deflateSync(X(1));

/** A compressed element of any bytes, which says that it has `length`. */
function stream(content: Uint8Array, length = content.length): Buffer {
  return Buffer.concat([sized(element(MAT.compressed, new Uint8Array(0)), length), content]);
}

/** An element with another number at `offset`: by default its length. */
function sized(whole: Buffer, length: number, offset = 4): Buffer {
  const changed = Buffer.from(whole);
  changed.writeUInt32LE(length, offset);
  return changed;
}

async function load(content: Uint8Array, split: 'train' | 'test' = 'test') {
  await writeFile(join(folder, SVHN_FILES[split].name), content);
  return loadSvhn({ directory: folder, split });
}

describe('an SVHN file', () => {
  it.each<[string, Uint8Array]>([
    ['compressed as published', matFile(compressed(X(3)), compressed(y(10, 1, 9)))],
    ['plain', matFile(X(3), y(10, 1, 9))],
    ['labels first', matFile(compressed(y(10, 1, 9)), X(3))],
    [
      'among other variables, some of them no numbers',
      matFile(
        matrix({ name: 'remark', dimensions: [1, 5], data: Buffer.from('hello'), arrayClass: 4 }),
        compressed(matrix({ name: 'Xother', dimensions: [40, 1], data: new Uint8Array(40) })),
        compressed(X(3)),
        compressed(y(10, 1, 9)),
      ),
    ],
    [
      'labels as doubles',
      matFile(
        X(3),
        matrix({
          name: 'y',
          dimensions: [3, 1],
          data: new Uint8Array(Float64Array.of(10, 1, 9).buffer),
          arrayClass: 6,
          storage: MAT.double,
        }),
      ),
    ],
  ])('is read: %s', async (_, content) => {
    const svhn = await load(content);
    expect(svhn).toMatchObject({ name: 'custom', split: 'test', shape: [32, 32, 3], classes: 10, count: 3 });
    expect([...svhn.labels]).toEqual([0, 1, 9]);
    const expected: number[] = [];
    for (let image = 0; image < 3; image++)
      for (let row = 0; row < 32; row++)
        for (let column = 0; column < 32; column++)
          for (let channel = 0; channel < 3; channel++) expected.push(pixel(image, row, column, channel));
    expect([...svhn.images]).toEqual(expected);
    expect(svhn.sha256).toBe(sha256Hex(Buffer.concat([svhn.images, svhn.labels as Uint8Array])));
  });

  it('may hold one image, whose last dimension MATLAB drops, and is found beside the file that is named', async () => {
    const one = matFile(matrix({ name: 'X', dimensions: [32, 32, 3], data: columnMajor(1) }), y(4));
    await writeFile(join(folder, 'train_32x32.mat'), one);
    const named = await loadSvhn({ directory: join(folder, 'train_32x32.mat'), split: 'train' });
    expect([named.count, ...named.labels]).toEqual([1, 4]);
  });

  it('is known by its checksum', async () => {
    const content = matFile(compressed(X(1)), y(3));
    const { createHash } = await import('node:crypto');
    const md5 = createHash('md5').update(content).digest('hex');
    await writeFile(join(folder, 'test_32x32.mat'), content);
    const official = { ...SVHN_FILES, test: { ...SVHN_FILES.test, md5 } };
    expect((await loadSvhn({ directory: folder, split: 'test' }, official)).name).toBe('svhn');
  });

  const whole = matFile(compressed(X(2)), compressed(y(1, 2)));
  const header = (change: (bytes: Buffer) => void) => {
    const copy = Buffer.from(whole);
    change(copy);
    return copy;
  };
  it.each<[string, Uint8Array, new (message: string) => SonicError, RegExp]>([
    [
      'nothing',
      new Uint8Array(),
      FormatError,
      /test_32x32\.mat: ends at offset 0, 128 bytes short of the 128-byte header/,
    ],
    ['no MAT-file', new Uint8Array(200), FormatError, /offset 126 holds no byte-order mark/],
    ['another version', header((b) => b.writeUInt16LE(0x0200, 124)), FormatError, /offset 124 holds version 0x200/],
    [
      'an unknown element',
      matFile(element(3, new Uint8Array(8))),
      FormatError,
      /offset 128 holds an element of type 3/,
    ],
    ['no y', matFile(X(1)), DatasetError, /holds no array y/],
    ['no X', matFile(y(1)), DatasetError, /holds no array X/],
    ['label 0', matFile(X(2), y(1, 0)), DatasetError, /label 0 \(image 1\), expected 1 to 10/],
    ['label 11', matFile(X(1), y(11)), DatasetError, /label 11 \(image 0\)/],
    ['too few labels', matFile(X(3), y(1, 2)), DatasetError, /y holds 2 labels for 3 images/],
    [
      'grey images',
      matFile(matrix({ name: 'X', dimensions: [32, 32, 1, 3], data: new Uint8Array(3072) }), y(1, 1, 1)),
      DatasetError,
      /X is 32 x 32 x 1 x 3 of uint8, expected 32 x 32 x 3 x images/,
    ],
    [
      'more data than dimensions',
      matFile(matrix({ name: 'X', dimensions: [32, 32, 3, 1], data: columnMajor(2) }), y(1)),
      FormatError,
      /announces 6144 bytes of type 2 for array 'X' of 32 x 32 x 3 x 1, which has 3072/,
    ],
    [
      'negative dimensions',
      matFile(matrix({ name: 'X', dimensions: [32, 32, -3, -1], data: columnMajor(1) })),
      FormatError,
      /announces the dimensions 32 x 32 x -3 x -1/,
    ],
    [
      'more images than the file can hold',
      // The tag says so too: 2^20 images of 3,072 bytes.
      matFile(compressed(hugeX())),
      DatasetError,
      /X is 32 x 32 x 3 x 1048576 of uint8, expected .*\(as many images as a file of \d+ bytes can hold\)/,
    ],
    ...(
      [
        ['cut', stream(packed.subarray(0, -5)), /data are damaged \(unexpected end of file\)/],
        ['cut in its middle', stream(packed.subarray(0, packed.length >> 1)), /\(unexpected end of file\)/],
        ['empty', stream(Buffer.alloc(0)), /\(unexpected end of file\)/],
        ['no stream', stream(Buffer.from('no stream at all')), /\(incorrect header check\)/],
        ['of another checksum', stream(Buffer.concat([packed.subarray(0, -4), Buffer.alloc(4)])), /data check/],
        ['with bytes behind its end', stream(Buffer.concat([packed, Buffer.alloc(14)])), /14 of its \d+ bytes follow/],
        ['with many behind its end', stream(Buffer.concat([packed, Buffer.alloc(3e6)])), /3000000 of its \d+ bytes/],
        ['followed by itself', stream(Buffer.concat([packed, packed])), /bytes follow the end of the compressed data/],
        ['in itself', compressed(compressed(X(1))), /holds an element of type 15/],
        ['longer than the file', stream(packed, 2 ** 32 - 1), /bytes (short of a compressed element|follow the end)/],
        ['of 2^31 bytes', stream(packed, 2 ** 31), /bytes (short of a compressed element|follow the end)/],
        [
          'that unpacks to 4 GiB',
          compressed(sized(X(1), 2 ** 32 - 8)),
          /ends at offset \d+, \d+ bytes short of an array/,
        ],
      ] as const
    ).map(([what, content, message]): [string, Uint8Array, typeof FormatError, RegExp] => [
      `a compressed element ${what}`,
      matFile(content, compressed(y(1))),
      FormatError,
      message,
    ]),
    [
      'flags of 2^31 bytes',
      matFile(sized(X(1), 2 ** 31, 12)),
      FormatError,
      /announces 2147483648 bytes for an array's/,
    ],
    ['images twice', matFile(X(1), compressed(X(1)), y(1)), DatasetError, /holds array X twice/],
    ['labels twice', matFile(X(1), y(1), y(2)), DatasetError, /holds array y twice/],
    ['5,000 others', matFile(...Array(5000).fill(other)), FormatError, /holds more than 4096 elements/],
    [
      'a name that a terminal would obey',
      matFile(sized(matrix({ name: '\x1b[2J\n', dimensions: [1, 1], data: bytesOf(8) }), 99, 64)),
      FormatError,
      /array '\\u001b\[2J\\u000a' of 1 x 1/,
    ],
    [
      'something behind its array',
      matFile(compressed(Buffer.concat([X(1), y(1)]))),
      FormatError,
      /holds more than its array/,
    ],
  ])('is refused: %s', async (_, content, ErrorClass, message) => {
    await expect(load(content)).rejects.toThrow(ErrorClass);
    await expect(load(content)).rejects.toThrow(message);
  });

  function hugeX(): Buffer {
    const huge = X(1);
    // Tag 8, flags 16, dimensions tag 8 and 16, name 8, tag 8.
    huge.writeUInt32LE(2 ** 20 * 3072, 60);
    huge.writeInt32LE(2 ** 20, 44);
    huge.writeUInt32LE(2 ** 20 * 3072 + 56, 4);
    return huge;
  }

  /** Anything but a clear error or a data set fails. */
  async function survives(content: Uint8Array): Promise<boolean> {
    try {
      await load(content);
      return true;
    } catch (error) {
      expect(error).toBeInstanceOf(SonicError);
      expect((error as Error).message).toMatch(/^\P{Cc}+$/u);
      return false;
    }
  }

  it('is refused, truncated anywhere but between its two variables', async () => {
    const between = matFile(compressed(X(2))).length;
    const step = Math.ceil(whole.length / 150);
    for (let length = 0; length < whole.length; length += length < 200 ? 1 : step)
      expect(await survives(whole.subarray(0, length)), `${length}`).toBe(false);
    await expect(load(whole.subarray(0, between))).rejects.toThrow(/holds no array y/);
    expect(await survives(whole)).toBe(true);
  });

  it('is refused or read, never worse, with any bit of its structure flipped', async () => {
    const small = matFile(X(1), compressed(y(7)));
    const structure = [...Array(200).keys(), ...Array.from({ length: small.length - 3270 }, (_, i) => 3270 + i)];
    for (const byte of structure) {
      const flipped = Buffer.from(small);
      flipped[byte]! ^= 1 << (byte % 8);
      await survives(flipped);
    }
    const packed = compressed(X(2));
    packed[60]! ^= 4;
    await expect(load(matFile(packed, y(1, 2)))).rejects.toThrow(FormatError);
  });

  it('is read in bounded memory: its images and little more', async () => {
    // 15 MB of images behind another array of 128 MiB that nobody asked for, 0.1 MB in the file.
    const count = 5000;
    const other = matrix({ name: 'other', dimensions: [2 ** 27, 1], data: new Uint8Array(2 ** 27) });
    const content = matFile(
      compressed(other),
      compressed(X(count, new Uint8Array(count * 3072))),
      y(...new Array<number>(count).fill(10)),
    );
    await writeFile(join(folder, 'test_32x32.mat'), content);
    const peaks: number[] = [];
    const timer = setInterval(() => peaks.push(process.memoryUsage().arrayBuffers), 5);
    const before = process.memoryUsage().arrayBuffers;
    const { images } = await loadSvhn({ directory: folder, split: 'test' });
    clearInterval(timer);
    expect(images.length).toBe(count * 3072);
    expect(peaks.length).toBeGreaterThan(5);
    expect(Math.max(...peaks) - before).toBeLessThan(images.length + 2 ** 26);
  });

  it('is asked for by name where it is missing', async () => {
    const empty = await mkdtemp(join(folder, 'empty-'));
    await expect(loadSvhn({ directory: empty, split: 'train' })).rejects.toThrow(
      /SVHN file '.*train_32x32\.mat': there is no such file or folder; put it there/,
    );
    await expect(loadSvhn({ directory: join(empty, 'none'), split: 'train' })).rejects.toThrow(DatasetError);
    await expect(loadSvhn({ directory: undefined, split: 'train' })).rejects.toThrow(/SVHN is not bundled/);
  });
});
