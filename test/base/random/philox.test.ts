import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boxMuller,
  philox4x32,
  philoxGroup,
  philoxNormals,
  philoxStream,
  philoxUniforms,
  uniformFromWord,
  type Words,
} from '../../../src/base/random/philox.js';
import { correlation, distanceFromNormal, mean, variance } from '../../helpers/statistics.js';

/** Philox4x32-10 from the paper's equations, in integers of any size. */
function philoxOfBigInts(counter: Words, key: readonly [number, number]): number[] {
  const mask = 0xffffffffn;
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * c0;
    const p1 = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & mask, (p0 >> 32n) ^ c3 ^ k1, p0 & mask];
    k0 = (k0 + 0x9e3779b9n) & mask;
    k1 = (k1 + 0xbb67ae85n) & mask;
  }
  return [c0, c1, c2, c3].map(Number);
}

const word = fc.integer({ min: 0, max: 0xffffffff });

describe('philox4x32', () => {
  // Random123's kat_vectors, philox4x32 10.
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as [Words, [number, number], number[]][])('known answer of counter %j, key %j', (counter, key, expected) => {
    expect(philox4x32(counter, key)).toEqual(expected);
  });

  it('is the same in integers of any size', () => {
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), fc.tuple(word, word), (counter, key) => {
        expect(philox4x32(counter, key)).toEqual(philoxOfBigInts(counter, key));
      }),
    );
  });
});

describe('streams', () => {
  it("are TensorFlow's StatelessRandomNormal for the pair (7, 11)", () => {
    expect(philoxNormals([7, 11], 0, 10)).toBeAllclose(
      [
        0.3736024797, 0.7093726397, 1.1035708189, -0.0856041834, 0.7084914446, -0.8373997808, -0.8913658857,
        1.4197169542, 0.149867788, -0.2690715492,
      ],
      { atol: 2e-7, rtol: 0 },
    );
  });

  it('give the same samples wherever one starts', () => {
    const whole = philoxNormals([3, 5], 0, 64);
    const wholeUniforms = philoxUniforms([3, 5], 0, 64);
    fc.assert(
      fc.property(fc.nat(40), fc.nat(24), (first, count) => {
        expect(philoxNormals([3, 5], first, count)).toEqual(whole.slice(first, first + count));
        expect(philoxUniforms([3, 5], first, count)).toEqual(wholeUniforms.slice(first, first + count));
      }),
    );
  });

  it('count groups in 64 bits', () => {
    const stream = philoxStream([1, 2]);
    const at = 3 * 2 ** 32 + 9;
    expect(philoxGroup(stream, at)).toEqual(philox4x32([9, 3, ...stream.counterHigh], stream.key));
    expect(philoxNormals([1, 2], 4 * at, 4)[0]).toBe(
      boxMuller(philoxGroup(stream, at)[0], philoxGroup(stream, at)[1])[0],
    );
  });

  it('differ for every bit of the seeds', () => {
    const keys = new Set<string>();
    for (let bit = 0; bit < 31; bit++) {
      keys.add(philoxStream([2 ** bit, 0]).key.join());
      keys.add(philoxStream([0, 2 ** bit]).key.join());
    }
    expect(keys.size).toBe(62);
  });
});

describe('uniformFromWord', () => {
  it.each([
    [0, 0],
    [0x7fffff, 1 - 2 ** -23],
    [0xff800000, 0],
    [0x00400000, 0.5],
  ])('takes the low 23 bits of %i', (given, expected) => {
    expect(uniformFromWord(given)).toBe(expected);
  });
});

describe('boxMuller', () => {
  it('is finite for the smallest uniform', () => {
    // u1 is bounded by 1e-7, so the radius is sqrt(-2 ln 1e-7) = 5.6777.
    const [sine, cosine] = boxMuller(0, 0x00200000);
    expect(sine).toBeAllclose(Math.sqrt(-2 * Math.log(1e-7)), { rtol: 1e-12 });
    expect(Math.abs(cosine)).toBeLessThan(1e-15 * 6);
  });
});

// n = 2^18. Bounds are 5 standard errors: a mean of 0.01, a variance off by 1.4 % or a correlation of 0.01 would show.
describe('moments', () => {
  const n = 2 ** 18;
  const bound = 5 / Math.sqrt(n);

  it('of normals are those of the standard normal distribution', () => {
    const normals = philoxNormals([12, 34], 0, n);
    expect(Math.abs(mean(normals))).toBeLessThan(bound);
    expect(Math.abs(variance(normals) - 1)).toBeLessThan(Math.SQRT2 * bound);
    expect(Math.abs(mean(normals.map((x) => x ** 3)))).toBeLessThan(Math.sqrt(15) * bound);
    expect(Math.abs(mean(normals.map((x) => x ** 4)) - 3)).toBeLessThan(Math.sqrt(96) * bound);
    expect(distanceFromNormal(normals)).toBeLessThan(1.95 / Math.sqrt(n));
  });

  it('of uniforms are those of the uniform distribution', () => {
    const samples = philoxUniforms([12, 34], 0, n);
    expect(Math.abs(mean(samples) - 0.5)).toBeLessThan(Math.sqrt(1 / 12) * bound);
    expect(Math.abs(variance(samples, 0.5) - 1 / 12)).toBeLessThan(Math.sqrt(1 / 180) * bound);
  });

  it.each([1, 2, 3, 4, 64])('neighbours %i apart are uncorrelated, and so are their squares', (lag) => {
    const normals = philoxNormals([12, 34], 0, n);
    const squares = normals.map((x) => x * x);
    expect(Math.abs(correlation(normals.subarray(lag), normals.subarray(0, n - lag)))).toBeLessThan(bound);
    expect(Math.abs(correlation(squares.subarray(lag), squares.subarray(0, n - lag)))).toBeLessThan(bound);
  });

  it.each([
    [
      [1, 0],
      [2, 0],
    ],
    [
      [1, 0],
      [1, 1],
    ],
    [
      [1, 0],
      [1 + 0x40000000, 0],
    ],
    [
      [1, 0],
      [1, 1 << 20],
    ],
  ] as [[number, number], [number, number]][])('streams %j and %j are uncorrelated', (a, b) => {
    expect(Math.abs(correlation(philoxNormals(a, 0, n), philoxNormals(b, 0, n)))).toBeLessThan(bound);
  });
});
