import { readdir, readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { sparsityReport } from '../../src/networks/compression/prune.js';
import { loadCheckpoint } from '../../src/networks/formats/checkpoint.js';
import { bytes, idx } from '../datasets/idxFiles.js';
import { temporaryFolder } from '../helpers/folder.js';
import { sonic } from './sonic.js';

describe('sonic train', () => {
  const data = temporaryFolder();
  const folder = temporaryFolder();
  beforeAll(async () => {
    for (const [stem, count] of [
      ['train', 40],
      ['t10k', 20],
    ] as const) {
      await data.file(`${stem}-images-idx3-ubyte`, idx([count, 28, 28], bytes(count * 784)));
      await data.file(
        `${stem}-labels-idx1-ubyte`,
        idx(
          [count],
          bytes(count, (i) => i % 10),
        ),
      );
    }
  });

  it('trains for hardware: a checkpoint as sparse as before, a manifest, a log, and accuracies before and after', async () => {
    const out = folder.path('robust.safetensors');
    const { code, stdout, stderr } = await sonic(
      ...['train', 'mnist', '--data', data.path(), '--backend', 'wasm', '--hardware', 'sonic-pessimistic'],
      ...['--set', 'tuning.trimResidual_nm=0.02', '--steps', '2', '--images', '10', '--chips', '2'],
      ...['--out', out, '--log', folder.path('robust.jsonl')],
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^as it was +\d/m);
    expect(stdout).toMatch(/^trained for it +\d/m);
    expect(stdout).toMatch(/points on sonic-pessimistic, 2 chips, 10 test images each\nwritten .*robust\.safetensors/);
    expect((await readdir(folder.path())).sort()).toEqual([
      'robust.jsonl',
      'robust.manifest.json',
      'robust.safetensors',
    ]);
    const { network, sha256, clusters } = await loadCheckpoint(out);
    expect(sparsityReport(network).map(({ sparsity }) => sparsity)).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(Object.keys(clusters)).toEqual(['conv1', 'conv2', 'dense1', 'dense2']);
    const manifest = JSON.parse(await readFile(folder.path('robust.manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({
      schema: 'sonic-finetuned-manifest/1',
      checkpoint: { file: 'robust.safetensors', sha256 },
      hardware: { name: 'sonic-pessimistic', description: { tuning: { trimResidual_nm: 0.02 } } },
      training: { backend: 'wasm', hyperparameters: { steps: 2, pruning: { kind: 'keep' } } },
      accuracy: { chipSeeds: [1, 2] },
    });
    expect(manifest.training.command).toContain('--set tuning.trimResidual_nm=0.02');
    const log = (await readFile(folder.path('robust.jsonl'), 'utf8')).trim().split('\n');
    expect(log.map((line) => JSON.parse(line))).toMatchObject([
      { stage: 'hardware', step: 1 },
      { stage: 'hardware', step: 2 },
    ]);
  });

  it.each<[string[], RegExp]>([
    [['--rate', '0.1'], /--rate is for training on hardware: name it with --hardware/],
    [['--hardware', 'sonic', '--epochs', '2'], /--epochs is for training from the start/],
    [['--rate', '-1'], /must be a number above 0/],
    [['--patience', '0'], /whole number, from 1 to 10000/],
  ])('refuses %j as wrong usage', async (flags, message) => {
    const { code, stdout, stderr } = await sonic('train', 'mnist', '--out', folder.path('never.safetensors'), ...flags);
    expect(stderr).toMatch(/^sonic: [^\n]+\n$/);
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([2, '']);
  });
});
