import { symlink, truncate } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { MissingSplitError } from '../../../src/base/errors.js';
import { loadCifar10 } from '../../../src/datasets/cifar10.js';
import { loadStl10 } from '../../../src/datasets/stl10.js';
import { loadSvhn } from '../../../src/datasets/svhn.js';
import { loadExperimentData } from '../../../src/experiments/run/loadExperiment.js';
import { bytes, gz, idx } from '../../datasets/idxFiles.js';
import { tar } from '../../datasets/tarFiles.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();
const picture = sharp({ create: { width: 4, height: 4, channels: 3, background: '#808080' } })
  .png()
  .toBuffer();
let made = 0;

/** A folder of files; null for a link to nowhere. */
async function folderOf(files: Record<string, Uint8Array | string | null>): Promise<string> {
  const name = `set${made++}`;
  await folder.file(`${name}/keep.txt`, '');
  for (const [file, content] of Object.entries(files)) {
    if (content !== null) await folder.file(`${name}/${file}`, content);
    else await symlink('nowhere', folder.path(`${name}/${file}`));
  }
  return folder.path(name);
}

const IMAGES = idx([3, 4, 4], bytes(48));
const LABELS = idx([3], Uint8Array.of(0, 1, 2));
const TEST = { 't10k-images-idx3-ubyte': IMAGES, 't10k-labels-idx1-ubyte': LABELS };
const network = { inputShape: [4, 4, 1], preprocessing: { scale: 1, mean: [0], std: [1] } };
const load = (name: string, directory: string) => loadExperimentData(name, network, directory);

describe('the training split, to calibrate on', () => {
  it('is used where it is there', async () => {
    const directory = await folderOf({
      ...TEST,
      'train-images-idx3-ubyte.gz': gz(idx([2, 4, 4], bytes(32))),
      'train-labels-idx1-ubyte': idx([2], Uint8Array.of(0, 1)),
    });
    const { calibrationSet } = await load('mnist', directory);
    expect(calibrationSet).toMatchObject({ split: 'train', count: 2 });
    expect(calibrationSet.fallback).toBeUndefined();
  });

  it.each([
    ['mnist', async () => folderOf(TEST)],
    ['image-folder', async () => folderOf({ 'a/1.png': await picture, 'b/1.png': await picture })],
    ['image-folder', async () => folderOf({ 'test/a/1.png': await picture, 'test/b/1.png': await picture })],
  ])('is stood for by the test images where there is none: %s', async (name, make) => {
    const { evaluated, calibrationSet } = await load(name, await make());
    expect(calibrationSet).toMatchObject({ split: 'test', fallback: 'the data have no training split' });
    expect(calibrationSet.sha256).toBe(evaluated.sha256);
    expect(evaluated.fallback).toBeUndefined();
  });

  it.each([
    ['labels without images', { 'train-labels-idx1-ubyte': LABELS }, /none of train-images/],
    ['images without labels', { 'train-images-idx3-ubyte': IMAGES }, /none of train-labels/],
    [
      'as many labels as it should not have',
      { 'train-images-idx3-ubyte': IMAGES, 'train-labels-idx1-ubyte': idx([2], bytes(2)) },
      /announces 2 labels, but .* holds 3 images/,
    ],
    [
      'a label that is no digit',
      { 'train-images-idx3-ubyte': IMAGES, 'train-labels-idx1-ubyte': idx([3], Uint8Array.of(0, 1, 77)) },
      /holds label 77/,
    ],
    [
      'images cut off',
      { 'train-images-idx3-ubyte': IMAGES.subarray(0, -1), 'train-labels-idx1-ubyte': LABELS },
      /train-images-idx3-ubyte: the header announces/,
    ],
    [
      'a damaged gzip stream',
      { 'train-images-idx3-ubyte.gz': gz(IMAGES).subarray(0, -6), 'train-labels-idx1-ubyte': LABELS },
      /train-images-idx3-ubyte\.gz: the gzip stream is truncated/,
    ],
    ['a link to nowhere', { 'train-images-idx3-ubyte': null, 'train-labels-idx1-ubyte': LABELS }, /train-images/],
    ['an empty file', { 'train-images-idx3-ubyte': '', 'train-labels-idx1-ubyte': LABELS }, /ends at offset 0/],
  ])('is an error where it is damaged: %s', async (_, files, message) => {
    const loading = load('mnist', await folderOf({ ...TEST, ...files }));
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.not.toBeInstanceOf(MissingSplitError);
  });

  it.each([
    ['an image cut off', async () => ({ 'train/b/1.png': (await picture).subarray(0, 30) }), /train\/b\/1\.png/],
    ['a class without images', async () => ({ 'train/b/notes.txt': 'x' }), /train\/b': has no images/],
    ['a class fewer', async () => ({}), /class 'b' is in only one of train and test/],
  ])('is an error in an image folder: %s', async (_, make, message) => {
    const good = await picture;
    const directory = await folderOf({
      'test/a/1.png': good,
      'test/b/1.png': good,
      'train/a/1.png': good,
      ...(await make()),
    });
    await expect(load('image-folder', directory)).rejects.toThrow(message);
  });

  it('is an error in an image folder where it is a link to nowhere', async () => {
    const good = await picture;
    const directory = await folderOf({ 'test/a/1.png': good, 'test/b/1.png': good, train: null });
    await expect(load('image-folder', directory)).rejects.toThrow(/train': is a link to what is not there/);
  });
});

describe('a split of other formats', () => {
  const archive = (name: string) => folder.file(`${made++}.tar`, tar({ name, content: bytes(10) }));
  it.each([
    ['CIFAR-10', loadCifar10, 'data_batch_3.bin'],
    ['STL-10', loadStl10, 'train_y.bin'],
    ['SVHN', loadSvhn, 'train_32x32.mat'],
  ])('is missing where nothing of it is there, damaged where a part is: %s', async (title, loader, file) => {
    const split = 'train';
    const none = await folderOf({ 'other.bin': 'x' });
    await expect(loader({ directory: none, split })).rejects.toBeInstanceOf(MissingSplitError);
    for (const content of ['', null]) {
      const part = await folderOf({ [file]: content });
      await expect(loader({ directory: part, split })).rejects.not.toBeInstanceOf(MissingSplitError);
      await expect(loader({ directory: part, split })).rejects.toThrow(/batch|STL-10 file|train_32x32/);
    }
    if (title === 'SVHN') return;
    await expect(loader({ directory: await archive('x'), split })).rejects.toBeInstanceOf(MissingSplitError);
    await expect(loader({ directory: await archive(file), split })).rejects.not.toBeInstanceOf(MissingSplitError);
  });

  it('is damaged where its file is cut', async () => {
    const file = await folder.file('cut/train_32x32.mat', bytes(500));
    await truncate(file, 200);
    await expect(loadSvhn({ directory: folder.path('cut'), split: 'train' })).rejects.not.toBeInstanceOf(
      MissingSplitError,
    );
  });
});
