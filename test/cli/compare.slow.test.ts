import { readFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { buildIfStale, sonic } from './sonic.js';

beforeAll(buildIfStale, 300_000);
const folder = temporaryFolder();

it('sonic compare --search enumerates what the papers leave open, with JSON', async () => {
  const file = folder.path('search.json');
  const { code, stdout, stderr } = await sonic('compare', '--search', '--json', file);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('A fit with so many free choices is not evidence');
  const { schema, combinations, choices, reaches, together, frozen, bits } = JSON.parse(await readFile(file, 'utf8'));
  expect(schema).toBe('sonic-compare-search/1');
  const values = Object.values(choices as Record<string, { values: string[] }>).map(({ values: of }) => of.length);
  expect(combinations).toBe(values.reduce((product, length) => product * length, 1));
  expect(reaches.map(({ published }: { published: number }) => published)).toEqual([
    ...[5.81, 4.02, 3.08, 2.94, 13.8],
    ...[8.4, 5.78, 19.4, 18.4, 27.6],
  ]);
  expect(together.all.choices.devices).toMatch(/own|table 2/);
  expect(frozen.at(-1).combinations).toBe(1);
  expect(bits).toHaveLength(3);
});
