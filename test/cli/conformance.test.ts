import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { buildIfStale, sonic } from './sonic.js';

beforeAll(buildIfStale, 300_000);
const folder = temporaryFolder();
const FOLDER = 'test/conformance/';
const FILES = readdirSync(new URL('../conformance/', import.meta.url))
  .filter((name) => name.endsWith('.json'))
  .map((name) => FOLDER + name);
const read = (file: string) => JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));

/** What a backend is to run of all files: devices (rings, banks, static maps) have no kernels. */
function counted(kernelsOnly: boolean): string {
  const cases = FILES.map((file): { kind: string }[] => read(file).cases);
  const run = cases.map(
    (own) => own.filter(({ kind }) => !kernelsOnly || kind === 'layer' || kind === 'philox').length,
  );
  return `${run.reduce((a, b) => a + b)} cases of ${run.filter((count) => count > 0).length} files`;
}

describe('sonic conformance', () => {
  it.each([
    ['wasm', counted(true)],
    ['reference', counted(false)],
  ])('passes every case on %s and prints each quantity against its tolerance', async (backend, counts) => {
    const { code, stdout, stderr } = await sonic('conformance', ...FILES, '--backend', backend);
    expect([code, stderr]).toEqual([0, '']);
    for (const quantity of ['u', 'adcCode', 'y', 'lumped.y']) {
      expect(stdout).toMatch(new RegExp(`^${backend} +layer +${quantity} +\\d+ +[\\d.e-]+ +[\\d.e-]+ +ok`, 'm'));
    }
    expect(stdout).not.toContain('not covered');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`${counts}: all within tolerance`);
  });

  it('--verbose has a table for every case, --backend chooses', async () => {
    const { code, stdout } = await sonic('conformance', `${FOLDER}ring.json`, '--backend', 'reference', '--verbose');
    expect(code).toBe(0);
    const names = read(`${FOLDER}ring.json`).cases.map(({ name }: { name: string }) => name);
    for (const name of names) expect(stdout).toContain(`${FOLDER}ring.json: ${name} (ring, reference)`);
    expect(stdout).not.toContain('wasm');
    expect(stdout.match(/^Tfs /gm)).toHaveLength(names.length);
  });

  it('exits 1 and names case and quantity where one is out of tolerance', async () => {
    const root = read(`${FOLDER}ring.json`);
    root.cases[1].expected.Tfs += 1e-6;
    const file = await folder.file('tampered.json', JSON.stringify(root));
    const { code, stdout, stderr } = await sonic('conformance', file, '--backend', 'reference');
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(/^reference +ring +Tfs +\d+ +1\.0e-6 +1\.0e-10 +OUT/m);
    expect(stdout).toContain(`out of tolerance: ${file}: ${root.cases[1].name} (reference): Tfs`);
    expect(stdout).toMatch(/1 out of tolerance\n$/);
  });

  it('--json writes the report, - to standard output instead of the tables', async () => {
    const file = folder.path('report.json');
    const args = ['conformance', `${FOLDER}philox.json`, '--backend', 'wasm', '--json'];
    expect((await sonic(...args, file)).code).toBe(0);
    const report = JSON.parse(readFileSync(file, 'utf8'));
    expect(report).toMatchObject({ schema: 'sonic-conformance-report/1', passed: true, unavailable: [] });
    expect(report.cases).toHaveLength(4);
    const { stdout } = await sonic(...args, '-');
    expect(JSON.parse(stdout)).toEqual(report);
  });

  it.each([
    ['not JSON', '{', /^sonic: [^\n]*bad\.json: offset 1: the JSON ends here, unfinished[^\n]*\n$/],
    ['another format', '{"format": "x", "cases": []}', /^sonic: [^\n]*bad\.json: format[^\n]*\n$/],
    [
      'a case without a kind',
      '{"format": "sonic-conformance/1", "cases": [{"name": "first"}]}',
      /^sonic: [^\n]*bad\.json: case 'first': kind[^\n]*\n$/,
    ],
  ])('a file that is %s is one error, and nothing is written', async (_, content, message) => {
    const file = await folder.file('bad.json', content);
    const { code, stdout, stderr } = await sonic(
      'conformance',
      `${FOLDER}ring.json`,
      file,
      '--backend',
      'reference',
      '--json',
      folder.path('none.json'),
    );
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
    expect(existsSync(folder.path('none.json'))).toBe(false);
  });

  it('nothing to compare is no success', async () => {
    const { code, stdout } = await sonic('conformance', `${FOLDER}ring.json`, '--backend', 'wasm');
    expect([code, stdout]).toEqual([1, 'nothing to compare: no kernels for cases of this kind\n']);
  });

  it('an unknown backend is wrong usage', async () => {
    const { code, stderr } = await sonic('conformance', `${FOLDER}ring.json`, '--backend', 'gpu');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^sonic: [^\n]*wasm, reference, [^\n]*all[^\n]*\n$/);
  });
});
