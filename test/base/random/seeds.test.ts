import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SonicError } from '../../../src/base/errors.js';
import { ceil4, checkSeed, readNoiseSeed, STATIC_MAP, staticSeed } from '../../../src/base/random/seeds.js';

describe('readNoiseSeed', () => {
  it.each([
    [
      [1, 0, 0, 0],
      [1, 0],
    ],
    [
      [1, 0, 7, 1],
      [0x40000001, 7],
    ],
    [
      [5, 3, 9, 0],
      [5, 3 * 2 ** 20 + 9],
    ],
    [
      [2 ** 30 - 1, 2046, 2 ** 20 - 1, 1],
      [2 ** 31 - 1, 2047 * 2 ** 20 - 1],
    ],
  ] as [[number, number, number, number], [number, number]][])(
    'of (seed, layer, image, pass) %j',
    (given, expected) => {
      expect(readNoiseSeed(...given)).toEqual(expected);
    },
  );

  it('never meets a static map nor another layer, image or pass', () => {
    const where = fc.record({
      seed: fc.integer({ min: 0, max: 2 ** 30 - 1 }),
      layer: fc.integer({ min: 0, max: 2046 }),
      image: fc.integer({ min: 0, max: 2 ** 20 - 1 }),
      pass: fc.constantFrom(0, 1),
    });
    fc.assert(
      fc.property(where, where, (a, b) => {
        const [seedA, seedB] = [a, b].map(({ seed, layer, image, pass }) =>
          readNoiseSeed(seed, layer, image, pass).join(),
        );
        expect(seedA === seedB).toBe(JSON.stringify(a) === JSON.stringify(b));
        expect(readNoiseSeed(a.seed, a.layer, a.image, a.pass)[1]).toBeLessThan(staticSeed(1, 0)[1]);
      }),
    );
  });
});

describe('staticSeed', () => {
  it('numbers maps 0 to 13 below layer 2047', () => {
    const maps = Object.values(STATIC_MAP).flatMap((bank) => Object.values(bank));
    expect([...maps].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect(staticSeed(9, 3)).toEqual([9, 2047 * 2 ** 20 + 3]);
    expect(staticSeed(9, 5)[1]).toBeLessThan(2 ** 31);
  });
});

describe('ceil4', () => {
  it.each([
    [0, 0],
    [1, 4],
    [2, 4],
    [3, 4],
    [4, 4],
    [5, 8],
    [7, 8],
    [4095, 4096],
  ])('of %i is %i', (given, expected) => {
    expect(ceil4(given)).toBe(expected);
  });
});

describe('checkSeed', () => {
  it.each([0, 1, 2 ** 30 - 1])('takes %d', (seed) => {
    expect(checkSeed(seed, 'runSeed')).toBe(seed);
  });
  it.each([-1, 0.5, 2 ** 30, Number.NaN])('refuses %d, naming it', (seed) => {
    expect(() => checkSeed(seed, 'runSeed')).toThrow(SonicError);
    expect(() => checkSeed(seed, 'runSeed')).toThrow(`runSeed is ${seed}`);
  });
});
