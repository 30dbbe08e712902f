import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/base/errors.js';
import { parseStrictJson } from '../../../src/base/input/jsonText.js';

const parse = (text: string, maximumDepth = 100) => parseStrictJson(Buffer.from(text), { place: 'p', maximumDepth });

describe('strict JSON', () => {
  it('reads what JSON.stringify writes', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }),
        fc.constantFrom(undefined, 1, '\t'),
        (value, indent) => {
          expect(parse(JSON.stringify(value, null, indent)).value).toEqual(JSON.parse(JSON.stringify(value)));
        },
      ),
    );
  });

  it('refuses whatever JSON.parse refuses, and only a FormatError comes', () => {
    const nearJson = fc.string({ unit: fc.constantFrom(...'{}[]",:\\u00e1 truefalsn-.\n\u0000é'), maxLength: 12 });
    fc.assert(
      fc.property(nearJson, (text) => {
        let value: unknown;
        try {
          value = JSON.parse(text);
        } catch {
          expect(() => parse(text)).toThrow(FormatError);
          return;
        }
        expect(parse(text).value).toEqual(value);
      }),
      { numRuns: 2000 },
    );
  });

  it('knows where the outermost keys are, in bytes', () => {
    const text = '{"é":{"b":1}, "c\\n" : [{"d":2}]}';
    const { keyOffsets } = parseStrictJson(Buffer.from(text), { place: 'p', offset: 100, maximumDepth: 5 });
    expect([...keyOffsets]).toEqual([
      ['é', 101],
      ['c\n', 100 + Buffer.from(text).indexOf('"c')],
    ]);
  });

  it('allows one key in two objects, not twice in one, not as a value', () => {
    expect(parse('[{"a":1},{"a":2}]').value).toEqual([{ a: 1 }, { a: 2 }]);
    expect(parse('{"a":"a","b":["a","a"]}').value).toEqual({ a: 'a', b: ['a', 'a'] });
    expect(() => parse('{"a":{"a":1},"a":2}')).toThrow(/offset 13 gives the key 'a' a second time/);
  });

  it('bounds the nesting exactly', () => {
    expect(parse('[[[]]]', 3).value).toEqual([[[]]]);
    expect(() => parse('[[[[]]]]', 3)).toThrow(/offset 3 nests more than 3 deep/);
  });
});
