import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { firstDifference, shownLines } from '../../scripts/docs/check.mjs';
import { pageBlocks, withoutSource } from '../../scripts/docs/markers.mjs';
import { buildIfStale, runProcess } from '../cli/sonic.js';
import { temporaryFolder } from '../helpers/folder.js';

const CHECK = fileURLToPath(new URL('../../scripts/docs/check.mjs', import.meta.url));
const missing = (text: string) => withoutSource(text, 'docs/x.md').map((line) => line.replace(/^docs\/x\.md:/, ''));

describe('figures without a source', () => {
  it.each([
    ['a fenced output', '# T\n\n```\naccuracy 99 %\n```\n', ['4: a block of figures without a marker']],
    ['with a marker', '# T\n\n<!-- output of: npm start -->\n```\naccuracy 99 %\n```\n', []],
    ['a block of commands', '```\nnpm start\nsonic run mnist\n```\n', []],
    ['a program', '```yaml\nimages: 500\n```\n', []],
    ['a table of figures', '| a | b |\n| --- | --- |\n| x | 4.3 ms |\n', ['1: a table of figures without a marker']],
    ['with a source', '<!-- source: the paper -->\n| a | b |\n| --- | --- |\n| x | 4.3 ms |\n', []],
    ['a table of words', '| a | b |\n| --- | --- |\n| x | y |\n', []],
    ['a time in the text', '# T\n\nIt takes 3 s.\n', ['3: measured figures in a section without marker or command']],
    ['a period that is set', '# T\n\nIt says so every 30 s, and ends after 10 min.\n', []],
    ['and where it comes from', '# T\n\nIt takes 3 s (`npm start`).\n', []],
    [
      'a command in another section',
      '# T\n\nIt takes 3 s.\n\n# U\n\n`npm start`\n',
      ['3: measured figures in a section without marker or command'],
    ],
    [
      'a page that its command writes',
      '# T\n\n<!-- output of: sonic compare --report docs/x.md -->\n\n| a | b |\n| --- | --- |\n| x | 1 |\n',
      [],
    ],
  ])('%s', (_, text, found) => expect(missing(text)).toEqual(found));

  it.each([
    ['<!-- output of: npm start | parts: 2 -->\n```\n1\n```\n', /unknown option 'parts: 2'/],
    ['<!-- output of: npm start | part: two -->\n```\n1\n```\n', /part is no whole number/],
    ['<!-- output: npm start -->\n```\n1\n```\n', /no marker: write/],
    ['text\n\n<!-- output of: npm start -->\n', /stands before no block/],
  ])('refuses the marker %j', (text, message) => expect(() => pageBlocks(text, 'docs/x.md')).toThrow(message));
});

describe('what a command prints', () => {
  it('in parts, and without lines that differ from run to run', () => {
    const output = 'a\nb\n\nc\nd  \n';
    expect(shownLines(output, {})).toEqual(['a', 'b', '', 'c', 'd']);
    expect(shownLines(output, { part: 2, skip: 1 })).toEqual(['d']);
    expect(() => shownLines(output, { part: 3 })).toThrow('2 parts');
    expect(firstDifference(['x 1', 'wall 3 s'], ['x 1', 'wall 4 s'], 'wall')).toBeNull();
    expect(firstDifference(['x 1', 'wall 3 s'], ['x 2', 'wall 4 s'], 'wall')).toEqual({
      line: 0,
      was: 'x 1',
      now: 'x 2',
    });
    expect(firstDifference(['x 1'], ['x 1', 'y'])).toEqual({ line: 1, was: '(nothing)', now: 'y' });
  });
});

describe('docs:check', () => {
  const folder = temporaryFolder();
  const check = (...args: string[]) => runProcess(process.execPath, [CHECK, '--root', folder.path('.'), ...args]);
  const page = (shown: string) =>
    `# T\n\n<!-- output of: sonic hardware list | part: 1 -->\n\`\`\`\n${shown}\n\`\`\`\n\n<!-- output of: npm start | not rerun: slow -->\n\`\`\`\n1\n\`\`\`\n`;
  beforeAll(async () => {
    buildIfStale();
    await mkdir(folder.path('docs'));
    await writeFile(folder.path('README.md'), '# T\n');
  });

  it('finds a figure that differs, writes it, and is content then', async () => {
    await writeFile(folder.path('docs/a.md'), page('old'));
    const differs = await check();
    expect(differs.code).toBe(1);
    expect(differs.stdout).toContain('differs    docs/a.md:5  sonic hardware list\n           page: old\n');
    expect(differs.stdout).toContain('not rerun  docs/a.md:10  npm start: slow');
    expect(differs.stdout).toMatch(/1 differs, 1 not rerun\n$/);
    expect((await check('--update')).code).toBe(0);
    expect(await readFile(folder.path('docs/a.md'), 'utf8')).toMatch(/```\npreset[\s\S]*sonic-ideal[\s\S]*```/);
    const same = await check();
    expect(same).toMatchObject({ code: 0, stderr: '' });
    expect(same.stdout).toMatch(/1 same, 1 not rerun\n$/);
  });

  it('says which command fails', async () => {
    await writeFile(folder.path('docs/a.md'), page('old').replace('hardware list', 'hardware shwo'));
    const { code, stdout } = await check();
    expect(code).toBe(1);
    expect(stdout).toContain("fails      docs/a.md:5  'sonic hardware shwo' exits 2");
  });

  it('holds for a cheap page of ours', async () => {
    await cp(fileURLToPath(new URL('../../docs/cifar10.md', import.meta.url)), folder.path('docs/a.md'));
    expect(await check()).toMatchObject({ code: 0, stderr: '' });
  });
});
