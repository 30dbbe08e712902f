/** README and docs say where their figures come from, by commands and files that there are. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { documentedPages, shellLine } from '../../scripts/docs/check.mjs';
import { pageBlocks, pageMarker, withoutSource } from '../../scripts/docs/markers.mjs';
import { COMMANDS } from '../../src/cli/commands.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (page: string) => readFileSync(ROOT + page, 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** Commands in a text that do not exist: scripts of npm, commands of sonic, files that node or vitest is to run. */
function unknownCommands(text: string): string[] {
  const unknown = (pattern: RegExp, exists: (name: string) => boolean) =>
    [...text.matchAll(pattern)].filter(([, name]) => !exists(name!)).map(([found]) => found);
  return [
    ...unknown(/\bnpm run ([\w:-]+)/g, (name) => Object.hasOwn(scripts, name)),
    ...unknown(/(?:npm run sonic -- |(?<![\w./-])sonic )([a-z]+)/g, (name) => Object.hasOwn(COMMANDS, name)),
    ...unknown(
      /\bnode ((?:scripts|test|dist|src)\/\S+?\.m?js)/g,
      (path) => existsSync(ROOT + path) || path.startsWith('dist/'),
    ),
    ...unknown(/\bvitest run\s+(\S+)/g, (path) => existsSync(ROOT + path)),
  ];
}

/** Files of the repository, built ones aside, that a page names in backticks; `*` stands for any name. */
const namedFiles = (text: string) =>
  [...text.matchAll(/`((?:src|test|scripts|docs|examples|checkpoints|datasets|\.ci)\/[\w./*-]+)`/g)]
    .map(([, path]) => path!)
    .filter((path) => !path.endsWith('/dist'));

/** A path, or a pattern with `*`, of the repository. */
function isThere(path: string): boolean {
  if (!path.includes('*')) return existsSync(ROOT + path);
  const folder = path.slice(0, path.indexOf('*')).replace(/[^/]*$/, '');
  if (!existsSync(ROOT + folder)) return false;
  const pattern = path
    .slice(folder.length)
    .split('*')
    .map((part) => part.replaceAll('.', '\\.'));
  const names = new RegExp(`^${pattern.join('[^/]*')}$`);
  return readdirSync(ROOT + folder, { recursive: true }).some((name) => names.test(String(name)));
}

describe.each(documentedPages())('%s', (page) => {
  const text = read(page);

  it('says where its figures come from', () => expect(withoutSource(text, page)).toEqual([]));

  it('names commands that there are', () => {
    const whole = pageMarker(text, page);
    const markers = whole ? [whole] : pageBlocks(text, page).flatMap(({ marker }) => (marker ? [marker] : []));
    const named = markers.map((marker) => (marker.kind === 'source' ? marker.text : marker.command));
    const code = [...text.matchAll(/`([^`\n]+)`|^ {4}(\S.*)$/gm)].map(([, quoted, indented]) => quoted ?? indented!);
    const commands = code.filter((one) => /^(npm|npx|node|sonic) /.test(one));
    expect([...named, ...commands].flatMap(unknownCommands)).toEqual([]);
  });

  it('names files that there are', () => {
    const absent = namedFiles(text).filter((path) => !isThere(path));
    expect(absent).toEqual([]);
  });
});

describe('unknown commands', () => {
  it.each([
    ['npm run bench -- --quick', []],
    ['npm run benhc', ['npm run benhc']],
    ['sonic run mnist', []],
    ['npm run sonic -- rnu mnist', ['npm run sonic -- rnu']],
    ['node scripts/none.mjs', ['node scripts/none.mjs']],
    ['npx vitest run test/none.test.ts', ['vitest run test/none.test.ts']],
  ])('of %j', (text, unknown) => expect(unknownCommands(text)).toEqual(unknown));

  it('and the shell line is the built executable', () => {
    for (const command of ['npm start', 'sonic run mnist', 'npm run sonic -- run mnist'])
      expect(shellLine(command)).toMatch(/^"[^"]+node" "[^"]+\/dist\/cli\/main\.js" run mnist$/);
    expect(shellLine('npm run bench')).toBe('npm run bench');
  });
});
