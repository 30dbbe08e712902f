import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countOf,
  countZeros,
  mapValues,
  numbersOf,
  readerOf,
  valuesAmong,
  valuesFrom,
} from '../../../src/emulation/program/coded.js';

/** Long enough to be coded. */
const LENGTH = 70_000;
const repeated = (levels: readonly number[]) => (at: number) => levels[at % levels.length]!;
const bitsOf = (numbers: ArrayLike<number>) => new BigUint64Array(Float64Array.from(numbers).buffer);

describe('valuesAmong', () => {
  it.each([
    ['few', 5, 70_000],
    ['a byte of them', 256, 70_000],
    ['more than a byte', 257, 70_000],
    ['as many as can be coded', 65_536, 140_000],
    ['more than can be', 65_537, 140_000],
    ['few, of a short array', 5, 5000],
  ])('is what valuesFrom makes of the same numbers: %s', (_, count, length) => {
    const numbers = Float64Array.from({ length: count + 9 }, (_, at) => (at === 3 ? -0 : at / 7));
    const placeAt = (at: number) => (at * 31) % count;
    const values = valuesAmong(numbers, length, (places, from) => {
      for (let i = 0; i < places.length; i++) places[i] = placeAt(from + i);
    });
    const wanted = valuesFrom(length, (at) => numbers[placeAt(at)]!);
    expect(bitsOf(numbersOf(values))).toEqual(bitsOf(numbersOf(wanted)));
    expect(values instanceof Float64Array).toBe(wanted instanceof Float64Array);
    if (values instanceof Float64Array || wanted instanceof Float64Array) return;
    expect(values.codes).toEqual(wanted.codes);
    expect(bitsOf(values.levels)).toEqual(bitsOf(wanted.levels));
  });
});

describe('valuesFrom', () => {
  it('gives back every number by its bits, signs of zeros among them', () => {
    const levels = fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(levels, (numbers) => {
        const valueAt = repeated([...numbers, 0, -0]);
        const values = valuesFrom(LENGTH, valueAt);
        const wanted = Array.from({ length: LENGTH }, (_, at) => valueAt(at));
        const read = readerOf(values);
        expect(bitsOf(numbersOf(values))).toEqual(bitsOf(wanted));
        expect(bitsOf(wanted.map((_, at) => read(at)))).toEqual(bitsOf(wanted));
        expect(countOf(values)).toBe(LENGTH);
        expect(countZeros(values)).toBe(wanted.filter((v) => v === 0).length);
      }),
      { numRuns: 12 },
    );
  });

  it.each([
    ['a byte', 256, Uint8Array],
    ['two bytes', 257, Uint16Array],
    ['two bytes', 65_536, Uint16Array],
  ])('codes take %s of %i levels', (_, count, Type) => {
    const values = valuesFrom(LENGTH, (at) => at % count);
    if (values instanceof Float64Array) throw new Error('not coded');
    expect(values.codes).toBeInstanceOf(Type);
    expect(values.levels).toHaveLength(count);
    expect(numbersOf(values).every((v, at) => v === at % count)).toBe(true);
  });

  it('leaves numbers as they are where too many are distinct, or all are few', () => {
    expect(valuesFrom(LENGTH, (at) => at)).toEqual(Float64Array.from({ length: LENGTH }, (_, at) => at));
    expect(valuesFrom(5, () => 1)).toEqual(new Float64Array(5).fill(1));
  });
});

it('mapValues maps every number, coded or not', () => {
  for (const length of [10, LENGTH]) {
    const mapped = mapValues(
      valuesFrom(length, (at) => (at % 7) - 3),
      Math.abs,
    );
    expect(numbersOf(mapped).every((v, at) => v === Math.abs((at % 7) - 3))).toBe(true);
  }
});
