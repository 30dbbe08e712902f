import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, sameBits } from '../../src/base/sameBits.js';

const array = fc.oneof(
  fc.float64Array(),
  fc.float32Array(),
  fc.int32Array(),
  fc.uint8Array(),
  fc.uint16Array(),
  // Of bytes that begin or end within a word.
  fc.uint8Array({ minLength: 3 }).map((bytes) => bytes.subarray(1)),
);
const leaf = fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constantFrom(null, undefined), array);
const data = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('tree')),
    fc.dictionary(fc.string(), tie('tree'), { noNullPrototype: true }),
  ),
})).tree;

describe('sameBits', () => {
  it('holds of a copy, wherever it lies in memory', () => {
    fc.assert(
      fc.property(data, (value) => {
        expect(sameBits(value, structuredClone(value))).toBe(true);
      }),
    );
    const bytes = Uint8Array.of(9, 1, 2, 3, 4);
    expect(sameBits(bytes.subarray(1), Uint8Array.of(1, 2, 3, 4))).toBe(true);
  });

  it('is what a comparison value by value says, in both directions', () => {
    fc.assert(
      fc.property(data, data, (a, b) => {
        let isSame = true;
        try {
          expect(a).toStrictEqual(b);
        } catch {
          isSame = false;
        }
        expect([sameBits(a, b), sameBits(b, a)]).toEqual([isSame, isSame]);
      }),
    );
  });

  it.each<[unknown, unknown]>([
    [0, -0],
    [Float64Array.of(0), Float64Array.of(-0)],
    [Float32Array.of(0), Int32Array.of(0)],
    [Uint8Array.of(1), Uint16Array.of(1)],
    [Float64Array.of(1), [1]],
    [{}, []],
    [{ a: undefined }, {}],
    [{ a: undefined }, { b: undefined }],
    [null, {}],
    [1, '1'],
  ])('tells %j and %j apart', (a, b) => {
    expect([sameBits(a, b), sameBits(b, a)]).toEqual([false, false]);
  });

  it('takes NaN for NaN', () => expect(sameBits([Number.NaN], [Number.NaN])).toBe(true));
});

describe('bytesOf', () => {
  it('are those of the arrays', () => {
    expect(bytesOf({ a: [new Float64Array(3), 'text', null], b: { c: new Uint8Array(5) } })).toBe(29);
  });
});
