/** Every command that emulates: without a training split it says what it calibrated on, with a damaged one it refuses. */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { smallMnist } from '../helpers/smallMnist.js';
import { sonic } from './sonic.js';

const folder = temporaryFolder();
let small = '';
const mnist = (file: string) => readFile(new URL(`../../datasets/mnist/${file}`, import.meta.url));
const TEST = ['t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'];

/** Arguments of each command on a folder of data. */
const COMMANDS: [string, (data: string) => Promise<string[]>][] = [
  ['run', async (data) => ['run', small, '--images', '2', '--set', 'calibration.images=2', '--data', data]],
  [
    'explore',
    async (data) => [
      ...['explore', small, '--only', '--vary', 'adc.bits=8', '--accuracy', '--images', '2', '--data', data],
      ...['--set', 'calibration.images=2', '--store', folder.path(`explore-${Math.random()}.json`)],
    ],
  ],
  [
    'sweep',
    async (data) => {
      const base = { network: small, images: 2, data, set: { 'calibration.images': 2 } };
      const plan = { name: 'small', base, axes: [{ path: 'adc.bits', values: [8] }] };
      return ['sweep', await folder.file('plan.yaml', JSON.stringify(plan)), '--store', `${data}-store`];
    },
  ],
  [
    'check',
    async (data) => {
      const check = { name: 'a', network: small, images: 2, data, set: { 'calibration.images': 2 } };
      const checks = [{ ...check, expect: { accuracy: '100 %' } }];
      return ['check', await folder.file('baseline.yaml', JSON.stringify({ checks }))];
    },
  ],
  [
    'attribute',
    async (data) => [
      ...['attribute', small, '--hardware', 'sonic-ideal', '--images', '1'],
      ...['--set', 'calibration.images=2', '--data', data],
    ],
  ],
];

describe('calibration', () => {
  beforeAll(async () => {
    small = await smallMnist(folder);
    const bytes = await Promise.all(TEST.map(mnist));
    for (const [at, name] of TEST.entries()) {
      await folder.file(`only/${name}`, bytes[at]!);
      await folder.file(`damaged/${name}`, bytes[at]!);
    }
    const train = await mnist('train-images-idx3-ubyte.gz');
    await folder.file('damaged/train-images-idx3-ubyte.gz', train.subarray(0, train.length / 2));
    await folder.file('damaged/train-labels-idx1-ubyte.gz', await mnist('train-labels-idx1-ubyte.gz'));
  });

  it.each(COMMANDS)(
    'of %s says that test images stand for those of a missing training split',
    async (_, argumentsOf) => {
      const { stdout, stderr } = await sonic(...(await argumentsOf(folder.path('only'))));
      expect(stdout + stderr).toMatch(/calibrated on images of the test split: the data have no training split/);
    },
  );

  it.each(COMMANDS)('of %s refuses a damaged training split', async (_, argumentsOf) => {
    const { code, stdout, stderr } = await sonic(...(await argumentsOf(folder.path('damaged'))));
    expect(stderr).toMatch(
      /^sonic: [^\n]*train-images-idx3-ubyte\.gz: the gzip stream is truncated; fetch the file again\n$/,
    );
    expect([code, stdout]).toEqual([1, '']);
  });

  it('of train refuses data without a training split, which it trains on', async () => {
    const out = folder.path('trained.safetensors');
    const all = [
      'train',
      'mnist',
      '--hardware',
      'sonic',
      '--steps',
      '1',
      '--images',
      '2',
      '--chips',
      '1',
      '--out',
      out,
    ];
    const { code, stderr } = await sonic(...all, '--data', folder.path('only'));
    expect(stderr).toMatch(/^sonic: [^\n]*train-images[^\n]*\n$/);
    expect(code).toBe(1);
  });

  it('is told by run: images, hash, and what was measured of each layer', async () => {
    const json = folder.path('run.json');
    const set = ['--set', 'calibration.images=2', '--set', 'vcsel.chirp_nm=0.01'];
    const { code, stdout } = await sonic('run', small, '--images', '2', ...set, '--verbose', '--json', json);
    expect(code).toBe(0);
    const { run, layers } = JSON.parse(await readFile(json, 'utf8'));
    expect(run.calibration).toEqual({
      ...{ dataset: 'mnist', split: 'train', images: 2, hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(stdout).toContain('calibrated on the first 2 images of the train split');
    expect(stdout).toContain(run.calibration.hash);
    for (const { kind, kernel, inputShape, streamMean, operatingPoint, lightPoint } of layers) {
      if (kind === 'dense') expect([operatingPoint.length, lightPoint.length, streamMean]).toEqual([2, 2, undefined]);
      else {
        expect(streamMean).toHaveLength(kernel[0] * kernel[1] * inputShape[2]);
        const lit = streamMean.filter((m: number) => m > 0);
        expect(operatingPoint).toBeCloseTo(lit.reduce((a: number, b: number) => a + b, 0) / lit.length, 12);
        expect(lightPoint).toBeGreaterThan(operatingPoint);
      }
    }
  });
});
