/** Texts that people write, and what others make of them: refused in one short line, and soon. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DescriptionError } from '../../../src/base/errors.js';
import { parseYaml } from '../../../src/base/input/yaml.js';

const read = (text: string) => parseYaml(text, { place: 'f.yaml', ErrorClass: DescriptionError });

function refusal(text: string): string {
  try {
    read(text);
  } catch (error) {
    expect(error).toBeInstanceOf(DescriptionError);
    return (error as Error).message;
  }
  throw new Error('was read');
}

/** Nested anchors: each level is `width` times the one before. */
const bomb = (levels: number, width: number) =>
  Array.from(
    { length: levels },
    (_, i) =>
      `a${i}: &a${i} [${Array(width)
        .fill(i === 0 ? 'x' : `*a${i - 1}`)
        .join(', ')}]`,
  ).join('\n');
const keys = (count: number) => Array.from({ length: count }, (_, i) => `key${i}: ${i}`).join('\n');

describe('parseYaml', () => {
  it('reads what the library reads', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value, null, 1);
        expect(read(text)).toEqual(parse(text));
      }),
    );
    const text = 'a: 1e-3\nb: [yes, 0x10, ~, "x: y"]\nc: &c { d: .inf }\ne: *c\n8: |\n  two\n  lines\n';
    expect(read(text)).toEqual(parse(text));
    expect(read('')).toBe(null);
    expect(read('# nothing\n')).toBe(null);
  });

  it.each<[string, string, RegExp]>([
    ['a cycle', 'a: &a [1, *a]', /^f\.yaml: a part of it contains itself by an alias/],
    ['a longer cycle', 'a: &a\n  b: &b\n    c: *a\n', /contains itself/],
    ['a bomb', bomb(9, 9), /holds more than 200000 values, aliases counted/],
    ['aliases without end', `a: &a 1\nb: [${'*a, '.repeat(5000)}]`, /more than 1000 aliases/],
    ['an alias of nothing', 'a: *b', /line 1.*unresolved alias|[Uu]nresolved alias/],
    ['deep lists', '['.repeat(50_000), /nests more than 32 deep/],
    ['deep closed lists', '['.repeat(50) + ']'.repeat(50), /nests more than 32 deep at line 1, column 34/],
    ['deep block lists', '- '.repeat(50_000), /nests more than 32 deep/],
    ['deep maps', '{a: '.repeat(50_000), /nests more than 32 deep/],
    ['deep keys', '? '.repeat(50_000), /nests more than 32 deep/],
    [
      'a key twice',
      'a: 1\nb:\n  c: 1\n  c: 2\n',
      /^f\.yaml: not YAML or JSON: the key 'c' is given a second time at line 4, column 3; write it once/,
    ],
    ['one key in two notations', 'a: 1\n"a": 2', /the key 'a' is given a second time/],
    ['more values than are read', `[${'1, '.repeat(300_000)}]`, /holds more than 200000 values/],
    ['a second document', 'a: 1\n---\nb: 2\n', /second document begins at line 2/],
    [
      'a tag of another language',
      'a: !!python/object:os.system x',
      /not YAML or JSON: Unresolved tag: .* at line 1, column 4/,
    ],
    ['control characters', 'a: "\\e[31m": \u0001', /^f\.yaml: [ -~]*$/],
  ])('refuses %s in a line', (_, text, message) => {
    const said = refusal(text);
    expect(said).toMatch(message);
    expect(said).toMatch(/^\P{Cc}{1,299}$/u);
  });

  it('reads 90,000 keys, and tells one that is there twice, in a time that grows with their number', () => {
    expect(Object.keys(read(keys(90_000)) as object)).toHaveLength(90_000);
    expect(refusal(`${keys(90_000)}\nkey5: 1`)).toMatch(
      /the key 'key5' is given a second time at line 90001, column 1/,
    );
  }, 60_000);
});
