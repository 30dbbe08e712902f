import { beforeAll, describe, expect, it } from 'vitest';
import { hardwareHash, loadHardware } from '../../src/hardware/descriptionFiles.js';
import { PRESETS, presetHardware } from '../../src/hardware/presets/index.js';
import { temporaryFolder } from '../helpers/folder.js';
import { buildIfStale, sonic } from './sonic.js';

beforeAll(buildIfStale, 300_000);
const folder = temporaryFolder();

describe('sonic hardware list', () => {
  it('names every preset with what it is', async () => {
    const { code, stdout, stderr } = await sonic('hardware', 'list');
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(2 + Object.keys(PRESETS).length);
    Object.entries(PRESETS).forEach(([name, { description }], at) => {
      expect(lines[at + 2]!.startsWith(`${name} `)).toBe(true);
      expect(lines[at + 2]!.endsWith(description)).toBe(true);
    });
  });
});

describe('sonic hardware show', () => {
  it('prints YAML that is read back to the same description, and its hash', async () => {
    const { code, stdout } = await sonic(
      'hardware',
      'show',
      'sonic-pessimistic',
      '--set',
      'adc.bits=9',
      '--set',
      'batchNorm=folded',
    );
    expect(code).toBe(0);
    const expected = await loadHardware('sonic-pessimistic', ['adc.bits=9', 'batchNorm=folded']);
    const file = await folder.file('shown.yaml', stdout);
    expect(await loadHardware(file)).toEqual(expected);
    expect(stdout).toContain(hardwareHash(expected));
    expect((await sonic('hardware', 'show', file)).stdout).toBe(stdout);
  });

  it('prints JSON with --json, of preset sonic by default', async () => {
    const { stdout } = await sonic('hardware', 'show', '--json');
    expect(JSON.parse(stdout)).toEqual(presetHardware('sonic'));
    expect(await loadHardware(await folder.file('shown.json', stdout))).toEqual(presetHardware('sonic'));
  });

  it.each([
    [['--set', 'adc.bit=9'], "did you mean 'adc.bits'"],
    [['--set', 'adc.bits=0'], 'adc.bits is 0'],
    [['sonic-ideel'], 'neither a preset'],
  ])('%j is an error in one line', async (args, message) => {
    const { code, stdout, stderr } = await sonic('hardware', 'show', ...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^sonic: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });

  it('names the file and the key of a bad one', async () => {
    const file = await folder.file('bad.yaml', 'microring:\n  qualityfactor: 9\n');
    const { code, stderr } = await sonic('hardware', 'show', file);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `sonic: ${file}: unknown key 'microring.qualityfactor', did you mean 'microring.qualityFactor'?\n`,
    );
  });
});

describe('sonic hardware diff', () => {
  it('lists path and both values of every field that differs, sonic by default', async () => {
    const { code, stdout } = await sonic('hardware', 'diff', 'sonic-untuned');
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'path        sonic-untuned  sonic',
      '----------  -------------  -----',
      'tuning.ted          false   true',
      '',
    ]);
  });

  it('compares files, and says where there is no difference', async () => {
    const file = await folder.file('mine.yaml', 'preset: sonic-ideal\nname: mine\n');
    expect((await sonic('hardware', 'diff', file, 'sonic-ideal')).stdout).toContain('the same hardware');
    const { stdout } = await sonic('hardware', 'diff', file, 'sonic-single-waveguide');
    expect(stdout).toMatch(/^grid\.wavelengthsPerWaveguide +10 +50$/m);
    expect(stdout).toMatch(/^effects\.shotNoise +false +true$/m);
  });
});
