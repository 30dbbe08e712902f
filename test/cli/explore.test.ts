import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { buildIfStale, sonic } from './sonic.js';

beforeAll(buildIfStale, 300_000);
const folder = temporaryFolder();
const SMALL = ['--only', '--vary', 'n=2,5,10', '--vary', 'N=25,50'];

describe('sonic explore', () => {
  it('prints the search, the Pareto set, and where the paper’s point lies', async () => {
    const { code, stdout, stderr } = await sonic('explore', 'mnist', 'svhn', ...SMALL);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^search +6 points in [\d.]+ s: [\d.]+ ms a point, \d+ points\/s$/m);
    expect(stdout).toMatch(/^kernels +cut slice by slice, as the paper's machine reads/m);
    expect(stdout).toMatch(/^ *n +N +FPS\/W +FPS/m);
    expect(stdout).toMatch(/\(5, 50, 50, 10\) is (not )?in the Pareto set of FPS\/W and FPS/);
  });

  it('says where kernels are not cut as in the paper, and nothing where that is what varies', async () => {
    const path = 'vdu.conv.chunking';
    const set = await sonic('explore', 'mnist', '--only', '--vary', 'n=5', '--set', `${path}=concatenated`);
    expect(set.stdout).toMatch(/^kernels +concatenated over channels/m);
    const vary = await sonic('explore', 'mnist', '--only', '--vary', `${path}=slice,concatenated`);
    expect(vary.stdout).not.toMatch(/^kernels/m);
    expect(vary.stdout).toMatch(/vdu\.conv\.chunking = concatenated is better in FPS\/W and FPS/);
  });

  it('varies fields that name files of measured rows', async () => {
    const rows = (width: number) =>
      Array.from({ length: 81 }, (_, i) => {
        const d = (i - 40) / 50;
        return `${d},${1 - 0.99 / (1 + (d / width) ** 2)}`;
      });
    const csv = (width: number) => `detuning_nm,transmission\n${rows(width).join('\n')}\n`;
    const [wide, narrow] = [await folder.file('wide.csv', csv(0.2)), await folder.file('narrow.csv', csv(0.1))];
    const json = folder.path('rings.json');
    const vary = (value: string) => ['explore', 'mnist', '--only', '--vary', `microring.response=${value}`];
    const { code, stderr } = await sonic(...vary(`${wide},${narrow},null`), '--json', json);
    expect([code, stderr]).toEqual([0, '']);
    const { points } = JSON.parse(await readFile(json, 'utf8'));
    expect(points.map(({ values }: { values: unknown[] }) => values)).toEqual([[wide], [narrow], [null]]);
    // As each costs by itself: a narrower ring is detuned less.
    const alone = async (file: string) => {
      const set = ['--set', `microring.response=${file}`, '--only', '--vary', 'n=5', '--json', json];
      await sonic('explore', 'mnist', ...set);
      return JSON.parse(await readFile(json, 'utf8')).points[0].metrics;
    };
    expect(points[0].metrics).toEqual(await alone(wide));
    expect(points[1].metrics).toEqual(await alone(narrow));
    expect(points[1].metrics.energy).toBeLessThan(points[0].metrics.energy);
    const missing = await sonic(...vary('nowhere.csv'));
    expect(missing.stderr).toBe("sonic: microring.response 'nowhere.csv': no such file; check the path\n");
    expect(missing.code).toBe(1);
  });

  it('JSON and figure have all points; constraints leave some out', async () => {
    const [json, figure] = [folder.path('space.json'), folder.path('space.svg')];
    const run = (...args: string[]) => sonic('explore', 'mnist', ...SMALL, ...args, '--json', json, '--figure', figure);
    expect((await run()).code).toBe(0);
    const all = JSON.parse(await readFile(json, 'utf8'));
    expect([all.schema, all.points.length]).toEqual(['sonic-explore/1', 6]);
    expect(await readFile(figure, 'utf8')).toContain('the paper: (5, 50, 50, 10)');
    const powers = all.points.map(({ worst }: { worst: { power: number } }) => worst.power).sort();
    expect((await run('--max-power', String(powers[2]))).code).toBe(0);
    const some = JSON.parse(await readFile(json, 'utf8'));
    expect(some.points.length).toBeLessThan(6);
    for (const { worst } of some.points) expect(worst.power).toBeLessThanOrEqual(powers[2]);
  });

  it('emulates the Pareto set once', async () => {
    const store = folder.path('accuracies/store.jsonl');
    const args = ['explore', ...SMALL, '--accuracy', '--images', '8', '--min-accuracy', '0.5', '--store', store];
    const [first, second] = [await sonic(...args), await sonic(...args)];
    expect([first.code, first.stderr]).toEqual([0, '']);
    expect(first.stdout).toMatch(/^accuracy +emulated on 8 images at \d points$/m);
    const lines = (await readFile(store, 'utf8')).trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(0);
    const table = (text: string) => text.slice(text.indexOf('FPS/W  '));
    expect(table(second.stdout)).toBe(table(first.stdout));
    expect((await readFile(store, 'utf8')).trimEnd().split('\n')).toEqual(lines);
  });

  it.each([
    [['--vary', 'q=2'], 2, "no field 'q'"],
    [['--objectives', 'speed'], 2, "'speed' is none of"],
    [['--min-accuracy', '0.9'], 2, '--min-accuracy needs --accuracy'],
    [['--objectives', 'accuracy', '--accuracy'], 2, 'would emulate every point'],
    [['--max-power', 'low'], 2, 'It must be a number'],
    [['mnits'], 1, "did you mean 'mnist'"],
    [['--only', '--vary', 'adc.bits=0'], 1, 'no point of the space is valid hardware'],
    [['stl10', '--accuracy'], 1, 'stl10'],
  ])('%j: one line, exit %d', async (args, exitCode, message) => {
    const { code, stdout, stderr } = await sonic('explore', ...args);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toMatch(/^sonic: [^\n]+\n$/);
    expect(stderr).toContain(message);
    expect(existsSync('.cache/explore.jsonl')).toBe(false);
  });
});
