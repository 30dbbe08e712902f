import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseResult } from '../../src/experiments/result/readResult.js';
import { temporaryFolder } from '../helpers/folder.js';
import { hasNumpy, numpy } from '../helpers/numpy.js';
import { buildIfStale, sonic } from './sonic.js';

beforeAll(buildIfStale, 300_000);
const folder = temporaryFolder();
/** Arrays of arrays of a number. */
const filled = (value: number, ...shape: readonly number[]): unknown =>
  shape.length === 0 ? value : Array.from({ length: shape[0]! }, () => filled(value, ...shape.slice(1)));
const IMAGES = ['--images', '40'];

async function runJson(...args: string[]) {
  const { code, stdout } = await sonic('run', 'mnist', ...IMAGES, ...args, '--json', '-');
  expect(code).toBe(0);
  return parseResult(JSON.parse(stdout), 'run');
}

describe('sonic device bank --export and --static', () => {
  it('an exported chip runs as the chip that was drawn, on another seed', async () => {
    for (const name of ['chip.npz', 'chip.json']) {
      expect((await sonic('device', 'bank', '--chip', '5', '--export', folder.path(name))).code).toBe(0);
    }
    const drawn = await runJson('--chip', '5');
    for (const name of ['chip.npz', 'chip.json']) {
      const given = await runJson('--chip', '6', '--static', folder.path(name));
      expect(given.accuracy).toEqual(drawn.accuracy);
      expect(given.cost!.energy_J).toBe(drawn.cost!.energy_J);
      expect(given.run.static!.maps).toHaveLength(12);
      expect(given.hardwareHash).toBe(drawn.hardwareHash);
    }
    const { stdout } = await sonic('run', 'mnist', ...IMAGES, '--static', folder.path('chip.npz'));
    expect(stdout).toMatch(/^ +static errors given, not drawn: all 12 maps \(SHA-256 [0-9a-f]{16}\)$/m);
  });

  it.skipIf(!hasNumpy)('maps that NumPy wrote act: dead slots are chance', async () => {
    numpy('np.savez(sys.argv[1], conv_gain=np.zeros((50, 2, 5)))', folder.path('dead.npz'));
    const dead = await runJson('--static', folder.path('dead.npz'));
    expect(dead.run.static!.maps).toEqual(['conv_gain']);
    expect(dead.accuracy.emulated).toBeLessThan(0.4);
    const off = await runJson('--static', folder.path('dead.npz'), '--set', 'effects.gainErrors=false');
    expect(off.accuracy.emulated).toBeGreaterThan(0.9);
  });

  it('cost takes the trims of the given chip, and refuses a chip without any', async () => {
    const file = folder.path('trims.json');
    await sonic('device', 'bank', '--chip', '5', '--export', file);
    const energyOf = async (...args: string[]) => {
      const { stdout, stderr } = await sonic('cost', 'mnist', ...args, '--json', '-');
      expect(stderr).toBe('');
      return JSON.parse(stdout);
    };
    const [drawn, given] = [await energyOf('--chip', '5'), await energyOf('--static', file)];
    expect(given.costs).toEqual(drawn.costs);
    expect(given.costs).not.toEqual((await energyOf('--chip', '6')).costs);
    expect(given.static.maps).toHaveLength(12);
    const gains = await folder.file('gains.json', JSON.stringify({ conv_gain: filled(1, 50, 2, 5) }));
    const refused = await sonic('cost', 'mnist', '--static', gains);
    expect(refused.stderr).toMatch(/^sonic: [^\n]*neither conv_trim_nm nor fc_trim_nm[^\n]*\n$/);
    expect([refused.code, refused.stdout]).toEqual([1, '']);
  });

  it('device bank and thermal show the given chip', async () => {
    const study = async (...args: string[]) => JSON.parse((await sonic('device', ...args, '--json', '-')).stdout);
    await sonic('device', 'bank', '--chip', '5', '--export', folder.path('five.npz'));
    const [drawn, given] = [
      await study('bank', '--chip', '5'),
      await study('bank', '--chip', '1', '--static', folder.path('five.npz')),
    ];
    expect(given.cases.at(-1).error_nm.flat()).toBeAllclose(drawn.cases.at(-1).error_nm.flat(), { rtol: 1e-12 });
    const [drives, givenDrives] = [
      await study('thermal', '--chip', '5'),
      await study('thermal', '--static', folder.path('five.npz')),
    ];
    expect(givenDrives.drives).toEqual(drives.drives);
  });

  it.each([
    [['device', 'bank', '--export', 'chip.csv'], 2, /--export 'chip\.csv': the name must end in \.npz or \.json/],
    [['device', 'bank', '--export', 'no/such/folder/chip.npz'], 1, /cannot write .*there is no folder/],
    [['run', 'mnist', '--static', 'none.npz'], 1, /static 'none\.npz': no such file/],
    [['run', 'mnist', '--static', 'README.md'], 1, /README\.md: is neither an \.npz of NumPy nor a JSON object/],
    [['attribute', 'mnist', '--static', 'package.json'], 1, /package\.json: no map is called 'name'/],
    [['device', 'thermal', '--static', 'package.json'], 1, /package\.json: no map is called 'name'/],
  ])('%j: one line', async (args, exit, message) => {
    const { code, stdout, stderr } = await sonic(...args);
    expect([code, stdout]).toEqual([exit, '']);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(existsSync('chip.csv')).toBe(false);
  });

  it('several chips of a whole file are refused', async () => {
    await sonic('device', 'bank', '--export', folder.path('whole.json'));
    const { code, stderr } = await sonic(
      'run',
      'mnist',
      ...IMAGES,
      '--chips',
      '3',
      '--static',
      folder.path('whole.json'),
    );
    expect([code, stderr]).toEqual([1, expect.stringMatching(/3 chips, .* all would be the same chip; run one/)]);
    expect(JSON.parse(readFileSync(folder.path('whole.json'), 'utf8')).schema).toBe('sonic-static/1');
  });
});
