/** The accuracies of the bundled networks' manifests, on all test images. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadTf } from '../../src/base/tensorflow/tf.js';
import { loadDataset } from '../../src/datasets/index.js';
import { loadCheckpoint } from '../../src/networks/formats/checkpoint.js';
import { digitalAccuracy } from '../../src/training/evaluate.js';
import type { TrainingManifest } from '../../src/training/trainingManifest.js';
import { CIFAR10, isThere } from '../networks/formats/foreignFiles.js';

const path = (name: string) => fileURLToPath(new URL(`../../checkpoints/${name}`, import.meta.url));
const manifestOf = (name: string) =>
  JSON.parse(readFileSync(path(`${name}.manifest.json`), 'utf8')) as TrainingManifest;

describe.each([
  ['mnist', 0.9947],
  ['mnist-3x3', 0.9942],
])('the bundled checkpoint %s', (name, stated) => {
  it('is right on as many of all 10,000 test images as its manifest says', async () => {
    const manifest = manifestOf(name);
    const checkpoint = await loadCheckpoint(path(manifest.checkpoint.file));
    const test = await loadDataset('mnist', { split: 'test' });
    expect(test.count).toBe(10_000);
    const accuracy = await digitalAccuracy(await loadTf('wasm'), checkpoint.network, test);
    expect(manifest.accuracy.clustered).toBe(stated);
    // But for one image whose two best classes may lie within rounding.
    expect(Math.abs(accuracy - stated)).toBeLessThan(1.5e-4);
  });
});

describe('the bundled CIFAR-10 checkpoint', () => {
  it.skipIf(!isThere(CIFAR10))('is right on as many of all 10,000 test images as its manifest says', async () => {
    const manifest = manifestOf('cifar10');
    const checkpoint = await loadCheckpoint(path(manifest.checkpoint.file));
    const test = await loadDataset('cifar10', { split: 'test', directory: CIFAR10 });
    expect(test.count).toBe(10_000);
    const accuracy = await digitalAccuracy(await loadTf('wasm'), checkpoint.network, test);
    // But for images whose two best classes may lie within rounding.
    expect(Math.abs(accuracy - manifest.accuracy.clustered)).toBeLessThan(2.5e-4);
  });
});
