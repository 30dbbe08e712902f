import { mkdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  diffHardware,
  hardwareHash,
  hardwareToYaml,
  loadHardware,
  valueText,
} from '../../src/hardware/descriptionFiles.js';
import { noiseWarnings } from '../../src/hardware/hardwareWarnings.js';
import {
  meanTableVariance,
  noiseTable,
  tablePieces,
  tableSigma,
  tableVariances,
} from '../../src/hardware/optics/noiseTable.js';
import { parseHardware } from '../../src/hardware/parseHardware.js';
import { parseNoiseTable } from '../../src/hardware/tableFiles.js';
import { annotatedYaml } from '../../src/report/hardware/annotatedYaml.js';
import { temporaryFolder } from '../helpers/folder.js';
import { descriptionMessage } from '../helpers/messages.js';
import { hasNumpy, numpy } from '../helpers/numpy.js';
import { randomArray } from '../helpers/random.js';

const folder = temporaryFolder();
const EXAMPLE = 'examples/receivers/tia-shot-knee.csv';
type Table = [string | number, string | number][];
const GOOD: Table = [
  ['u_over_range', 'sigma_over_range'],
  [-1, 0.01],
  [0, 0.001],
  [0.5, 0.004],
  [1, 0.02],
];
const csv = (table: Table) => `${table.map((row) => row.join(',')).join('\n')}\n`;

describe('a damaged noise table', () => {
  const changed = (row: number, cells: [string | number, string | number]): Table =>
    GOOD.map((own, at) => (at === row ? cells : own));
  it.each([
    ['no number', changed(2, ['zero', 0.001]), /line 3: u_over_range is 'zero', not a number; write it as/],
    ['no deviation', changed(3, [0.5, 'nan']), /line 4: sigma_over_range is 'nan', not a number/],
    [
      'another header',
      changed(0, ['u', 'variance']),
      /line 1: 'u,variance' is not the header; write 'u_over_range,sigma_over_range' \(parts of the ADC's range\) or 'u,sigma'/,
    ],
    ['mixed headers', changed(0, ['u', 'sigma_over_range']), /line 1: .* is not the header/],
    ['no header', GOOD.slice(1), /line 1: '-1,0\.01' is not the header/],
    ['three cells', changed(2, [0, '0.1,3']), /line 3: '0,0\.1,3' has 3 cells; write u and sigma/],
  ])('%s: the line, the value and the remedy', async (_, table, message) => {
    const file = await folder.file('bad.csv', csv(table));
    const said = await descriptionMessage(() => loadHardware('sonic', [`adc.noiseTable=${file}`]));
    expect(said).toMatch(message);
    expect(said).toContain(file);
  });

  it.each([
    [
      'a negative deviation',
      changed(3, [0.5, -0.004]),
      /row 3 \(u_over_range 0\.5, sigma_over_range -0\.004\): a standard deviation is not negative/,
    ],
    ['descending', [GOOD[0]!, ...GOOD.slice(1).reverse()], /row 2 \(u_over_range 0\.5.*must ascend; sort the rows/],
    ['a value twice', changed(3, [0, 0.004]), /row 3 .*must ascend/],
    ['too close', changed(3, [1e-9, 0.004]), /row 3 .*closer to the row before than single precision tells apart/],
    ['one row', GOOD.slice(0, 2), /has 1 row below its header; give from 2 to 4096/],
    ['no row', GOOD.slice(0, 1), /has 0 rows below its header/],
    [
      'far beyond',
      changed(4, [1e7, 0.1]),
      /row 4 .*beyond 1000000 times full scale; divide by the converter's full scale/,
    ],
  ] as [string, Table, RegExp][])('%s: row, value and remedy, of a file and in line', async (_, table, message) => {
    const file = await folder.file('bad.csv', csv(table));
    const said = await descriptionMessage(() => loadHardware('sonic', [`adc.noiseTable=${file}`]));
    expect(said).toMatch(message);
    expect(said).toContain(file);
    const named = await folder.file('bad.yaml', 'adc: { noiseTable: bad.csv }');
    expect(await descriptionMessage(() => loadHardware(named))).toMatch(message);
    expect(await descriptionMessage(() => parseHardware({ adc: { noiseTable: table } }, 'here'))).toMatch(
      /^here: adc\.noiseTable/,
    );
  });

  it.each([
    ['a file that is not there', () => loadHardware('sonic', ['adc.noiseTable=none.csv']), /'none\.csv': no such file/],
    [
      'a number',
      () => loadHardware('sonic', ['adc.noiseTable=3']),
      /adc\.noiseTable is 3: name a CSV file, or give its header and rows/,
    ],
    ['a path that nobody read', () => parseHardware({ adc: { noiseTable: EXAMPLE } }), /nobody read/],
    [
      'rows without header',
      () => parseHardware({ adc: { noiseTable: GOOD.slice(1) } }),
      /begins with \[-1,0\.01\], not with a header/,
    ],
    [
      'words among rows',
      () => parseHardware({ adc: { noiseTable: [...GOOD, ['2', 'x']] } }),
      /row 5 .*both must be finite numbers/,
    ],
  ])('%s', async (_, work, message) => {
    expect(await descriptionMessage(work)).toMatch(message);
  });
});

describe('where a noise table is named', () => {
  it('in a description, beside that file; in a setting, beside the user; the hash holds its rows', async () => {
    await mkdir(folder.path('deep'), { recursive: true });
    await folder.file('deep/table.csv', `# measured\n\n${csv(GOOD).replaceAll('\n', '\r\n')}`);
    const hardware = await loadHardware(await folder.file('deep/own.yaml', 'adc: { noiseTable: table.csv }'));
    expect(hardware.adc.noiseTable).toEqual(GOOD);
    const set = await loadHardware('sonic', [`adc.noiseTable=${folder.path('deep/table.csv')}`]);
    expect(hardwareHash(set)).toBe(hardwareHash(hardware));
    expect(hardwareHash(set)).not.toBe(hardwareHash(parseHardware({})));
    expect(diffHardware(parseHardware({}), set).map(({ path }) => path)).toEqual(['adc.noiseTable']);
    expect(valueText(set.adc.noiseTable)).toMatch(/^4 rows, u_over_range -1 to 1, SHA-256 [0-9a-f]{8}$/);
    for (const text of [hardwareToYaml(set), annotatedYaml(set)])
      expect(await loadHardware(await folder.file('again.yaml', text))).toEqual(set);
  });

  it('warns where it counts twice or not at all', () => {
    expect(noiseWarnings(parseHardware({ adc: { noiseTable: GOOD } }))).toEqual([]);
    expect(noiseWarnings(parseHardware({ adc: { noiseTable: GOOD, effectiveBits: 9 } }))[0]).toMatch(/both add noise/);
    expect(noiseWarnings(parseHardware({ adc: { noiseTable: GOOD }, effects: { converterNoise: false } }))[0]).toMatch(
      /adds nothing: effects\.converterNoise is off/,
    );
  });
});

describe('the curve', () => {
  const u = randomArray(3, 600, -3, 3);
  const rows = GOOD.slice(1) as [number, number][];

  it('is in parts of the range, or of a full-scale product', () => {
    const range = noiseTable(GOOD, 2.5)!;
    expect([...range.u]).toEqual([-2.5, 0, 1.25, 2.5]);
    expect([...range.sigma]).toBeAllclose([0.025, 0.0025, 0.01, 0.05], { rtol: 1e-15 });
    expect([...noiseTable([['u', 'sigma'], ...rows], 2.5)!.sigma]).toEqual(rows.map(([, sigma]) => sigma));
    expect(noiseTable([GOOD[0]!, [0, 0], [1, 0]], 1)).toBeNull();
  });

  it.runIf(hasNumpy)('is numpy.interp, and its mean square what numpy integrates', () => {
    const table = noiseTable(GOOD, 2.5)!;
    const given = JSON.stringify({ u: [...u], x: [...table.u], y: [...table.sigma] });
    const [sigma, mean] = numpy(
      `g = json.loads(sys.argv[1])
fine = (np.arange(2000000) + 0.5) / 1000000 * 3 - 3
print(json.dumps([np.interp(g['u'], g['x'], g['y']).tolist(), float(np.mean(np.interp(fine, g['x'], g['y'])**2))]))`,
      given,
    ) as [number[], number];
    expect(Array.from(u, (at) => tableSigma(table, at))).toBeAllclose(sigma, { rtol: 1e-12 });
    expect(meanTableVariance(table, 3)).toBeAllclose(mean, { rtol: 1e-9 });
    // What kernels of single precision take: pieces, in steps.
    const { from, at, slope } = tablePieces(table, 0.01);
    const pieces = Array.from(u, (value) => {
      const x = value / 0.01;
      const piece = from.subarray(1).filter((begin) => begin <= x).length;
      return 0.01 * (at[piece]! + slope[piece]! * (x - from[piece]!));
    });
    expect(pieces).toBeAllclose(sigma, { atol: 1e-7, rtol: 1e-6 });
  });

  it('has its least and most within reach', () => {
    const table = noiseTable(GOOD, 1)!;
    expect(tableVariances(table, 0.25)).toEqual({ least: 0.001 ** 2, most: tableSigma(table, -0.25) ** 2 });
    expect(tableVariances(undefined, 1)).toEqual({ least: 0, most: 0 });
  });
});

it('the example is what its comment says', async () => {
  const [header, ...rows] = parseNoiseTable(await readFile(EXAMPLE, 'utf8'), EXAMPLE) as [
    unknown,
    ...[number, number][],
  ];
  expect(header).toEqual(['u_over_range', 'sigma_over_range']);
  const said = rows.map(([u]) =>
    Math.hypot(0.5e-3, 1e-3 * Math.sqrt(Math.abs(u)), 0.8e-3 * u, (4e-3 * Math.max(0, Math.abs(u) - 0.85)) / 0.15),
  );
  expect(rows.map(([, sigma]) => sigma)).toBeAllclose(said, { atol: 6e-8 });
});
