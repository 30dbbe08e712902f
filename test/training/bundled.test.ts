import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/base/files.js';
import { compressWeights } from '../../src/networks/compression/cluster.js';
import { sparsityReport } from '../../src/networks/compression/prune.js';
import { type Checkpoint, loadCheckpoint } from '../../src/networks/formats/checkpoint.js';
import { countParameters, countRemainingParameters } from '../../src/networks/parameters.js';
import { validateNetwork } from '../../src/networks/shapes.js';
import { isMacLayer } from '../../src/networks/types.js';
import type { TrainingManifest } from '../../src/training/trainingManifest.js';

const folder = new URL('../../checkpoints/', import.meta.url);
const path = (name: string) => fileURLToPath(new URL(name, folder));

describe.each([
  ['mnist', 'sonic-mnist', 0.9947],
  ['mnist-3x3', 'sonic-mnist-3x3', 0.9942],
])('the bundled checkpoint %s', (file, name, accuracy) => {
  const manifest = JSON.parse(readFileSync(path(`${file}.manifest.json`), 'utf8')) as TrainingManifest;
  let checkpoint: Checkpoint & { sha256: string };
  beforeAll(async () => {
    checkpoint = await loadCheckpoint(path(manifest.checkpoint.file));
  });

  it('is the file that its manifest and log are about', () => {
    expect(checkpoint.sha256).toBe(manifest.checkpoint.sha256);
    expect(sha256Hex(readFileSync(path(manifest.training.log!.file)))).toBe(manifest.training.log!.sha256);
  });

  it('has the published size, all four layers pruned to 50 % and clustered to 64 weights', () => {
    const { network } = checkpoint;
    validateNetwork(network);
    expect(network.name).toBe(name);
    expect(countParameters(network)).toBe(1_498_730);
    expect(countRemainingParameters(network)).toBe(manifest.parameters.remaining);
    expect(sparsityReport(network).map(({ name, sparsity }) => [name, sparsity])).toEqual([
      ['conv1', 0.5],
      ['conv2', 0.5],
      ['dense1', 0.5],
      ['dense2', 0.5],
    ]);
    for (const layer of network.layers.filter(isMacLayer)) {
      expect(compressWeights(layer.weight)!.centroids.length).toBeLessThanOrEqual(64);
    }
  });

  it('lost at most 0.3 points to pruning and clustering, by its manifest', () => {
    const { dense, clustered, images } = manifest.accuracy;
    expect([images, clustered]).toEqual([10_000, accuracy]);
    expect(100 * (dense - clustered)).toBeLessThanOrEqual(0.3);
    expect(manifest.accuracy.dropPoints).toBeCloseTo(100 * (dense - clustered), 3);
  });
});
