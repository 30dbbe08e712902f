import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatasetError } from '../../src/base/errors.js';
import { type Bytes, readBytes } from '../../src/base/storedBytes.js';
import { loadImageFolder } from '../../src/datasets/imageFolder.js';
import { sliceDataset } from '../../src/datasets/slice.js';

let folder: string;
let made = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sonic-images-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Colour = readonly [number, number, number];
const [RED, GREEN, BLUE] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
] as const;

/** A PNG of vertical stripes of equal width. */
async function png(width: number, height: number, ...colours: Colour[]): Promise<Buffer> {
  const pixels = Buffer.alloc(width * height * 3);
  for (let at = 0; at < width * height; at++)
    pixels.set(colours[Math.floor(((at % width) * colours.length) / width)]!, 3 * at);
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

async function folderOf(files: Record<string, Uint8Array | string>): Promise<string> {
  const root = join(folder, `set${made++}`);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
  return root;
}

const SHAPE = [4, 4, 3] as const;
const pixelOf = (images: Bytes, image: number, row: number, column: number) => [
  ...readBytes(images).subarray((image * 16 + row * 4 + column) * 3, (image * 16 + row * 4 + column) * 3 + 3),
];

describe('an image folder', () => {
  it('is read class by class in the order of the names, whatever the order on disk', async () => {
    const directory = await folderOf({
      'test/b/2.png': await png(4, 4, GREEN),
      'test/b/10.PNG': await png(4, 4, BLUE),
      'test/a/x.jpg': await sharp(await png(8, 8, RED))
        .jpeg({ quality: 100 })
        .toBuffer(),
      'test/a/notes.txt': 'no image',
      'test/C/1.webp': await sharp(await png(4, 4, BLUE))
        .webp({ lossless: true })
        .toBuffer(),
      'train/a/1.png': await png(4, 4, RED),
      'train/b/1.png': await png(4, 4, RED),
      'train/C/1.png': await png(4, 4, RED),
    });
    const test = await loadImageFolder({ directory, split: 'test', shape: SHAPE });
    // Upper case comes before lower case, '10' before '2'.
    expect([...test.labels]).toEqual([0, 1, 2, 2]);
    expect(test).toMatchObject({ name: 'image-folder', classes: 3, count: 4, shape: SHAPE, split: 'test' });
    expect([0, 2, 3].map((image) => pixelOf(test.images, image, 1, 2))).toEqual([BLUE, BLUE, GREEN]);
    const [r, g, b] = pixelOf(test.images, 1, 2, 2) as [number, number, number];
    expect(r).toBeGreaterThan(245);
    expect(Math.max(g, b)).toBeLessThan(10);
    expect((await loadImageFolder({ directory, split: 'train', shape: SHAPE })).count).toBe(3);
    expect((await loadImageFolder({ directory, split: 'test', shape: SHAPE })).sha256).toBe(test.sha256);
  });

  it('decodes the images that are wanted and no others, one of each class in turn', async () => {
    const directory = await folderOf({
      'a/1.png': await png(4, 4, RED),
      'a/2.png': await png(4, 4, GREEN),
      'a/3.png': 'no picture at all',
      'b/1.png': await png(4, 4, BLUE),
      'c/1.png': await png(4, 4, GREEN),
      'c/2.png': 'nor this',
    });
    const load = (first?: number) => loadImageFolder({ directory, split: 'test', shape: SHAPE, first });
    const set = await load(4);
    expect([...set.labels]).toEqual([0, 1, 2, 0]);
    expect([0, 1, 2, 3].map((image) => pixelOf(set.images, image, 0, 0))).toEqual([RED, BLUE, GREEN, GREEN]);
    expect(set.files!.classes.map(({ images }) => images)).toEqual([3, 1, 2]);
    expect((await load(2)).sha256).toBe(sliceDataset(set, 2).sha256);
    // One more meets the first that is damaged.
    await expect(load(5)).rejects.toThrow(/c\/2\.png/);
    await expect(load()).rejects.toThrow(/(c\/2|a\/3)\.png/);
  });

  it('may hold more than the memory where few are wanted', async () => {
    const directory = await folderOf({
      'a/1.png': await png(4, 4, RED),
      'a/2.png': await png(4, 4, RED),
      'b/1.png': await png(4, 4, GREEN),
    });
    const shape = [2 ** 19, 2 ** 19, 3] as const;
    await expect(loadImageFolder({ directory, split: 'test', shape })).rejects.toThrow(
      /3 images of .* at most 1099511627776 bytes .*; run fewer with --images/,
    );
  });

  it('scales images until they cover the shape and keeps their middle', async () => {
    // 12 x 4: the middle third stays. 4 x 12 turned by EXIF becomes 12 x 4.
    const wide = await png(12, 4, RED, GREEN, BLUE);
    const upright = await sharp(wide).rotate(90).withMetadata({ orientation: 8 }).png().toBuffer();
    const directory = await folderOf({
      'a/large.png': await png(48, 16, RED, GREEN, BLUE),
      'a/wide.png': wide,
      'b/turned.png': upright,
    });
    const { images } = await loadImageFolder({ directory, split: 'test', shape: SHAPE });
    for (const image of [1, 2]) expect(pixelOf(images, image, 0, 0), `${image}`).toEqual(GREEN);
    for (const [row, column] of [
      [0, 1],
      [3, 2],
    ] as const)
      for (const [c, value] of pixelOf(images, 0, row, column).entries())
        expect(Math.abs(value - GREEN[c]!)).toBeLessThan(4);
  });

  it('gives grey levels to a network that takes one channel, and black behind what is transparent', async () => {
    const clear = await sharp({
      create: { width: 4, height: 4, channels: 4, background: { r: 255, g: 255, b: 255, alpha: 0 } },
    })
      .png()
      .toBuffer();
    const directory = await folderOf({ 'a/grey.png': await png(4, 4, [90, 90, 90]), 'b/clear.png': clear });
    const { images } = await loadImageFolder({ directory, split: 'test', shape: [4, 4, 1] });
    expect([...readBytes(images)]).toEqual([...new Array(16).fill(90), ...new Array(16).fill(0)]);
  });

  it('is refused where files or folders are not what they must be', async () => {
    const good = await png(4, 4, RED);
    const refused = async (
      files: Record<string, Uint8Array | string>,
      message: RegExp,
      split: 'train' | 'test' = 'test',
    ) => {
      const directory = await folderOf(files);
      await expect(loadImageFolder({ directory, split, shape: SHAPE })).rejects.toThrow(DatasetError);
      await expect(loadImageFolder({ directory, split, shape: SHAPE })).rejects.toThrow(message);
    };
    await refused({ 'a/1.png': good, 'b/2.png': good.subarray(0, 40) }, /image '.*b\/2\.png': /);
    await refused({ 'a/1.png': good, 'b/2.png': 'text' }, /image '.*b\/2\.png': /);
    await refused({ 'a/1.png': good }, /has 1 subfolders, 2 to 65536 classes/);
    await refused({ 'a/1.png': good, 'b/1.txt': '' }, /image folder '.*b': has no images/);
    await refused({ 'a/1.png': good, 'b/1.png': good }, /has no folders train and test/, 'train');
    await refused(
      { 'train/a/1.png': good, 'train/b/1.png': good, 'test/a/1.png': good, 'test/c/1.png': good },
      /class 'c' is in only one of train and test/,
    );
    await refused({ 'train/a/1.png': good, 'train/b/1.png': good }, /has no test folder beside the other/);
    const directory = await folderOf({ 'a/1.png': good, 'b/1.png': good });
    await expect(loadImageFolder({ directory: join(directory, 'none'), split: 'test', shape: SHAPE })).rejects.toThrow(
      /there is no such folder/,
    );
    await expect(loadImageFolder({ directory, split: 'test', shape: [4, 4, 2] })).rejects.toThrow(
      /the network takes 2/,
    );
    await expect(loadImageFolder({ directory, split: 'test' })).rejects.toThrow(/the network takes no images/);
  });

  it('refuses a picture that would fill the memory before decoding it', async () => {
    const directory = await folderOf({ 'a/1.png': await png(4, 4, RED), 'b/bomb.png': hugePng() });
    await expect(loadImageFolder({ directory, split: 'test', shape: SHAPE })).rejects.toThrow(
      /bomb\.png': .*pixel limit/,
    );
  });
});

describe('what lies in an image folder', () => {
  const load = (directory: string) => loadImageFolder({ directory, split: 'test', shape: SHAPE });

  const DEBRIS_FOLDERS = ['.git', '.ipynb_checkpoints', '__MACOSX', '.Trashes', '$RECYCLE.BIN', '@eaDir', '._a'];
  it.each(DEBRIS_FOLDERS)('is no class where it is debris: %s', async (name) => {
    const good = await png(4, 4, RED);
    const directory = await folderOf({ 'a/1.png': good, 'b/1.png': good, [`${name}/1.png`]: good });
    const set = await load(directory);
    expect(set).toMatchObject({ classes: 2, classNames: ['a', 'b'], count: 2 });
    expect(set.files!.beside).toEqual({ count: 1, examples: [name] });
  });

  const DEBRIS_FILES = ['._1.png', '.DS_Store', '.hidden.jpg', 'Thumbs.db', 'desktop.ini', '__MACOSX', 'notes.txt'];
  it.each(DEBRIS_FILES)('is no image where it is debris: %s', async (name) => {
    const good = await png(4, 4, RED);
    const directory = await folderOf({ 'a/1.png': good, [`a/${name}`]: 'no image', 'b/1.png': good, [name]: 'x' });
    const { files, labels } = await load(directory);
    const skipped = { count: 1, examples: [name] };
    expect([...labels]).toEqual([0, 1]);
    expect(files!.classes).toEqual([
      { name: 'a', images: 1, skipped },
      { name: 'b', images: 1, skipped: { count: 0, examples: [] } },
    ]);
    expect(files!.beside).toEqual(skipped);
  });

  it('does not count for the classes of the other split either', async () => {
    const good = await png(4, 4, RED);
    const directory = await folderOf({
      'test/a/1.png': good,
      'test/b/1.png': good,
      'train/a/1.png': good,
      'train/b/1.png': good,
      'train/.ipynb_checkpoints/1.png': good,
    });
    expect((await load(directory)).classes).toBe(2);
  });

  it('is read through links: of a split, a class, an image', async () => {
    const [red, blue] = [await png(4, 4, RED), await png(4, 4, BLUE)];
    const elsewhere = await folderOf({ 'one/1.png': red, 'two.dat': blue });
    const directory = await folderOf({ 'split/b/1.png': blue });
    await symlink('split', join(directory, 'test'));
    await symlink(join(elsewhere, 'one'), join(directory, 'split/a'));
    await symlink(join(elsewhere, 'two.dat'), join(directory, 'split/b/2.png'));
    const set = await load(directory);
    expect([...set.labels]).toEqual([0, 1, 1]);
    expect([0, 1, 2].map((image) => pixelOf(set.images, image, 0, 0))).toEqual([RED, BLUE, BLUE]);
    expect(set.files!.classes.map(({ images }) => images)).toEqual([1, 2]);
  });

  it.each([
    ['a class that is a link to nowhere', 'c', 'nowhere', /c': is a link to what is not there/],
    ['an image that is a link to nowhere', 'a/2.png', 'nowhere', /a\/2\.png': is a link to what is not there/],
    ['links in a circle', 'c', 'c', /c': its links point in a circle/],
    ['an image in a circle of links', 'a/2.png', '2.png', /a\/2\.png': its links point in a circle/],
    ['one class twice', 'c', 'a', /c': is the same folder as '.*a', through a link/],
    ['the folder itself as a class', 'c', '.', /c': is the same folder as '.*', through a link/],
    ['the folder above as a class', 'c', '..', /c': has no images/],
    ['a device as an image', 'a/2.png', '/dev/zero', /a\/2\.png': is not a regular file/],
  ])('is named and refused: %s', async (_, name, target, message) => {
    const good = await png(4, 4, RED);
    const directory = join(await folderOf({ 'in/a/1.png': good, 'in/b/1.png': good }), 'in');
    await symlink(target, join(directory, name));
    await expect(load(directory)).rejects.toThrow(DatasetError);
    await expect(load(directory)).rejects.toThrow(message);
  });

  it('is passed over and counted where it is a link that is no image: to a folder, to nowhere', async () => {
    const good = await png(4, 4, RED);
    const directory = await folderOf({ 'a/1.png': good, 'b/1.png': good });
    await symlink('.', join(directory, 'a/loop'));
    await symlink('.', join(directory, 'a/loop.png'));
    await symlink('nowhere', join(directory, 'a/readme'));
    await symlink('nowhere', join(directory, 'a/._x.png'));
    const { files, count } = await load(directory);
    expect([count, files!.classes[0]]).toEqual([
      2,
      { name: 'a', images: 1, skipped: { count: 4, examples: ['._x.png', 'loop', 'loop.png'] } },
    ]);
  });

  it('is refused as a pipe', async () => {
    const good = await png(4, 4, RED);
    const directory = await folderOf({ 'a/1.png': good, 'b/1.png': good });
    execFileSync('mkfifo', [join(directory, 'b/2.png')]);
    await expect(load(directory)).rejects.toThrow(/b\/2\.png': is not a regular file/);
  });

  it('may have more classes than a byte tells apart', async () => {
    const good = await png(4, 4, RED);
    const names = Array.from({ length: 300 }, (_, i) => `c${String(i).padStart(3, '0')}`);
    const set = await load(await folderOf(Object.fromEntries(names.map((name) => [`${name}/1.png`, good]))));
    expect([...set.labels]).toEqual(names.map((_, i) => i));
  });

  it('is refused with a file of more bytes than any picture has', async () => {
    const good = await png(4, 4, RED);
    const directory = await folderOf({ 'a/1.png': good, 'b/2.png': good });
    await truncate(join(directory, 'b/2.png'), 2 ** 40);
    await expect(load(directory)).rejects.toThrow(/b\/2\.png': has 1099511627776 bytes, at most 268435456 are read/);
  });

  it.each([
    ['an SVG by the name of a PNG', '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>', /format svg/],
    ['an empty file', '', /b\/2\.png': /],
  ])('is decoded by its content only: %s', async (_, content, message) => {
    const good = await png(4, 4, RED);
    await expect(load(await folderOf({ 'a/1.png': good, 'b/2.png': content }))).rejects.toThrow(message);
  });
});

function chunk(type: string, data: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** A sound PNG of 12,000 x 12,000 black pixels, 140 kB. */
function hugePng(): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(12_000, 0);
  header.writeUInt32BE(12_000, 4);
  header.set([8, 0, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(new Uint8Array(12_000 * 12_001))),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

/** CRC-32 of ISO 3309, bit by bit. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
