import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { buildIfStale, sonic } from './sonic.js';

beforeAll(buildIfStale, 300_000);
const folder = temporaryFolder();

describe('sonic compare', () => {
  it('prints every design on the four networks, and ratios beside the published ones', async () => {
    const { code, stdout, stderr } = await sonic('compare');
    expect([code, stderr]).toEqual([0, '']);
    for (const network of ['MNIST', 'CIFAR-10', 'STL-10', 'SVHN']) {
      for (const design of [
        'SONIC',
        'NullHop',
        'RSNN',
        'LightBulb',
        'CrossLight',
        'HolyLight',
        'Tesla P100',
        'Xeon 9282',
      ]) {
        expect(stdout).toMatch(new RegExp(`^${network} +${design} +[\\d.]+ [munp]?s `, 'm'));
      }
    }
    for (const [design, fps, epb] of [
      ['NullHop', 5.81, 8.4],
      ['RSNN', 4.02, 5.78],
      ['LightBulb', 3.08, 19.4],
      ['CrossLight', 2.94, 18.4],
      ['HolyLight', 13.8, 27.6],
    ]) {
      expect(stdout).toMatch(new RegExp(`^${design} +\\S+ +${fps} .* ${epb} `, 'm'));
    }
    expect(stdout).toContain('averaging  ratioOfMeans');
    expect(stdout).toContain('R = (energy/bit ratio) / (FPS/W ratio)');
  });

  it('JSON follows the rules it names', async () => {
    const file = folder.path('compare.json');
    expect((await sonic('compare', '--devices', 'sonic', '--averaging', 'geometric', '--json', file)).code).toBe(0);
    const { schema, setting, averaging, designs, sensitivities } = JSON.parse(await readFile(file, 'utf8'));
    expect([schema, setting.devices, averaging]).toEqual(['sonic-compare/1', 'sonic', 'geometric']);
    for (const { ratios } of designs) expect(ratios.scaleFree.denseMac).toBeCloseTo(1, 9);
    expect(sensitivities).toHaveLength(7);
  });

  it("a user's energies stand in for table 2", async () => {
    const table = await folder.file(
      'free.yaml',
      'name: free\nentries:\n  activationDac: {value: 0, unit: mW, source: t}\n',
    );
    const power = async (devices: string) => {
      const { designs } = JSON.parse((await sonic('compare', '--devices', devices, '--json', '-')).stdout);
      return designs.find(({ id }: { id: string }) => id === 'crosslight').reports[0].power_W as number;
    };
    expect(await power(table)).toBeLessThan(0.6 * (await power('sonic')));
  });

  it('writes the figure', async () => {
    const file = folder.path('ratios.svg');
    expect((await sonic('compare', '--figure', file)).code).toBe(0);
    const svg = await readFile(file, 'utf8');
    expect(svg).toContain('published');
    expect(svg).toContain('CrossLight');
  });

  it.each([
    [['--devices', 'osn.yaml'], 1, "energy table 'osn.yaml'"],
    [['--averaging', 'median'], 2, 'Allowed choices are ratioOfMeans, meanOfRatios, geometric'],
    [['--report', 'no/such/folder/x.md'], 1, 'there is no folder'],
    [['mnits'], 1, "no network 'mnits', did you mean 'mnist'?"],
    [['--search', '--averaging', 'geometric'], 2, "'--search' cannot be used with option '--averaging"],
    [['--search', '--set', 'cost.doubleBuffered=true'], 2, '--search varies cost.doubleBuffered itself'],
    [['--report', 'x.md', '--set', 'vdu.conv.chunking=concatenated'], 2, '--report varies vdu.conv.chunking itself'],
  ])('%j: one line, exit %d', async (args, exitCode, message) => {
    const { code, stdout, stderr } = await sonic('compare', ...args);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toMatch(/^sonic: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });
});
