import { readdir, readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { smallMnist } from '../helpers/smallMnist.js';
import { resultJson } from '../report/results.js';
import { buildIfStale, MAIN, runProcess, sonic } from './sonic.js';

beforeAll(buildIfStale, 300_000);
const folder = temporaryFolder();

describe('sonic report of results', () => {
  let [one, two] = ['', ''];
  beforeAll(async () => {
    one = await folder.file('one.json', JSON.stringify(await resultJson({ chips: 3 })));
    two = await folder.file('two.json', JSON.stringify(await resultJson({}, ['adc.bits=6'])));
  });

  it('writes report.html in the working directory and says what it holds', async () => {
    const { code, stdout, stderr } = await runProcess(process.execPath, [MAIN, 'report', one], folder.path());
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^report\.html: 2 figures; [\d.]+ kB\n$/);
    const html = await readFile(folder.path('report.html'), 'utf8');
    expect(html).toContain('<h1>one: sonic-mnist on mnist, sonic</h1>');
    expect(html).toContain(
      'sonic run mnist --images 8 --fidelity exact --backend wasm --seed 1 --chip 1 --chips 3 --set calibration.images=4 --json result.json',
    );
  });

  it('sets several side by side, with figures for papers in a folder that it makes', async () => {
    const [output, figures] = [folder.path('both.html'), folder.path('deep/figures')];
    const args = ['report', one, two, '--title', 'A & B', '--output', output, '--figures', figures];
    const { code, stderr } = await sonic(...args);
    expect([code, stderr]).toEqual([0, '']);
    const html = await readFile(output, 'utf8');
    expect(html).toContain('<title>A &amp; B</title>');
    for (const heading of ['Results side by side', 'one: ', 'two: ']) expect(html).toContain(heading);
    const names = ['one_chips', 'one_cost', 'results_accuracy', 'results_energy', 'two_cost'];
    expect((await readdir(figures)).sort()).toEqual(names.flatMap((name) => [`${name}.png`, `${name}.svg`]));
    expect(await readFile(`${figures}/one_cost.svg`, 'utf8')).not.toContain('var(');
    const first = html;
    await sonic(...args);
    expect(await readFile(output, 'utf8')).toBe(first);
  });

  it.each([
    [['nothing.json'], 1, "result 'nothing.json': no such file"],
    [['package.json'], 1, 'package.json: schema is missing'],
    [[], 2, "missing required argument 'STORE|RESULT'"],
    [['package.json', '--output', 'no/such/folder/r.html'], 1, "cannot write 'no/such/folder/r.html'"],
  ])('%j: one line, exit %d', async (args, exitCode, message) => {
    const { code, stdout, stderr } = await sonic('report', ...args);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toMatch(/^sonic: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });

  it('leaves nothing behind where the page cannot be written', async () => {
    const before = await readdir(folder.path());
    const { code, stderr } = await sonic('report', one, '--output', folder.path('deep'));
    expect(code).toBe(1);
    expect(stderr).toContain('it is a folder');
    expect(await readdir(folder.path())).toEqual(before);
  });
});

describe('sonic report of a store', () => {
  const store = () => folder.path('store');
  beforeAll(async () => {
    const plan = await folder.file(
      'bits.yaml',
      [
        'name: bits',
        'title: Bits of the ADC',
        'description: How *few*?',
        `base: { network: ${await smallMnist(folder)}, images: 4, hardware: sonic, set: { calibration.images: 10 } }`,
        'axes: [{ path: adc.bits, values: [4, 16] }]',
        'monteCarlo: { chips: 2 }',
      ].join('\n'),
    );
    const { code, stderr } = await sonic('sweep', plan, '--store', store());
    expect([code, stderr]).toEqual([0, '']);
  }, 300_000);

  it('has a section for the sweep, with the numbers of its trials', async () => {
    const output = folder.path('store.html');
    const figures = folder.path('store-figures');
    const { code, stdout, stderr } = await sonic('report', store(), '--output', output, '--figures', figures);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/: 4 figures, SVG and PNG of each in /);
    const html = await readFile(output, 'utf8');
    for (const part of ['<h1>Bits of the ADC</h1>', '<em>few</em>', '2 of 2 finished', 'varies: 4, 16']) {
      expect(html).toContain(part);
    }
    expect((await readdir(figures)).filter((name) => name.endsWith('.svg')).sort()).toEqual([
      'bits_accuracy-adc-bits.svg',
      'bits_accuracy-energy-j.svg',
      'bits_chips.svg',
      'bits_layers.svg',
    ]);
  });

  it.each([
    [['--sweep', 'bit'], 1, "no sweep 'bit'; did you mean 'bits'?"],
    [['package.json'], 2, 'of one store, or of results'],
  ])('%j: one line, exit %d', async (args, exitCode, message) => {
    const { code, stdout, stderr } = await sonic('report', store(), ...args);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toMatch(/^sonic: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });

  it('refuses a folder that is no store, and --sweep of files', async () => {
    const none = await sonic('report', folder.path());
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('is not a store of trials')]);
    const files = await sonic('report', 'package.json', '--sweep', 'bits');
    expect([files.code, files.stderr]).toEqual([2, expect.stringContaining('--sweep chooses from a store')]);
  });
});
