import { readdir, readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BUNDLED_NETWORKS } from '../../src/experiments/run/bundled.js';
import { loadCheckpoint, saveCheckpoint } from '../../src/networks/formats/checkpoint.js';
import { temporaryFolder } from '../helpers/folder.js';
import { type Ended, sonic } from './sonic.js';

const IDX = (name: string) => new URL(`../../datasets/mnist/${name}`, import.meta.url);

/** One line on stderr, nothing on stdout, no stack. */
function expectOneLine({ code, stdout, stderr }: Ended, exit: number, ...parts: (string | RegExp)[]) {
  expect(stderr).toMatch(/^sonic: [^\n]+\n$/);
  for (const part of parts) expect(stderr).toMatch(part);
  expect(stdout).toBe('');
  expect(code).toBe(exit);
}

describe('sonic run', () => {
  const folder = temporaryFolder();

  it('prints accuracy and cost, and writes both as JSON', async () => {
    const json = folder.path('result.json');
    const { code, stdout, stderr } = await sonic('run', 'mnist', '--images', '40', '--json', json, '--threads', '2');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    for (const text of [
      '1,498,730 parameters',
      'as preset sonic',
      'conv1',
      'dense2',
      'accuracy emulated',
      '95 % interval',
      'FPS/W',
      'images/s',
    ]) {
      expect(stdout).toContain(text);
    }
    const result = JSON.parse(await readFile(json, 'utf8'));
    expect(result).toMatchObject({
      schema: 'sonic-result/1',
      network: { name: 'sonic-mnist', parameters: 1498730 },
      dataset: { name: 'mnist', split: 'test', images: 40 },
      run: {
        fidelity: 'exact',
        backend: 'wasm',
        threads: 2,
        runSeed: 1,
        chipSeed: 1,
        calibration: { split: 'train', images: 200 },
      },
      accuracy: { images: 40 },
    });
    expect(result.layers).toHaveLength(4);
    // Layers add up to the whole; power is energy over time.
    const sum = (pick: (layer: { latency_s: number; energy_J: number }) => number) =>
      result.layers.reduce((total: number, layer: never) => total + pick(layer), 0);
    expect(sum((layer) => layer.latency_s)).toBeCloseTo(result.cost.latency_s, 12);
    expect(sum((layer) => layer.energy_J)).toBeCloseTo(result.cost.energy_J, 12);
    expect(result.cost.power_W * result.cost.latency_s).toBeCloseTo(result.cost.energy_J, 12);
    // 28 x 28 positions of conv1's rows.
    expect(result.layers[0].partialSums).toBe(result.layers[0].chunkRows * 784);
    expect(await readdir(folder.path())).toEqual(['result.json']);
  });

  it("says where every image's largest value is its scale", async () => {
    const json = folder.path('scales.json');
    const scale = ['--set', 'calibration.activationScale=perImage'];
    const { stdout } = await sonic('run', 'mnist', '--images', '8', '--verbose', ...scale, '--json', json);
    expect(stdout).toMatch(/conv1 .*each image's largest/);
    const { layers } = JSON.parse(await readFile(json, 'utf8'));
    expect(layers.map(({ activationScale }: { activationScale: unknown }) => activationScale)).toEqual(
      layers.map(() => null),
    );
    const page = folder.path('scales.html');
    expect(await sonic('report', json, '--output', page)).toMatchObject({ code: 0, stderr: '' });
  });

  it('runs digital alone, without hardware', async () => {
    const { code, stdout } = await sonic('run', 'mnist', '--images', '40', '--fidelity', 'digital', '--json', '-');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ cost: null, layers: [], accuracy: { emulated: null, changed: null } });
  });

  it('takes a hardware file and settings, and says what differs', async () => {
    const file = await folder.file(
      'mine.yaml',
      'name: mine\npreset: sonic-ideal\nadc: { bits: 12 }\ncalibration: { images: 20 }\n',
    );
    const { code, stdout } = await sonic('run', 'mnist', '--images', '20', '--hardware', file, '--set', 'adc.bits=10');
    expect(code).toBe(0);
    expect(stdout).toContain('hardware   mine');
    expect(stdout).toContain('adc.bits=10');
    expect(stdout).toContain('effects.shotNoise=false');
  });

  it('calibrates on the evaluated images where there are no others, and says so', async () => {
    await folder.file('t10k-images-idx3-ubyte.gz', await readFile(IDX('t10k-images-idx3-ubyte.gz')));
    await folder.file('t10k-labels-idx1-ubyte.gz', await readFile(IDX('t10k-labels-idx1-ubyte.gz')));
    const few = ['--images', '20', '--set', 'calibration.images=30'];
    const { code, stdout } = await sonic('run', 'mnist', ...few, '--data', folder.path());
    expect(code).toBe(0);
    expect(stdout).toContain('30 images of the test split');
  });
});

describe('sonic run, misused', () => {
  const folder = temporaryFolder();

  it.each([
    [['--images', '-1'], 2, /--images.*-1.*1 to/],
    [['--images', 'many'], 2, /--images/],
    [['--images', '10001'], 1, /10001.*10000/],
    [['--threads', '0'], 2, /--threads/],
    [['--fidelity', 'exakt'], 2, /exact/],
    [['--backend', 'wasn'], 2, /did you mean 'wasm'/],
    [['--set', 'adc.bit=8'], 1, /did you mean 'adc.bits'/],
    [['--set', 'adc.bits=many'], 1, /adc\.bits.*many/],
    [['--set', 'adc.bits'], 1, /path=value/],
    [['--hardware', 'sonic-ideel'], 1, /sonic-ideal/],
    [['--seed', '1073741824'], 2, /--seed/],
    [['--data', '/nowhere'], 1, /\/nowhere/],
    [['--dataset', 'minst'], 1, /did you mean 'mnist'/],
  ] as const)('%o', async (args, exit, message) => expectOneLine(await sonic('run', 'mnist', ...args), exit, message));

  it('names the network that may be meant', async () =>
    expectOneLine(await sonic('run', 'mnits'), 1, /did you mean 'mnist'/));
  it('needs a network', async () => expectOneLine(await sonic('run'), 2, /NETWORK/));

  it('refuses a truncated archive, naming the file', async () => {
    const bytes = await readFile(IDX('t10k-images-idx3-ubyte.gz'));
    await folder.file('t10k-images-idx3-ubyte.gz', bytes.subarray(0, bytes.length / 2));
    await folder.file('t10k-labels-idx1-ubyte.gz', await readFile(IDX('t10k-labels-idx1-ubyte.gz')));
    expectOneLine(await sonic('run', 'mnist', '--data', folder.path()), 1, /t10k-images-idx3-ubyte\.gz/);
  });

  it('refuses a wrong magic number, naming file and value', async () => {
    await folder.file('t10k-images-idx3-ubyte.gz', gzipSync(Buffer.from('not images at all, not images at all')));
    expectOneLine(await sonic('run', 'mnist', '--data', folder.path()), 1, /t10k-images-idx3-ubyte\.gz/, /magic|idx/);
  });

  it('refuses a checkpoint with a weight that is not a number, and one that is none', async () => {
    const { network, metadata } = await loadCheckpoint(BUNDLED_NETWORKS['mnist']!.checkpoint);
    const layers = network.layers.map((layer) =>
      layer.name === 'dense2' && layer.kind === 'dense' ? { ...layer, weight: layer.weight.slice() } : layer,
    );
    const poisoned = layers.find((layer) => layer.name === 'dense2');
    const file = folder.path('poisoned.safetensors');
    await saveCheckpoint(file, { ...network, layers }, { metadata });
    const bytes = await readFile(file);
    // The last four bytes of the data are the last float32 of some tensor: make it NaN.
    bytes.writeUInt32LE(0x7fc00000, bytes.length - 4);
    expect(poisoned).toBeDefined();
    const bad = await folder.file('nan.safetensors', bytes);
    expectOneLine(await sonic('run', bad, '--dataset', 'mnist'), 1, /nan\.safetensors/, /NaN|not finite|not a number/i);
    const none = await folder.file('none.safetensors', 'hello');
    expectOneLine(await sonic('run', none, '--dataset', 'mnist'), 1, /none\.safetensors/);
  });

  it('leaves nothing behind when its output cannot be written', async () => {
    const { code, stderr } = await sonic(
      'run',
      'mnist',
      '--images',
      '20',
      '--json',
      folder.path('missing/result.json'),
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/^sonic: cannot write [^\n]+missing[^\n]+\n$/);
    expect((await readdir(folder.path())).filter((name) => name.includes('tmp') || name === 'missing')).toEqual([]);
  });
});
