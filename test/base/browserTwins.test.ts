/** Files that stand for Node's in a web page (package.json, `browser`): they are there, and export what the others export. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const { browser } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
  browser: Record<string, string | false>;
};
const sourceOf = (path: string) => path.replace('./dist/', 'src/').replace(/\.js$/, '.ts');
const pairs = Object.entries(browser);

/** Names of functions and classes that a file exports. */
const exported = (file: string) =>
  [...readFileSync(ROOT + file, 'utf8').matchAll(/^export (?:async )?(?:function|class|const) (\w+)/gm)].map(
    ([, name]) => name!,
  );

describe.each(pairs)('%s', (own, twin) => {
  it('is there', () => expect(existsSync(ROOT + sourceOf(own))).toBe(true));

  it.skipIf(twin === false)('has in a web page only what it has elsewhere', () => {
    const names = exported(sourceOf(twin as string)).filter((name) => !name.startsWith('give'));
    expect(names.length).toBeGreaterThan(0);
    expect(exported(sourceOf(own))).toEqual(expect.arrayContaining(names));
  });
});

it('there are no others', () => {
  expect(pairs.filter(([own, twin]) => twin !== false && twin !== own.replace('.js', '.browser.js'))).toEqual([]);
});
