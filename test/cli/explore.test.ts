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
    expect(stdout).toMatch(/^ *n +N +FPS\/W +FPS/m);
    expect(stdout).toMatch(/\(5, 50, 50, 10\) is (not )?in the Pareto set of FPS\/W and FPS/);
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
