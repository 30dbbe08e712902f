/** `sonic inspect`, `sonic convert` and `sonic run` on checkpoints from elsewhere, as a user calls them. */
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { sparsityReport } from '../../src/networks/compression/prune.js';
import { loadNetworkFile } from '../../src/networks/formats/index.js';
import { temporaryFolder } from '../helpers/folder.js';
import { randomArray } from '../helpers/random.js';
import { floats, onnxModel } from '../networks/formats/onnx/model.js';
import { type Ended, sonic } from './sonic.js';

const fixture = (path: string) => new URL(`../networks/formats/${path}`, import.meta.url).pathname;
const folder = temporaryFolder();

/** A network for MNIST's images, small enough for a quick run. */
const small = () =>
  folder.file(
    'small.onnx',
    onnxModel({
      input: [1, 28, 28],
      tensors: [
        floats('w', [4, 1, 5, 5], randomArray(1, 100, -1, 1)),
        floats('d', [10, 144], randomArray(2, 1440, -1, 1)),
      ],
      nodes: [
        { op: 'Conv', inputs: ['x', 'w'], attributes: { strides: [4, 4] } },
        { op: 'Relu', inputs: ['t0'] },
        { op: 'Flatten', inputs: ['t1'] },
        { op: 'Gemm', inputs: ['t2', 'd'], attributes: { transB: 1 } },
      ],
    }),
  );

function expectOneLine({ code, stdout, stderr }: Ended, exit: number, part: RegExp) {
  expect(stderr).toMatch(/^sonic: [^\n]+\n$/);
  expect(stderr).toMatch(part);
  expect(stdout).toBe('');
  expect(code).toBe(exit);
}

describe('sonic inspect', () => {
  it('shows layers, shapes, parameters, preprocessing and notes', async () => {
    const { code, stdout, stderr } = await sonic('inspect', fixture('keras/tiny.keras'));
    expect(stderr).toBe('');
    expect(code).toBe(0);
    for (const text of [
      'tiny: Keras 3 archive',
      'input: 12 x 12 x 3, x = byte, from 0 to 255',
      'note: the softmax',
      '3 x 3, stride 2 x 2',
      'inner/dw',
      '4 groups',
    ])
      expect(stdout).toContain(text);
  });

  it('lists tensors and drafts an architecture where there is none', async () => {
    const { code, stdout } = await sonic('inspect', fixture('pytorch/tiny.pt'));
    expect(code).toBe(0);
    for (const text of ['PyTorch state_dict, 4 tensors', 'fc.weight', '2 x 3', '- { dense: fc }', '# a guess'])
      expect(stdout).toContain(text);
  });

  it('calls a network pruned that is', async () => {
    const pruned = folder.path('half.safetensors');
    expect((await sonic('prune', await small(), '--out', pruned)).code).toBe(0);
    expect((await sonic('inspect', pruned)).stdout).toContain('1,540 parameters, 770 of them pruned');
    const onnx = onnxModel({
      input: [1, 2, 2],
      tensors: [floats('d', [10, 4], [0, 0, ...randomArray(2, 38, 1, 2)])],
      nodes: [
        { op: 'Flatten', inputs: ['x'] },
        { op: 'Gemm', inputs: ['t0', 'd'], attributes: { transB: 1 } },
      ],
    });
    expect((await sonic('inspect', await folder.file('zeros.onnx', onnx))).stdout).not.toContain('pruned');
  });

  it('writes JSON', async () => {
    const { stdout } = await sonic('inspect', await small(), '--json', '-', '--preprocessing', 'scale: 1/255');
    const json = JSON.parse(stdout);
    expect(json).toMatchObject({
      schema: 'sonic-network/1',
      format: 'ONNX',
      inputShape: [28, 28, 1],
      preprocessing: { scale: 1 / 255 },
    });
    expect(json.layers.map((layer: { kind: string }) => layer.kind)).toEqual([
      'conv2d',
      'activation',
      'flatten',
      'dense',
    ]);
  });

  it('says what is wrong in one line', async () => {
    expectOneLine(await sonic('inspect', folder.path('none.onnx')), 1, /no such file/);
    expectOneLine(
      await sonic('inspect', await folder.file('cut.h5', (await readFile(fixture('keras/tiny.h5'))).subarray(0, 999))),
      1,
      /cut\.h5: offset 40: .*truncated/,
    );
    expectOneLine(await sonic('inspect', await small(), '--preprocessing', 'sacle: 1'), 1, /sacle/);
    expectOneLine(
      await sonic('inspect', fixture('pytorch/tiny.pt'), '--architecture', 'resnet20'),
      1,
      /did you mean 'resnet20-cifar10'/,
    );
  });
});

describe('sonic convert', () => {
  it('writes a checkpoint with its manifest, and ONNX, which load as the same network', async () => {
    const [from, to, onnx] = [await small(), folder.path('small.safetensors'), folder.path('again.onnx')];
    const first = await sonic('convert', from, to, '--preprocessing', 'scale: 1/255', '--dataset', 'mnist');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain(`written ${to}, ${folder.path('small.manifest.json')}`);
    const converted = await loadNetworkFile(to);
    expect(converted.metadata).toMatchObject({ dataset: 'mnist', source: 'small.onnx' });
    const manifest = JSON.parse(await readFile(folder.path('small.manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({
      schema: 'sonic-checkpoint-manifest/1',
      checkpoint: { file: 'small.safetensors', sha256: converted.sha256 },
      source: { file: 'small.onnx', format: 'ONNX', sha256: (await loadNetworkFile(from)).sha256 },
      preprocessing: { scale: 1 / 255 },
      parameters: { all: 1540 },
    });
    expect(await sonic('convert', to, onnx)).toMatchObject({ code: 0, stderr: '' });
    const [a, b] = [converted.network, (await loadNetworkFile(onnx)).network];
    expect(b.preprocessing).toEqual(a.preprocessing);
    for (const [i, layer] of a.layers.entries())
      if ('weight' in layer) expect(b.layers[i]).toMatchObject({ weight: layer.weight });
  });

  it('writes nothing where it fails', async () => {
    const before = await readdir(folder.path());
    expectOneLine(await sonic('convert', await small(), folder.path('x.pt')), 2, /ends in \.safetensors or \.onnx/);
    await writeFile(folder.path('bad.onnx'), 'no');
    expectOneLine(await sonic('convert', folder.path('bad.onnx'), folder.path('y.safetensors')), 1, /bad\.onnx: /);
    expect((await readdir(folder.path())).filter((name) => !before.includes(name))).toEqual(['bad.onnx']);
  });
});

describe('sonic prune and cluster', () => {
  it('take what was trained elsewhere', async () => {
    const [pruned, clustered] = [folder.path('pruned.safetensors'), folder.path('clustered.safetensors')];
    expect(await sonic('prune', await small(), '--out', pruned, '--sparsity', '0.5')).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(await sonic('cluster', pruned, '--out', clustered, '--clusters', '8')).toMatchObject({
      code: 0,
      stderr: '',
    });
    const { network, clusters } = await loadNetworkFile(clustered);
    const [conv] = network.layers as unknown as [{ weight: Float32Array }];
    expect(conv.weight.filter((w) => w === 0)).toHaveLength(50);
    expect(Object.values(clusters).map(({ centroids }) => centroids.length)).toEqual([8, 8]);
  });

  it('leave layers that are not named at the default', async () => {
    const before = await small();
    const [first, second] = (await loadNetworkFile(before)).network.layers
      .filter((layer) => 'weight' in layer)
      .map(({ name }) => name) as [string, string];
    const [pruned, clustered] = [folder.path('partly.safetensors'), folder.path('partlyClustered.safetensors')];
    expect((await sonic('prune', before, '--out', pruned, '--sparsity', `${first}=0.9`)).code).toBe(0);
    const { network } = await loadNetworkFile(pruned);
    expect(sparsityReport(network).map(({ sparsity }) => sparsity)).toEqual([0.9, 0.5]);
    expect((await sonic('cluster', before, '--out', clustered, '--clusters', `${second}=8`)).code).toBe(0);
    const { clusters } = await loadNetworkFile(clustered);
    expect(Object.values(clusters).map(({ centroids }) => centroids.length)).toEqual([64, 8]);
    expect((await sonic('cluster', before, '--out', clustered, '--clusters', `${first}=none`)).code).toBe(0);
    expect(Object.keys((await loadNetworkFile(clustered)).clusters)).toEqual([second]);
  });
});

it('what writes a checkpoint says which ending it has, and whether it can be written, before it works', async () => {
  for (const command of [['prune'], ['cluster'], ['train'], ['train', '--hardware', 'sonic']]) {
    const [name, ...rest] = command as [string, ...string[]];
    const [wrong, away] = [folder.path(`${name}.onnx`), folder.path('none/x.safetensors')];
    expectOneLine(await sonic(name, 'mnist', ...rest, '--out', wrong), 2, /must end in \.safetensors; 'sonic convert'/);
    expect(existsSync(wrong)).toBe(false);
    expectOneLine(await sonic(name, 'mnist', ...rest, '--out', away), 1, /cannot write .*there is no folder/);
  }
});

it('bundled networks go by name wherever files do', async () => {
  const onnx = folder.path('bundled.onnx');
  expect((await sonic('convert', 'mnist', onnx)).code).toBe(0);
  expect((await sonic('inspect', 'mnist')).stdout).toMatch(/^conv1 /m);
  expect((await sonic('inspect', onnx)).stdout).toMatch(/1,498,730/);
});

describe('sonic run', () => {
  it('runs a checkpoint from elsewhere, and says how its input is made', async () => {
    const { code, stdout, stderr } = await sonic(
      'run',
      await small(),
      '--dataset',
      'mnist',
      '--images',
      '20',
      '--threads',
      '1',
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/small\.onnx: input: x = byte\n.*bytes 0 to 255 are taken as they are/);
    expect(stdout).toContain('small, 1,540 parameters');
    expect(stdout).toContain('accuracy emulated');
  });

  it('asks for what is missing', async () => {
    expectOneLine(await sonic('run', await small()), 1, /name one with --dataset/);
    expectOneLine(
      await sonic('run', fixture('pytorch/tiny.pt'), '--dataset', 'mnist'),
      1,
      /no architecture; name one with --architecture/,
    );
  });
});
