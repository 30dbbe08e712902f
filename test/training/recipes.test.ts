import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NetworkError } from '../../src/base/errors.js';
import { sha256Hex } from '../../src/base/files.js';
import { loadCheckpoint } from '../../src/networks/formats/checkpoint.js';
import { isMacLayer } from '../../src/networks/types.js';
import { trainMnist } from '../../src/training/recipes.js';
import { bytes, idx } from '../datasets/idxFiles.js';

let folder: string;
let dataDir: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonic-recipe-'));
  dataDir = join(folder, 'data');
  mkdirSync(dataDir);
  for (const [stem, count] of [
    ['train', 32],
    ['t10k', 20],
  ] as const) {
    writeFileSync(join(dataDir, `${stem}-images-idx3-ubyte`), idx([count, 28, 28], bytes(count * 784)));
    writeFileSync(
      join(dataDir, `${stem}-labels-idx1-ubyte`),
      idx(
        [count],
        bytes(count, (i) => i % 10),
      ),
    );
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('training SONIC on MNIST files', () => {
  it('leaves a checkpoint, its manifest and a log, and nothing else', async () => {
    const out = join(folder, 'small.safetensors');
    const log = join(folder, 'small.jsonl');
    const stages: string[] = [];
    const manifest = await trainMnist({
      out,
      dataDir,
      log,
      epochs: 2,
      pruningEpochs: 2,
      sparsity: { conv1: 0.25, conv2: 0.5, dense1: 0.75, dense2: 0.5 },
      clusters: 16,
      backend: 'wasm',
      command: 'the test',
      onProgress: (stage, { step, steps }) => stages.push(`${stage} ${step}/${steps}`),
    });
    expect(stages).toEqual(['dense 1/2', 'dense 2/2', 'pruned 1/2', 'pruned 2/2']);
    expect(readdirSync(folder).sort()).toEqual(['data', 'small.jsonl', 'small.manifest.json', 'small.safetensors']);

    const { network, clusters, sha256 } = await loadCheckpoint(out);
    expect(manifest.checkpoint).toMatchObject({ file: 'small.safetensors', sha256 });
    expect(manifest.layers.map(({ name, sparsity }) => [name, sparsity])).toEqual([
      ['conv1', 0.25],
      ['conv2', 0.5],
      ['dense1', 0.75],
      ['dense2', 0.5],
    ]);
    for (const layer of network.layers.filter(isMacLayer)) {
      const values = new Set(layer.weight.filter((w) => w !== 0));
      expect(values.size).toBe(16);
      expect(new Set(clusters[layer.name]!.centroids)).toEqual(values);
    }
    expect(manifest.parameters).toEqual({ all: 1_498_730, remaining: 1_498_730 - 250 - 8000 - 1_105_920 - 3200 });
    expect(manifest.training).toMatchObject({ command: 'the test', seed: 1, backend: 'wasm' });
    expect(manifest.training.log).toMatchObject({ file: 'small.jsonl', sha256: sha256Hex(readFileSync(log)) });
    expect(JSON.parse(readFileSync(join(folder, 'small.manifest.json'), 'utf8'))).toEqual(manifest);

    const lines = readFileSync(log, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { stage: 'dense', epoch: 0, step: 1 },
      { stage: 'dense', epoch: 1, step: 2 },
      { stage: 'pruned', epoch: 0, step: 1 },
      { stage: 'pruned', epoch: 1, step: 2, sparsity: { dense1: 0.75 } },
    ]);
  });

  it('finds wrong targets before it trains', async () => {
    const out = join(folder, 'never.safetensors');
    const options = { out, dataDir, backend: 'wasm', onProgress: () => expect.unreachable() } as const;
    await expect(trainMnist({ ...options, sparsity: { conv3: 0.5 } })).rejects.toThrow(NetworkError);
    await expect(trainMnist({ ...options, clusters: 500 })).rejects.toThrow(/500 clusters/);
    expect(readdirSync(folder).filter((name) => name.startsWith('never'))).toEqual([]);
  });
});
