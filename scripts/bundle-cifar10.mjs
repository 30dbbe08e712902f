#!/usr/bin/env node
/**
 * Makes datasets/cifar10/ again from the official archive: the first 100 test images of each class in the split's order,
 * and the first 200 training images, in the official record format, with a manifest.
 *
 *     node scripts/bundle-cifar10.mjs cifar-10-binary.tar.gz
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments, refuseArguments } from './arguments.mjs';

const [archive] = readArguments({ most: 1 }).positionals;
if (!archive) refuseArguments('name the official archive: node scripts/bundle-cifar10.mjs cifar-10-binary.tar.gz');

const [IMAGE_BYTES, PLANE, CHANNELS] = [3072, 1024, 3];
const [PER_CLASS, TRAINING_IMAGES] = [100, 200];

const scripts = dirname(fileURLToPath(import.meta.url));
const built = spawnSync(process.execPath, [join(scripts, 'build.mjs')], { stdio: 'inherit' });
if (built.status !== 0) process.exit(built.status ?? 1);
const { loadCifar10 } = await import('../dist/datasets/cifar10.js');
const { SonicError } = await import('../dist/base/errors.js');

/** Records of the images at `indices`: label, then reds, greens, blues. */
function records({ images, labels }, indices) {
  const out = Buffer.alloc(indices.length * (1 + IMAGE_BYTES));
  for (const [i, index] of indices.entries()) {
    const at = i * (1 + IMAGE_BYTES);
    out[at] = labels[index];
    for (let pixel = 0; pixel < PLANE; pixel++) {
      for (let c = 0; c < CHANNELS; c++)
        out[at + 1 + c * PLANE + pixel] = images[index * IMAGE_BYTES + pixel * CHANNELS + c];
    }
  }
  return out;
}

const hash = (algorithm, bytes) => createHash(algorithm).update(bytes).digest('hex');

const describe = (bytes, count, partOf) => ({
  bytes: bytes.length,
  count,
  md5: hash('md5', bytes),
  sha256: hash('sha256', bytes),
  partOf,
});

async function bundle(archive) {
  const test = await loadCifar10({ directory: archive, split: 'test' });
  const train = await loadCifar10({ directory: archive, split: 'train' });
  const taken = new Array(test.classes).fill(0);
  const indices = [];
  for (let i = 0; i < test.count; i++) if (taken[test.labels[i]]++ < PER_CLASS) indices.push(i);
  const subset = records(test, indices);
  const first = records(train, [...Array(TRAINING_IMAGES).keys()]);
  const folder = join(dirname(scripts), 'datasets', 'cifar10');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'test_subset_1000.bin'), subset);
  writeFileSync(join(folder, 'train_first_200.bin'), first);
  const manifest = {
    name: 'cifar10',
    title: 'CIFAR-10, a part of it',
    authors: ['Alex Krizhevsky', 'Vinod Nair', 'Geoffrey Hinton'],
    source: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
    licence:
      'none stated; the authors ask to cite: Alex Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009',
    changes:
      'records selected: the first 100 test images of each class, in the order of the split, and the first 200 training images; each record as published',
    shape: [32, 32, 3],
    classes: 10,
    files: {
      'test_subset_1000.bin': { ...describe(subset, indices.length, test.count), indices },
      'train_first_200.bin': describe(first, TRAINING_IMAGES, train.count),
    },
  };
  const text = JSON.stringify(manifest, null, 2).replace(
    /\[\s+([\d,\s]+?)\s+\]/g,
    (_, list) => `[${list.replace(/\s+/g, ' ')}]`,
  );
  writeFileSync(join(folder, 'manifest.json'), `${text}\n`);
  console.log(`${indices.length} test images (${indices[0]} to ${indices.at(-1)}), ${TRAINING_IMAGES} training images`);
}

try {
  await bundle(archive);
} catch (error) {
  if (!(error instanceof SonicError)) throw error;
  console.error(`bundle-cifar10: ${error.message}`);
  process.exit(error.exitCode);
}
