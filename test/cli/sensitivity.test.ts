/** `sonic sensitivity` as a user calls it. */
import { spawnSync } from 'node:child_process';
import { copyFile, readdir, readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeCheckpoint } from '../../src/networks/formats/checkpoint.js';
import { templates } from '../experiments/sensitivity/templates.js';
import { temporaryFolder } from '../helpers/folder.js';
import { buildIfStale, sonic } from './sonic.js';

const folder = temporaryFolder();
let network: string;
beforeAll(async () => {
  buildIfStale();
  const bytes = encodeCheckpoint(await templates(), { metadata: { dataset: 'mnist' } });
  network = await folder.file('templates.safetensors', bytes);
}, 300_000);

const GRID = ['--sparsities', '0.9,0.5', '--clusters', '4,32'];
const json = async (path: string) => JSON.parse(await readFile(path, 'utf8'));

/** Runs the commands that were printed, as a shell in the folder reads them; gives how many there were. */
async function runPrinted(stdout: string): Promise<number> {
  const commands = [...stdout.matchAll(/^ {2}sonic ((?:prune|cluster) .*)$/gm)].map(([, words]) => words!);
  for (const words of commands) {
    const { stdout: read } = spawnSync('sh', ['-c', `printf '%s\\n' ${words}`], { encoding: 'utf8' });
    const args = read.trimEnd().split('\n');
    const inFolder = args.map((word) => (/^(?:pruned|compressed)\.safetensors$/.test(word) ? folder.path(word) : word));
    expect(await sonic(...inFolder)).toMatchObject({ code: 0, stderr: '' });
  }
  return commands.length;
}

describe('sonic sensitivity', () => {
  it('prints tables and a proposal, and writes figure and JSON', async () => {
    const [out, figure] = [folder.path('layers.json'), folder.path('layers.svg')];
    const { code, stdout, stderr } = await sonic(
      ...['sensitivity', network, ...GRID, '--images', '200', '--loss', '5%'],
      ...['--json', out, '--figure', figure],
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Each layer alone, .* 200 images of the train split of mnist, digital \(float32\)$/m);
    expect(stdout).toMatch(/^layer +shape +weights +of MACs +of energy +zeros now +50 % +90 % +within 5\.00$/m);
    expect(stdout).toMatch(/^layer +shape .* values now +32 +4 +within 5\.00$/m);
    expect(stdout).toMatch(/^dead1 +784 x 6 +4,704 .* 90 %$/m);
    expect(stdout).toMatch(/^on 200 images of the test split that had no part in choosing$/m);
    expect(stdout).toMatch(/^note: one image is 0\.50 points/m);

    const result = await json(out);
    expect(result).toMatchObject({
      schema: 'sonic-sensitivity/1',
      network: { name: 'templates' },
      dataset: { name: 'mnist', split: 'train', images: 200 },
      confirmation: { name: 'mnist', split: 'test', images: 200 },
      ...{ emulated: false, chipSeeds: [], runSeed: null, backend: 'wasm', hardware: { name: 'sonic' } },
    });
    expect(result.network.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(result.layers.map(({ name }: { name: string }) => name)).toEqual(['dead1', 'dead2', 'classify']);
    for (const { sparsityCurve, clusterCurve, macShare } of result.layers) {
      expect(sparsityCurve.map(({ value }: { value: number }) => value)).toEqual([0.5, 0.9]);
      expect(clusterCurve.map(({ value }: { value: number }) => value)).toEqual([32, 4]);
      expect(macShare).toBeGreaterThan(0);
    }
    expect(result.proposal.steps.length).toBeGreaterThan(1);

    // The proposal's flags give the network whose accuracy is reported.
    const { flags, confirmed } = result.proposal.found;
    expect(stdout).toContain(`--sparsity ${flags.sparsity}\n`);
    expect(stdout).toContain(`--clusters ${flags.clusters}\n`);
    const [compressed, ran] = [folder.path('compressed.safetensors'), folder.path('ran.json')];
    expect(await runPrinted(stdout)).toBe(2);
    await sonic('run', compressed, '--fidelity', 'digital', '--images', '200', '--json', ran);
    expect(confirmed.accuracy).toBe((await json(ran)).accuracy.digital);

    const svg = await readFile(figure, 'utf8');
    for (const text of ['classify', 'dead1', 'dead2', 'pruned alone', 'clustered alone', 'loss of 5']) {
      expect(svg).toContain(text);
    }
  });

  it('prints commands that run as they are, of bundled networks and of files that need an architecture', async () => {
    const grid = ['--sparsities', '0.5', '--clusters', '64', '--images', '4', '--loss', '99%'];
    const bundled = await sonic('sensitivity', 'mnist', ...grid);
    expect(bundled.stdout).toMatch(/^ {2}sonic prune mnist --out pruned\.safetensors --sparsity conv1=0\.5,/m);
    expect(await runPrinted(bundled.stdout)).toBe(2);
    const foreign = await sonic('sensitivity', network, '--preprocessing', 'scale: 1/255', ...grid);
    expect(foreign.stdout).toContain(" --preprocessing 'scale: 1/255' --out pruned.safetensors ");
    expect(await runPrinted(foreign.stdout)).toBe(2);
  });

  it('scans only the layers that are named, and leaves the others as they are', async () => {
    const { stdout } = await sonic(
      ...['sensitivity', network, '--layers', 'dead*', '--sparsities', '0.5', '--clusters', 'none', '--images', '50'],
    );
    expect(stdout).toMatch(/^dead1 /m);
    expect(stdout).not.toMatch(/^classify /m);
    expect(stdout).toMatch(/ --sparsity dead1=0\.5,dead2=0\.5,classify=0$/m);
    expect(stdout).not.toContain('--clusters');
  });

  it('says where test images are scanned, for want of others or on demand, and confirms on the next ones', async () => {
    const data = 'datasets/mnist';
    const own = folder.path('');
    for (const name of await readdir(data))
      if (name.startsWith('t10k')) await copyFile(`${data}/${name}`, `${own}/${name}`);
    const args = ['sensitivity', network, '--layers', 'dead1', ...GRID, '--images', '40'];
    const without = await sonic(...args, '--data', own);
    expect(without.stdout).toMatch(
      /^note: scanned on test images, for the data have no training split: the next ones confirm the proposal$/m,
    );
    const asked = await sonic(...args, '--split', 'test', '--json', '-');
    const { dataset, confirmation } = JSON.parse(asked.stdout);
    expect([dataset.split, confirmation.split, confirmation.images]).toEqual(['test', 'test', 40]);
    expect(dataset.hash).not.toBe(confirmation.hash);
    const all = await sonic(
      ...['sensitivity', network, '--layers', 'dead1', '--sparsities', '0.9', '--clusters', 'none'],
      ...['--images', '10000', '--split', 'test'],
    );
    expect(all.stdout).toMatch(/^note: scanned on test images: none are left to confirm the proposal$/m);
    expect(all.stdout).toMatch(/^not confirmed: /m);
  });

  it('emulates on chips', async () => {
    const { stdout, code } = await sonic(
      ...['sensitivity', network, '--layers', 'dead2', '--sparsities', '0.5', '--clusters', 'none', '--images', '8'],
      ...['--emulated', '--chips', '2', '--set', 'adc.bits=8', '--json', '-'],
    );
    expect(code).toBe(0);
    const { emulated, chipSeeds, hardware, layers } = JSON.parse(stdout);
    expect([emulated, chipSeeds, hardware.adc.bits]).toEqual([true, [1, 2], 8]);
    expect(layers[0].sparsityCurve[0].accuracy).toBeGreaterThan(0.3);
  });

  it.each<[string, string[], RegExp, number]>([
    [
      'an unknown layer',
      ['--layers', 'clasify'],
      /no convolution or dense layer has that name; did you mean 'classify'\?/,
      1,
    ],
    ['a sparsity of 1', ['--sparsities', '0.5,1'], /shares from 0 to below 1/, 2],
    ['a negative sparsity', ['--sparsities=-0.1'], /shares from 0 to below 1/, 2],
    ['words for numbers', ['--sparsities', 'much'], /numbers with commas/, 2],
    ['no clusters', ['--clusters', '0'], /whole numbers from 1 to 255/, 2],
    ['too many clusters', ['--clusters', '256'], /whole numbers from 1 to 255/, 2],
    ['half a cluster', ['--clusters', '2.5'], /whole numbers from 1 to 255/, 2],
    ['a negative loss', ['--loss=-1%'], /points of accuracy as 1%/, 2],
    ['a loss of everything', ['--loss', '1'], /points of accuracy as 1%/, 2],
    ['nothing to scan', ['--sparsities', 'none', '--clusters', 'none'], /nothing to scan/, 2],
    ['chips without emulation', ['--chips', '4'], /--chips is for the emulated hardware: add --emulated/, 2],
    ['too many images', ['--images', '60001'], /60001 images were asked of mnist \(train\), which has 60000/, 1],
    ['a figure of no known kind', ['--figure', 'layers.pdf'], /end in \.svg, \.png or \.html/, 2],
    ['a figure in no folder', ['--figure', '/none/layers.svg'], /there is no folder '\/none'/, 1],
  ])('refuses %s in one line', async (_, flags, message, exit) => {
    const { code, stdout, stderr } = await sonic('sensitivity', network, ...flags);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect([code, stdout]).toEqual([exit, '']);
  });
});
