import { mkdir, readFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  diffHardware,
  hardwareHash,
  hardwareToYaml,
  loadHardware,
  valueText,
} from '../../src/hardware/descriptionFiles.js';
import { changeDescription } from '../../src/hardware/descriptionPaths.js';
import { ringConstants, transmission } from '../../src/hardware/optics/ring.js';
import { parseHardware } from '../../src/hardware/parseHardware.js';
import { presetHardware } from '../../src/hardware/presets/index.js';
import { parseResponse } from '../../src/hardware/tableFiles.js';
import { annotatedYaml } from '../../src/report/hardware/annotatedYaml.js';
import { temporaryFolder } from '../helpers/folder.js';
import { descriptionMessage } from '../helpers/messages.js';

const folder = temporaryFolder();
const EXAMPLE = 'examples/responses/airy-ripple.csv';

/** A notch of half width `half_nm` and floor `Tmin`: a Lorentzian, which is no Airy curve. */
function notch(
  half_nm: number,
  Tmin = 0.01,
  detunings = [-4, -2, -1, -0.5, -0.3, -0.2, -0.1, -0.05, 0, 0.05, 0.1, 0.2, 0.5, 1, 3],
) {
  return detunings.map((d): [number, number] => [d, 1 - (1 - Tmin) / (1 + (d / half_nm) ** 2)]);
}
const csv = (rows: readonly (readonly [unknown, unknown])[]) =>
  `detuning_nm,transmission\n${rows.map((row) => row.join(',')).join('\n')}\n`;
const GOOD = notch(0.1);

describe('the text of a response', () => {
  const plain = csv(GOOD);
  it.each([
    ['as it is', plain],
    ['with line ends of Windows', plain.replaceAll('\n', '\r\n')],
    ['with those of an old Macintosh', plain.replaceAll('\n', '\r')],
    ['with a byte order mark', `\ufeff${plain}`],
    ['with comments and empty lines', `# ring 7\n\n${plain.replace('\n', '\n  # rows\n\n')}#end`],
    ['with blanks and quotes', plain.replace('detuning_nm,', ' "detuning_nm" , ').replaceAll(/,(?=[0-9])/g, ' , ')],
    ['without the last line end', plain.trimEnd()],
    ['with signs and exponents', csv(GOOD.map(([d, t]) => [`${d > 0 ? '+' : ''}${d}e0`, `${t * 10}E-1`]))],
  ])('is read %s', (_, text) => {
    const rows = parseResponse(text, 'ring.csv');
    expect(rows.map(([d]) => d)).toEqual(GOOD.map(([d]) => d));
    expect(rows.map(([, t]) => t)).toBeAllclose(
      GOOD.map(([, t]) => t),
      { rtol: 1e-14 },
    );
  });

  it.each([
    ['', /ring\.csv: holds no line but comments; write 'detuning_nm,transmission'/],
    ['# only this\n', /holds no line but comments/],
    [
      plain.split('\n').slice(1).join('\n'),
      /line 1: '-4,0\.99\d+' is not the header; write 'detuning_nm,transmission'/,
    ],
    [plain.replace('detuning_nm,transmission', 'transmission,detuning_nm'), /line 1: .* is not the header/],
    [plain.replace('detuning_nm', 'wavelength_nm'), /line 1: .* is not the header/],
    [plain.replace(',transmission', ',transmission,error'), /line 1: .* is not the header/],
    [plain.replace('-2,', '-2;'), /line 3: '-2;\S+' has 1 cells; write detuning and transmission/],
    [plain.replace('-2,', '-2,1,'), /line 3: '-2,1,\S+' has 3 cells/],
    [plain.replace('-2,', 'two,'), /line 3: detuning_nm is 'two', not a number/],
    [plain.replace(/^(-2,).*$/m, '$1'), /line 3: transmission is '', not a number/],
    [plain.replace(/^(-2,).*$/m, '$1nan'), /line 3: transmission is 'nan', not a number/],
    [plain.replace(/^(-2,).*$/m, '$1inf'), /transmission is 'inf', not a number/],
    [plain.replace(/^(-2,).*$/m, '$11e999'), /transmission is '1e999', not a number/],
    [plain.replace(/^(-2,).*$/m, '$10x1'), /transmission is '0x1', not a number/],
    [csv(Array.from({ length: 20_001 }, (_, i) => [i, 1])), /line 20002: is beyond 20000 rows/],
  ])('%j is refused', async (text, message) => {
    expect(await descriptionMessage(() => parseResponse(text, 'ring.csv'))).toMatch(message);
  });
});

describe('rows that describe no ring', () => {
  const without = (d: number) => GOOD.filter(([own]) => own !== d);
  const changed = (d: number, t: number) => GOOD.map((row): [number, number] => (row[0] === d ? [d, t] : row));
  it.each([
    ['too few rows', GOOD.slice(4, 11), /has 7 rows; give from 8/],
    ['none at 0', without(0), /has no row at detuning 0; move the detunings/],
    ['a notch beside 0', changed(0.05, 0.001), /row 10 transmits 0\.001, less than 0\.01\d* at detuning 0/],
    [
      'a transmission above 1',
      changed(3, 1.01),
      /row 15 \(detuning 3 nm, transmission 1\.01\): a transmission is from 0 to 1/,
    ],
    ['a negative transmission', changed(0, -0.1), /row 9 .*: a transmission is from 0 to 1/],
    [
      'no notch at all',
      GOOD.map(([d]): [number, number] => [d, 1]),
      /row 9: the transmission at detuning 0 is 1 and must be below 1/,
    ],
    ['descending rows', [...GOOD].reverse(), /row 2 .*: detunings must ascend/],
    ['a row twice', [GOOD[0]!, ...GOOD], /row 2 .*: detunings must ascend/],
    [
      'more than a free spectral range',
      [...GOOD, [14.1, 1] as [number, number]],
      /spans 18\.1 nm, more than one microring\.freeSpectralRange_nm of 18/,
    ],
    [
      'a bump on the flank',
      changed(-0.2, 0.4),
      /row 6 \(detuning -0\.2 nm, transmission 0\.4\) does not exceed the row after it/,
    ],
    ['a level flank', changed(-0.2, GOOD[6]![1]), /does not exceed the row after it/],
    ['an end before full scale', GOOD.slice(5), /ends at -0\.2 nm, before the full-scale detuning of -0\.4/],
    ['no half depth on one side', GOOD.slice(0, 10), /never reaches half of the notch's depth on the positive side/],
  ])('%s', async (_, rows, message) => {
    const file = await folder.file('bad.csv', csv(rows));
    // Named in a setting or in a file, of a file or in line: one error, which says where.
    const set = await descriptionMessage(() => loadHardware('sonic', [`microring.response=${file}`]));
    expect(set).toMatch(message);
    expect(set).toContain(file);
    const description = await folder.file('bad.yaml', 'microring: { response: bad.csv }');
    const named = await descriptionMessage(() => loadHardware(description));
    expect(named).toMatch(message);
    expect(named).toContain(file);
    expect(await descriptionMessage(() => parseHardware({ microring: { response: rows } }, 'here'))).toMatch(
      /^here: microring\.response/,
    );
  });
});

describe('where a response is named', () => {
  it('in a description, beside that file; in a setting, beside the user', async () => {
    await mkdir(folder.path('deep'), { recursive: true });
    await folder.file('deep/ring.csv', csv(GOOD));
    const file = await folder.file('deep/ring.yaml', 'preset: sonic-pessimistic\nmicroring: { response: ring.csv }');
    const hardware = await loadHardware(file);
    expect(hardware.microring.response).toEqual(GOOD);
    // From the working directory.
    const way = relative(process.cwd(), folder.path('deep/ring.csv'));
    const set = await loadHardware('sonic-pessimistic', [`microring.response=${way}`]);
    expect(hardwareHash(set)).toBe(hardwareHash(hardware));
    expect(await loadHardware('sonic-pessimistic', [], way)).toEqual(set);
    expect(await descriptionMessage(() => loadHardware('sonic', ['microring.response=ring.csv']))).toMatch(
      /'ring\.csv': no such file/,
    );
    expect(await descriptionMessage(() => loadHardware('sonic', [`microring.response=${dirname(file)}`]))).toMatch(
      /it is a folder/,
    );
  });

  it('a path that nobody read is an error, not an Airy ring', async () => {
    expect(await descriptionMessage(() => parseHardware({ microring: { response: EXAMPLE } }))).toMatch(/nobody read/);
  });

  it('null in a setting takes the response of the file away', async () => {
    const file = await folder.file('own.yaml', `microring: { response: ${JSON.stringify(GOOD)} }`);
    expect(await loadHardware(file, ['microring.response=null'])).toEqual(parseHardware({}));
  });
});

describe('quality factor and extinction beside a response', () => {
  it.each([
    [
      'microring.qualityFactor=8000',
      /microring\.qualityFactor is 8000 beside it, and its own is \d+\.\d+; leave qualityFactor out/,
    ],
    ['microring.extinction_dB=25', /microring\.extinction_dB is 25 beside it/],
  ])('%s given by the user is an error', async (setting, message) => {
    expect(await descriptionMessage(() => loadHardware('sonic', [setting, `microring.response=${EXAMPLE}`]))).toMatch(
      message,
    );
    const file = await folder.file('both.yaml', `microring: { response: ${JSON.stringify(GOOD)} }`);
    expect(await descriptionMessage(() => loadHardware(file, [setting]))).toMatch(message);
  });

  it('those of a preset give way', () => {
    for (const preset of ['sonic', 'sonic-pessimistic', 'sonic-optimistic']) {
      const { microring } = presetHardware(preset, { microring: { response: GOOD } });
      const ring = ringConstants(presetHardware(preset, { microring: { response: GOOD } }));
      expect(microring.qualityFactor).toBeCloseTo(1550 / ring.linewidth_nm, 9);
      expect(microring.extinction_dB).toBeCloseTo(20, 9);
    }
  });

  it('follow a change of the description', () => {
    const hardware = parseHardware({ microring: { response: GOOD } });
    const shifted = parseHardware(changeDescription(hardware, { microring: { wavelength_nm: 1310 } }));
    expect(shifted.microring.qualityFactor).toBeCloseTo((hardware.microring.qualityFactor * 1310) / 1550, 8);
    const deeper = parseHardware(changeDescription(hardware, { microring: { response: notch(0.05, 0) } }));
    expect(deeper.microring.extinction_dB).toBe(300);
  });
});

describe('a description with a response', () => {
  const measured = fc
    .record({
      half_nm: fc.double({ min: 0.02, max: 0.3, noNaN: true }),
      Tmin: fc.double({ min: 0, max: 0.4, noNaN: true }),
    })
    .map(({ half_nm, Tmin }) =>
      parseHardware({
        microring: { response: notch(half_nm, Tmin), fullScaleDetuning_linewidths: 1.5 },
        adc: { bits: 9 },
      }),
    );

  it.each([
    ['YAML', hardwareToYaml],
    ['annotated YAML', annotatedYaml],
    ['JSON', (hardware: object) => JSON.stringify(hardware)],
  ] as const)('is read back from %s', async (what, write) => {
    await fc.assert(
      fc.asyncProperty(measured, async (hardware) => {
        const back = await loadHardware(await folder.file(`${what}.yaml`, write(hardware)));
        expect(back).toEqual(hardware);
        expect(hardwareHash(back)).toBe(hardwareHash(hardware));
      }),
      { numRuns: 30 },
    );
  });

  it('of as many rows as there may be is read back from what is shown', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i): [number, number] => {
      const d = (i - 9_999) * 9e-4;
      return [d, 1 - 0.99 / (1 + (d / 0.1) ** 2)];
    });
    const hardware = parseHardware({ microring: { response: rows } });
    const file = await folder.file('long.yaml', annotatedYaml(hardware));
    expect(hardwareHash(await loadHardware(file))).toBe(hardwareHash(hardware));
  });

  it('differs by the values of its rows, not by where they lie', () => {
    const [a, b] = [
      parseHardware({ microring: { response: GOOD } }),
      parseHardware({ microring: { response: notch(0.1) } }),
    ];
    expect(diffHardware(a, b)).toEqual([]);
    const c = parseHardware({ microring: { response: notch(0.11) } });
    expect(diffHardware(a, c).map(({ path }) => path)).toEqual(['microring.response']);
    expect(diffHardware(parseHardware({}), a).map(({ path }) => path)).toEqual(['microring.response']);
    expect(valueText(a.microring.response)).toMatch(/^15 rows, -4 to 3 nm, SHA-256 [0-9a-f]{8}$/);
    expect(valueText(a.microring.response)).not.toBe(valueText(c.microring.response));
    expect(hardwareHash(a)).not.toBe(hardwareHash(c));
  });
});

describe('the example', () => {
  it('is what its comment says', async () => {
    const rows = parseResponse(await readFile(EXAMPLE, 'utf8'), EXAMPLE);
    const airy = ringConstants(parseHardware({}));
    const said = rows.map(([d]) => transmission(airy, d) * (1 - 0.02 * Math.sin((Math.PI * d) / 0.35 + 0.6) ** 2));
    expect(rows.map(([, t]) => t)).toBeAllclose(said, { atol: 5.1e-7 });
  });

  it('is a ring', async () => {
    const { microring } = await loadHardware('sonic', [], EXAMPLE);
    expect(microring.qualityFactor).toBeGreaterThan(7500);
    expect(microring.qualityFactor).toBeLessThan(8500);
  });
});
