/** What a release is made of names the same version, and files and scripts that there are. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const read = (file: string) => readFileSync(ROOT + file, 'utf8');
const { name, version, license, keywords, scripts } = JSON.parse(read('package.json')) as {
  name: string;
  version: string;
  license: string;
  keywords: string[];
  scripts: Record<string, string>;
};

it('package, lock file, citation, change log and replication have one version', () => {
  const lock = JSON.parse(read('package-lock.json'));
  expect([lock.version, lock.packages[''].version]).toEqual([version, version]);
  expect(read('CHANGELOG.md')).toMatch(new RegExp(`^## ${version.replaceAll('.', '\\.')}$`, 'm'));
  expect(read('docs/replication.md')).toMatch(new RegExp(`version ${version.replaceAll('.', '\\.')}[.;]`));
});

it('the citation has what CFF 1.2.0 asks for, as the package has it', () => {
  const citation = parse(read('CITATION.cff'));
  expect(citation).toMatchObject({ 'cff-version': '1.2.0', title: name, version, license, type: 'software' });
  expect(citation.message).toBeTruthy();
  expect(citation.authors.length).toBeGreaterThan(0);
  expect(citation.keywords).toEqual(expect.arrayContaining(keywords.slice(0, 1)));
  for (const reference of citation.references) {
    expect(Object.keys(reference)).toEqual(expect.arrayContaining(['type', 'title', 'authors']));
  }
});

describe('the container', () => {
  /** Instructions with their arguments; comments and continued lines are none of their own. */
  const instructions = read('Dockerfile')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => [line.split(' ')[0]!, line.slice(line.indexOf(' ') + 1)] as const);
  const all = (kind: string) => instructions.filter(([own]) => own === kind).map(([, text]) => text);

  it('copies files that there are, and leaves out none that it needs', () => {
    const ignored = read('.dockerignore').split('\n').filter(Boolean);
    const copied = all('COPY').flatMap((text) =>
      text
        .split(' ')
        .filter((word) => !word.startsWith('--'))
        .slice(0, -1),
    );
    expect(copied).toContain('.');
    for (const file of copied) expect(existsSync(ROOT + file), file).toBe(true);
    for (const needed of ['package.json', 'package-lock.json', 'src', 'scripts', 'datasets', 'checkpoints', 'test'])
      expect(ignored).not.toContain(needed);
  });

  it('runs scripts that there are, and installs before it forbids the network', () => {
    const commands = [...all('RUN'), JSON.parse(all('CMD')[0]!).join(' ') as string];
    const named = commands.flatMap((text) => [...text.matchAll(/npm (?:run )?([\w:-]+)/g)].map(([, one]) => one!));
    expect(named).toEqual(['ci', 'build', 'start']);
    for (const script of named) if (script !== 'ci') expect(scripts).toHaveProperty([script]);
    expect(scripts).toHaveProperty('test');
    const kinds = instructions.map(([kind, text]) => (text.includes('npm_config_offline') ? 'offline' : kind));
    expect(kinds.indexOf('offline')).toBeGreaterThan(kinds.lastIndexOf('RUN'));
    expect(all('FROM')).toEqual([expect.stringMatching(/^node:\d+-slim$/)]);
  });
});
