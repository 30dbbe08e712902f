import { beforeAll, describe, expect, it } from 'vitest';
import { readyExperiments } from '../../src/experiments/ready/ready.js';
import { temporaryFolder } from '../helpers/folder.js';
import { buildIfStale, sonic } from './sonic.js';

/** Few images, and one part in many of the trials. */
const tiny = (shard: string) => ['--images', '4', '--set', 'calibration.images=4', '--threads', '1', '--shard', shard];

describe('sonic experiment', () => {
  const folder = temporaryFolder();
  beforeAll(buildIfStale);

  it('lists all, with points, trials and time', async () => {
    const { code, stdout, stderr } = await sonic('experiment', 'list');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    for (const name of readyExperiments()) {
      expect(stdout).toMatch(new RegExp(`^${name} +\\S.* {2}\\d+ +\\d+( to \\d+)? +\\d+ +\\d+(\\.\\d+)? (s|min)`, 'm'));
    }
  }, 120_000);

  it.each([
    ['an unknown name', ['run', 'adc-bit'], 1, /no experiment 'adc-bit', did you mean 'adc-bits'\?/],
    ['an unknown network', ['run', 'adc-bits', '--network', 'minst'], 1, /did you mean 'mnist'\?/],
    ['a value that an axis varies', ['run', 'adc-bits', '--set', 'adc.bits=8'], 1, /an axis varies 'adc\.bits'/],
    ['a network where an axis varies it', ['run', 'sparsity', '--network', 'mnist'], 1, /an axis varies 'network'/],
    ['a report that cannot be written', ['run', 'adc-bits', '--report', '/nowhere/r.html'], 1, /\/nowhere/],
  ])('says what is wrong: %s', async (_, args, exit, text) => {
    const store = folder.path('none');
    const ended = await sonic('experiment', ...args, '--store', store);
    expect(ended.stderr).toMatch(/^sonic: [^\n]+\n$/);
    expect(ended.stderr).toMatch(text);
    expect(ended).toMatchObject({ code: exit, stdout: '' });
  });

  // Values, and paths that move together; experiment.slow.test.ts has every kind of axis.
  it.each([
    ['converter-bits', '2/10'],
    ['crosstalk', '3/18'],
  ])(
    'runs a part of %s',
    async (name, shard) => {
      const { code, stderr } = await sonic('experiment', 'run', name, ...tiny(shard), '--store', folder.path(name));
      expect(stderr).toBe('');
      expect(code).toBe(0);
    },
    180_000,
  );
});
