/** On every backend that is here: several minutes where all are. */
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { BACKENDS } from '../../src/emulation/backends/types.js';
import { temporaryFolder } from '../helpers/folder.js';
import { buildIfStale, sonic } from './sonic.js';

beforeAll(buildIfStale, 300_000);
const folder = temporaryFolder();
const FOLDER = 'test/conformance/';
const FILES = readdirSync(new URL('../conformance/', import.meta.url))
  .filter((name) => name.endsWith('.json'))
  .map((name) => FOLDER + name);
const read = (file: string) => JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));

describe('sonic conformance', () => {
  it('passes every case on every backend and prints each quantity against its tolerance', async () => {
    const { code, stdout, stderr } = await sonic('conformance', ...FILES);
    expect([code, stderr]).toEqual([0, '']);
    for (const backend of ['reference', 'wasm']) {
      for (const quantity of ['u', 'adcCode', 'y']) {
        expect(stdout).toMatch(new RegExp(`^${backend} +layer +${quantity} +\\d+ +[\\d.e-]+ +[\\d.e-]+ +ok`, 'm'));
      }
    }
    expect(stdout).toMatch(/^wasm +layer +lumped\.y +\d+ .* ok/m);
    expect(stdout).not.toContain('not covered');
    expect(stdout).toMatch(/^reference +layer +lumped\.y +\d+ .* ok/m);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      `${FILES.flatMap((file) => read(file).cases).length} cases of ${FILES.length} files: all within tolerance`,
    );
  });

  it('exits 1 and names case and quantity where one is out of tolerance', async () => {
    const root = read(`${FOLDER}ring.json`);
    root.cases[1].expected.Tfs += 1e-6;
    const file = await folder.file('tampered.json', JSON.stringify(root));
    const { code, stdout, stderr } = await sonic('conformance', file);
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(/^reference +ring +Tfs +\d+ +1\.0e-6 +1\.0e-10 +OUT/m);
    expect(stdout).toContain(`out of tolerance: ${file}: ${root.cases[1].name} (reference): Tfs`);
    expect(stdout).toMatch(/1 out of tolerance\n$/);
  });

  it('--json writes the report, - to standard output instead of the tables', async () => {
    const file = folder.path('report.json');
    expect((await sonic('conformance', `${FOLDER}philox.json`, '--json', file)).code).toBe(0);
    const report = JSON.parse(readFileSync(file, 'utf8'));
    expect(report).toMatchObject({ schema: 'sonic-conformance-report/1', passed: true });
    // Which of the others there are depends on the machine; each that is not there says why.
    const absent = report.unavailable.map(({ backend }: { backend: string }) => backend);
    expect(absent).not.toContain('wasm');
    for (const { reason } of report.unavailable) expect(reason.length).toBeGreaterThan(20);
    expect(report.cases).toHaveLength(4 * (BACKENDS.length - absent.length));
    const { stdout } = await sonic('conformance', `${FOLDER}philox.json`, '--json', '-');
    expect(JSON.parse(stdout)).toEqual(report);
  });
});
