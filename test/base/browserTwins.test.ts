/** Files that stand for Node's in a web page (package.json, `browser`): they are there, and export what the others export. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

/** Our own files that a web page gets with a file, dynamic imports included. */
function filesOf(entry: string): string[] {
  const seen = new Set<string>();
  const visit = (file: string) => {
    const twin = browser[`./dist/${file.slice('src/'.length).replace(/\.ts$/, '.js')}`];
    const own = twin === undefined ? file : twin && sourceOf(twin);
    if (own === false || seen.has(own)) return;
    seen.add(own);
    const text = readFileSync(ROOT + own, 'utf8').replace(/^(?:import|export) type [^;]*;/gm, '');
    for (const [, name] of text.matchAll(/(?:from |import\()'(\.[^']*)\.js'/g)) visit(join(dirname(own), `${name}.ts`));
  };
  visit(entry);
  return [...seen];
}

it.each(['src/networks/formats/index.ts', 'src/emulation/calibration/calibrate.ts', 'src/cost/costReport.ts'])(
  '%s and all it imports need nothing of Node in a web page',
  (entry) => {
    const files = filesOf(entry);
    expect(files.length).toBeGreaterThan(20);
    const wanting = files.filter((file) => {
      const text = readFileSync(ROOT + file, 'utf8');
      return /from 'node:|\bBuffer\.(?:from|concat)|\bfs\.|createRequire\(/.test(text);
    });
    expect(wanting).toEqual([]);
  },
);
