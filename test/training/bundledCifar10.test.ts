import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/base/files.js';
import { loadTf } from '../../src/base/tensorflow/tf.js';
import { loadDataset } from '../../src/datasets/index.js';
import { compressWeights } from '../../src/networks/compression/cluster.js';
import { sparsityReport } from '../../src/networks/compression/prune.js';
import { type Checkpoint, loadCheckpoint } from '../../src/networks/formats/checkpoint.js';
import { countParameters, countRemainingParameters } from '../../src/networks/parameters.js';
import { validateNetwork } from '../../src/networks/shapes.js';
import { isMacLayer } from '../../src/networks/types.js';
import { digitalAccuracy } from '../../src/training/evaluate.js';
import type { TrainingLogEntry } from '../../src/training/log.js';
import type { TrainingManifest } from '../../src/training/trainingManifest.js';

const path = (name: string) => fileURLToPath(new URL(`../../checkpoints/${name}`, import.meta.url));

/** Table 1 and table 3 of the paper. */
const PUBLISHED = { parameters: 552_874, baseline: 0.8605, compressed: 0.8686 };

describe('the bundled CIFAR-10 checkpoint', () => {
  const manifest = JSON.parse(readFileSync(path('cifar10.manifest.json'), 'utf8')) as TrainingManifest;
  let checkpoint: Checkpoint & { sha256: string };
  beforeAll(async () => {
    checkpoint = await loadCheckpoint(path(manifest.checkpoint.file));
  });

  it('is the file that its manifest and log are about', () => {
    expect(checkpoint.sha256).toBe(manifest.checkpoint.sha256);
    const log = readFileSync(path(manifest.training.log!.file));
    expect(sha256Hex(log)).toBe(manifest.training.log!.sha256);
    const entries = log
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as TrainingLogEntry & { stage: 'dense' | 'pruned' });
    for (const stage of ['dense', 'pruned'] as const) {
      const last = entries.filter((entry) => entry.stage === stage).at(-1)!;
      expect(last.step).toBe(last.steps);
      expect(last.testAccuracy).toBe(manifest.accuracy[stage]);
    }
  });

  it('has the published size, seven layers pruned to 50 %, all clustered to 16 weights', () => {
    const { network } = checkpoint;
    validateNetwork(network);
    expect(countParameters(network)).toBe(PUBLISHED.parameters);
    expect(countRemainingParameters(network)).toBe(manifest.parameters.remaining);
    const shares = Object.fromEntries(sparsityReport(network).map(({ name, sparsity }) => [name, sparsity]));
    expect(shares).toEqual({
      conv1: 0.5,
      conv2: 0.5,
      conv3: 0.5,
      conv4: 0.5,
      conv5: 0.5,
      conv6: 0.5,
      dense1: 0.5,
      dense2: 0,
    });
    for (const layer of network.layers.filter(isMacLayer))
      expect(compressWeights(layer.weight)!.centroids.length).toBeLessThanOrEqual(16);
  });

  it('reached the published accuracies, dense and compressed, by its manifest on all 10,000 images', () => {
    const { images, dense, clustered } = manifest.accuracy;
    expect(images).toBe(10_000);
    expect(dense).toBeGreaterThanOrEqual(PUBLISHED.baseline);
    expect(clustered).toBeGreaterThanOrEqual(PUBLISHED.compressed);
  });

  it('has on the bundled 1,000 images an accuracy that fits that of all 10,000', async () => {
    const tf = await loadTf('wasm');
    const test = await loadDataset('cifar10', { split: 'test' });
    const { clustered } = manifest.accuracy;
    // Four standard deviations of 1,000 drawn out of 10,000.
    const bound = 4 * Math.sqrt(((clustered * (1 - clustered)) / 1000) * 0.9);
    expect(Math.abs((await digitalAccuracy(tf, checkpoint.network, test)) - clustered)).toBeLessThan(bound);
  });
});
