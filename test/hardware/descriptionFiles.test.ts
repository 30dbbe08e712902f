import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { DescriptionError } from '../../src/base/errors.js';
import { diffHardware, hardwareHash, hardwareToYaml, loadHardware } from '../../src/hardware/descriptionFiles.js';
import { hardwareFields, mergeDescription } from '../../src/hardware/descriptionPaths.js';
import { parseHardware } from '../../src/hardware/parseHardware.js';
import { PRESETS, presetHardware } from '../../src/hardware/presets/index.js';
import { annotatedYaml } from '../../src/report/hardware/annotatedYaml.js';
import { temporaryFolder } from '../helpers/folder.js';

const folder = temporaryFolder();

// YAML and JSON know no -0: adding 0 removes the sign.
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map((x) => x + 0);
/** Valid descriptions that differ from the preset in many fields at once. */
const descriptions = fc
  .record(
    {
      name: fc.string({ minLength: 1, maxLength: 30 }),
      vdu: fc.record({
        conv: fc.record({ size: fc.integer({ min: 1, max: 64 }), units: fc.integer({ min: 1, max: 200 }) }),
      }),
      adc: fc.record({
        bits: fc.integer({ min: 8, max: 24 }),
        range: fc.oneof(fc.constantFrom('full', 'calibrated'), number(1e-6, 100)),
        effectiveBits: fc.option(number(1, 8)),
      }),
      microring: fc.record({ qualityFactor: number(1000, 1e6), extinction_dB: number(1, 100) }),
      grid: fc.record({
        compensation: fc.constantFrom('none', 'gain', 'full'),
        wavelengthsPerWaveguide: fc.integer({ min: 1, max: 100 }),
      }),
      tuning: fc.record({ ted: fc.boolean(), temperatureOffset_K: number(-10, 10) }),
      effects: fc.record({ shotNoise: fc.boolean(), extinction: fc.boolean() }),
      cost: fc.record({ energyTable: fc.option(fc.string()) }),
    },
    { requiredKeys: [] },
  )
  .map((overrides) => parseHardware(overrides));

describe('round trips', () => {
  it.each([
    ['YAML', hardwareToYaml],
    ['annotated YAML', annotatedYaml],
    ['JSON', (hardware: object) => JSON.stringify(hardware)],
  ] as const)('any description as %s', async (what, write) => {
    await fc.assert(
      fc.asyncProperty(descriptions, async (hardware) => {
        const file = await folder.file(`${what}.yaml`, write(hardware));
        const back = await loadHardware(file);
        expect(back).toEqual(hardware);
        expect(hardwareHash(back)).toBe(hardwareHash(hardware));
      }),
      { numRuns: 60 },
    );
  });

  it.each(['null', 'true', '8', '1e3', '~', '# no', 'a: b', "it's", '"', '\\', 'two\nlines', ' ', '0x1F', 'ün'])(
    'a name that looks like something else: %j',
    async (name) => {
      for (const write of [hardwareToYaml, annotatedYaml]) {
        expect((await loadHardware(await folder.file('name.yaml', write(parseHardware({ name }))))).name).toBe(name);
      }
    },
  );

  it('annotated YAML has every field with its meaning, and the content hash', () => {
    const hardware = presetHardware('sonic-ideal');
    const text = annotatedYaml(hardware);
    for (const { path, description } of hardwareFields()) {
      const key = path.split('.').at(-1)!;
      expect(
        text.split('\n').some((line) => line.trimStart().startsWith(`${key}: `) && line.endsWith(`# ${description}`)),
      ).toBe(true);
    }
    expect(text).toContain(hardwareHash(hardware));
  });
});

describe('hardwareHash', () => {
  it('changes with every field but the name', () => {
    const sonic = parseHardware({});
    const other: Record<string, unknown> = {
      'vdu.conv.chunking': 'concatenated',
      'microring.response': Array.from({ length: 8 }, (_, i) => [i - 4, i === 4 ? 0 : 0.9 + 0.01 * Math.abs(i - 4)]),
      'vcsel.electricalPower_mW': 2,
      'vcsel.wallPlugEfficiency': 0.5,
      'cost.converterScaling': 'fixed',
      'adc.range': 'full',
      'adc.effectiveBits': 4,
      'adc.noiseTable': [
        ['u', 'sigma'],
        [0, 0.1],
        [1, 0.2],
      ],
      'grid.channelSpacing_nm': 0.4,
      'receiver.samplingInterval_ns': 3,
      'cost.energyTable': 'x',
      'adc.rangeQuantile': 0.5,
      'calibration.activationQuantile': 0.5,
      'vcsel.relativeIntensityNoise_dB_per_Hz': -99,
      'weightDac.levels': 'uniform',
      'weightDac.spacing': 'detuning',
      'grid.compensation': 'none',
      'tuning.mode': 'thermal',
      'vcsel.tuningPoint': 'stream',
      batchNorm: 'folded',
      'vdu.signs': 'offset',
      'calibration.activationScale': 'perImage',
      'cost.converterAccounting': 'perConversion',
      'cost.memory': 'literature',
      'calibration.photonAverage': 'image',
    };
    // What a field has no meaning without.
    const beside: Record<string, object> = {
      'calibration.photonAverage': { calibration: { photonsPerMultiplication: 1 } },
    };
    const hashes = new Set([hardwareHash(sonic)]);
    const paths = hardwareFields()
      .map(({ path }) => path)
      .filter((path) => path !== 'name');
    for (const path of paths) {
      const now = path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], sonic);
      const changed = other[path] ?? (typeof now === 'boolean' ? !now : (now as number) + 1);
      const nested = path.split('.').reduceRight<unknown>((value, key) => ({ [key]: value }), changed);
      hashes.add(hardwareHash(parseHardware(mergeDescription(nested, beside[path] ?? {}))));
    }
    expect(hashes.size).toBe(paths.length + 1);
    expect(hardwareHash(parseHardware({ name: 'another' }))).toBe(hardwareHash(sonic));
  });
});

describe('loadHardware', () => {
  it('reads presets, YAML, JSON, an empty file, and a preset to start from', async () => {
    expect(await loadHardware('sonic')).toEqual(presetHardware('sonic'));
    expect((await loadHardware(await folder.file('a.yaml', 'adc:\n  bits: 8\n'))).adc.bits).toBe(8);
    expect((await loadHardware(await folder.file('a.json', '{"adc": {"bits": 9}}'))).adc.bits).toBe(9);
    expect(await loadHardware(await folder.file('empty.yaml', ''))).toEqual(presetHardware('sonic'));
    const based = await loadHardware(await folder.file('b.yaml', 'preset: sonic-ideal\nadc: { bits: 4 }\n'));
    expect(diffHardware(presetHardware('sonic-ideal'), based)).toEqual([
      { path: 'adc.bits', from: 16, to: 4 },
      { path: 'adc.power_mW', from: 62, to: 62 * 2 ** -12 },
    ]);
  });

  it('applies settings in order, over file and preset', async () => {
    const hardware = await loadHardware('sonic-pessimistic', [
      'adc.bits=12',
      'adc.bits=10',
      'adc.effectiveBits=null',
      'grid.compensation=full',
      'tuning.ted=false',
      'tuning.trimResidual_nm=1e-3',
      'adc.range=2.5',
    ]);
    expect(hardware.adc).toMatchObject({ bits: 10, effectiveBits: null, range: 2.5 });
    expect(hardware.grid.compensation).toBe('full');
    expect(hardware.tuning).toMatchObject({ ted: false, trimResidual_nm: 0.001, trimShift_nm: 7.1 });
    expect(hardware.name).toBe('sonic-pessimistic');
  });

  it.each([
    ['adc.bit=8', /unknown path 'adc\.bit'; did you mean 'adc\.bits'/],
    ['adc=8', /it is a group of bits, latency_ns/],
    ['adc.bits', /write path=value/],
    ['=8', /write path=value/],
    ['adc.bits=many', /adc\.bits is "many"/],
    ['adc.bits=', /adc\.bits is null/],
    ['__proto__.x=1', /unknown path/],
    ['grid.channelSpacing_nm=0', /channelSpacing_nm is 0/],
  ])('--set %s is an error that names it', async (setting, message) => {
    await expect(loadHardware('sonic', [setting])).rejects.toThrow(DescriptionError);
    await expect(loadHardware('sonic', [setting])).rejects.toThrow(message);
    await expect(loadHardware('sonic', [setting])).rejects.toThrow(setting);
  });

  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefghij'.split('').map((key, at) => `${key}: &${key} [${`*${'abcdefghij'[at]},`.repeat(9)}]`),
  ];
  it.each([
    ['a list', '- 1\n- 2\n', /not keys and values/],
    ['a word', 'sonic\n', /not keys and values/],
    ['broken YAML', 'adc: [1\n', /not YAML or JSON/],
    ['a doubled key', 'batchNorm: folded\nbatchNorm: optical\n', /not YAML or JSON/],
    ['a preset that is no name', 'preset: 3\n', /preset is 3, not a name/],
    ['a preset there is not', 'preset: sonik\n', /unknown hardware preset 'sonik', did you mean 'sonic'/],
    ['a binary file', '\u0000\u0001\u0002', /bad\.yaml/],
    ['a group that is nothing', 'adc:\n', /adc is null/],
    ['aliases without end', bomb.join('\n'), /bad\.yaml: /],
    ['a key __proto__', '__proto__: { a: 1 }\n', /unknown key '__proto__'/],
    ['megabytes', ' '.repeat(2 ** 21), /too large/],
  ])('refuses a file that holds %s', async (_, content, message) => {
    const file = await folder.file('bad.yaml', content);
    await expect(loadHardware(file)).rejects.toThrow(DescriptionError);
    await expect(loadHardware(file)).rejects.toThrow(message);
    expect(({} as { a?: number }).a).toBe(undefined);
  });

  it('names presets where there is neither preset nor file', async () => {
    await expect(loadHardware(folder.path('none.yaml'))).rejects.toThrow(/neither a preset .*sonic-ideal.* nor a file/);
    await expect(loadHardware(folder.path())).rejects.toThrow(DescriptionError);
  });
});

describe('diffHardware', () => {
  it('of a description with itself is empty, and with sonic lists what a preset changes', () => {
    for (const name of Object.keys(PRESETS)) {
      const hardware = presetHardware(name);
      expect(diffHardware(hardware, hardware)).toEqual([]);
    }
    expect(diffHardware(presetHardware('sonic'), presetHardware('sonic-untuned'))).toEqual([
      { path: 'tuning.ted', from: true, to: false },
    ]);
  });

  it('of two names only is empty', () => {
    expect(stringify(diffHardware(parseHardware({ name: 'a' }), parseHardware({ name: 'b' })))).toBe('[]\n');
  });
});
