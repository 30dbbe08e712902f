/** docs/experiments/: what its pages name exists, and figures are small. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readyExperiments } from '../../../src/experiments/ready/ready.js';

const DOCS = fileURLToPath(new URL('../../../docs/experiments/', import.meta.url));
const pages = readdirSync(DOCS).filter((file) => file.endsWith('.md'));
const names = readyExperiments();

describe('docs/experiments', () => {
  it('has a page of every experiment on MNIST, and an index', () => {
    const wanted = names.filter((name) => !name.startsWith('cifar10-')).map((name) => `${name}.md`);
    expect(pages.sort()).toEqual(['README.md', ...wanted].sort());
  });

  it.each(pages)('%s: commands, links and figures exist', (page) => {
    const text = readFileSync(`${DOCS}${page}`, 'utf8');
    const commands = [...text.matchAll(/sonic experiment run ([\w-]+)/g)].map((match) => match[1]!);
    expect(commands.length).toBeGreaterThan(0);
    for (const name of commands) expect(names).toContain(name);
    for (const [, address] of text.matchAll(/\]\(([^)#:]+)\)/g))
      expect(existsSync(`${DOCS}${address}`), address).toBe(true);
    expect(text).not.toMatch(/undefined|NaN/);
  });

  it('has no figure of 100 kB or more, and none that no page shows', () => {
    const texts = pages.map((page) => readFileSync(`${DOCS}${page}`, 'utf8')).join();
    for (const file of readdirSync(`${DOCS}figures`)) {
      expect(statSync(`${DOCS}figures/${file}`).size, file).toBeLessThan(100_000);
      expect(texts, file).toContain(`(figures/${file})`);
    }
  });
});
