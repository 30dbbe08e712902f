/** The guards that all readers share: size of trees, time, memory, text in messages. */
import { describe, expect, it } from 'vitest';
import { FormatError, SonicError } from '../../../src/base/errors.js';
import { MemoryBudget } from '../../../src/base/input/memoryLimit.js';
import { withinTime } from '../../../src/base/input/time.js';
import { checkTree } from '../../../src/base/input/tree.js';
import { nearest } from '../../../src/base/text/nearest.js';
import { printable, printablePath, printableValue, quoted } from '../../../src/base/text/printable.js';

const origin = { place: 'f', ErrorClass: FormatError };

describe('checkTree', () => {
  const limits = { maximumDepth: 3, maximumNodes: 10 };
  const check = (value: unknown) => () => checkTree(value, origin, limits);
  it('counts depth and values exactly, those that stand twice twice', () => {
    const shared = [1, 2, 3];
    expect(check([[[]]])).not.toThrow();
    expect(check([[[[]]]])).toThrow('f: nests more than 3 deep');
    expect(check([1, 2, 3, 4, 5, 6, 7, 8, 9])).not.toThrow();
    expect(check([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).toThrow('f: holds more than 10 values');
    expect(check([shared, shared])).not.toThrow();
    expect(check([shared, shared, shared])).toThrow('holds more than');
  });
});

describe('withinTime', () => {
  it('gives what the work gives, and throws what it throws', () => {
    expect(withinTime(() => 42, origin)).toBe(42);
    const error = new TypeError('x');
    expect(() =>
      withinTime(() => {
        throw error;
      }, origin),
    ).toThrow(error);
  });

  it('stops work that does not end', () => {
    const endless = () => {
      for (let i = 0; ; i++) if (i < 0) return i;
    };
    expect(() => withinTime(endless, origin, 50)).toThrow(FormatError);
    expect(() => withinTime(endless, origin, 50)).toThrow(/^f: reading it takes more than 0\.05 s/);
  });
});

describe('MemoryBudget', () => {
  it('adds up', () => {
    const budget = new MemoryBudget(100, FormatError);
    budget.take(60, 'f', "'a'");
    budget.take(40, 'f', "'b'");
    expect(budget.left_bytes).toBe(0);
    expect(() => budget.take(1, 'f', "'c'")).toThrow(
      "f: with 1 bytes of 'c' the file holds more than 100 bytes altogether",
    );
    expect(() => new MemoryBudget(100, FormatError).take(Number.NaN, 'f', 'x')).toThrow(FormatError);
  });
});

describe('text in messages', () => {
  it('is short and printable', () => {
    expect(printable('a\u001b[31m\nb\u202ec\u2028')).toBe('a\\u001b[31m\\u000ab\\u202ec\\u2028');
    expect(quoted('x'.repeat(1e6))).toHaveLength(82);
    expect(printableValue('x'.repeat(1e6))).toHaveLength(80);
    expect(printableValue({ a: [1, 'b', null, undefined] })).toBe('{"a":[1,"b",null,null]}');
    expect([Number.NaN, undefined, null, true].map((value) => printableValue(value))).toEqual([
      'NaN',
      'missing',
      'null',
      'true',
    ]);
    expect(printablePath(['a', 0, 'b\n'])).toBe('a.0.b\\u000a');
  });

  it('of values that are deep, wide or contain themselves', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 50_000; i++) deep = [deep];
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const value of [deep, cycle, Array(1e6).fill(1)]) expect(printableValue(value).length).toBeLessThanOrEqual(80);
  });

  it('no error can say more than a line holds, or what a terminal obeys', () => {
    const { message } = new SonicError(`file 'f': ${'x\u0007'.repeat(1e6)}; correct it`);
    expect(message).toMatch(/^file 'f': x\\u0007\P{Cc}{1,290}; correct it$/u);
    expect(message.length).toBeLessThan(300);
    expect(new SonicError('one\ntwo').message).toBe('one\ntwo');
  });

  it('a name of a megabyte is no slip of the pen', () => {
    expect(nearest('a'.repeat(1e6), ['bits'])).toBeUndefined();
    expect(nearest('bitz', ['size', 'bits', 'a'.repeat(1e6)])).toBe('bits');
  });
});
