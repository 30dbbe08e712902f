import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { philoxNormals, philoxUniforms, type SeedPair, uniformFromWord } from '../../../src/base/random/philox.js';
import { WasmPhilox } from '../../../src/emulation/kernels/philoxNormal/wasm.js';
import { correlation, distanceFromNormal, mean, variance } from '../../helpers/statistics.js';

interface KnownAnswer {
  name: string;
  seed: SeedPair;
  firstSample: number;
  samples: number;
  expected: { words: number[][]; normals: number[]; uniforms: number[] };
}

const { cases } = JSON.parse(readFileSync(new URL('../../conformance/philox.json', import.meta.url), 'utf8')) as {
  cases: KnownAnswer[];
};
const philox = await WasmPhilox.create();

describe('known answers', () => {
  test.each(cases)('$name', ({ seed, firstSample, samples, expected }) => {
    const firstGroup = Math.floor(firstSample / 4);
    expect([...philox.words(seed, 4 * firstGroup, 4 * expected.words.length)]).toEqual(expected.words.flat());
    expect(philox.normals(seed, firstSample, samples)).toBeAllclose(expected.normals, { atol: 2e-6, rtol: 0 });
    const uniforms = Array.from(philox.words(seed, firstSample, samples), uniformFromWord);
    expect(uniforms).toBeAllclose(expected.uniforms, { atol: 1e-12 });
  });

  test('the pair (7, 11) gives what TensorFlow gives', () => {
    const expected = [0.3736024797, 0.7093726397, 1.1035708189, -0.0856041834, 0.7084914446, -0.8373997808];
    expect(philox.normals([7, 11], 0, 6)).toBeAllclose(expected, { atol: 1e-6, rtol: 0 });
  });
});

describe('a million samples', () => {
  const count = 1 << 20;
  const seed: SeedPair = [5, 1 << 21];
  const normals = philox.normals(seed, 0, count);

  test('are within 2e-6 of the float64 definition', () => {
    const expected = philoxNormals(seed, 0, count);
    let largest = 0;
    for (let i = 0; i < count; i++) largest = Math.max(largest, Math.abs(normals[i]! - expected[i]!));
    expect(largest).toBeGreaterThan(0);
    expect(largest).toBeLessThan(2e-6);
  });

  test('are standard normal', () => {
    // Five standard errors of each estimate.
    expect(Math.abs(mean(normals))).toBeLessThan(5 / Math.sqrt(count));
    expect(Math.abs(variance(normals) - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
    expect(distanceFromNormal(normals)).toBeLessThan(1.95 / Math.sqrt(count));
  });

  test('are uncorrelated with their neighbours and with other images', () => {
    for (const lag of [1, 2, 3, 4]) {
      const r = correlation(normals.subarray(0, count - lag), normals.subarray(lag));
      expect(Math.abs(r)).toBeLessThan(5 / Math.sqrt(count));
    }
    expect(Math.abs(correlation(normals, philox.normals([5, (1 << 21) + 1], 0, count)))).toBeLessThan(
      5 / Math.sqrt(count),
    );
  });
});

test.each([0, 1, 2, 3, 1022])('any stretch of the stream is a part of the whole: from %i', (first) => {
  const whole = philox.words([3, 4], 0, 1100);
  for (const count of [1, 5, 16, 17, 50]) {
    expect(philox.words([3, 4], first, count)).toEqual(whole.slice(first, first + count));
  }
});

test('groups beyond 2^31 are reached', () => {
  const first = 4 * (2 ** 32 - 2);
  expect(philox.normals([1, 2], first, 8)).toBeAllclose(philoxNormals([1, 2], first, 8), { atol: 2e-6, rtol: 0 });
  const uniforms = Array.from(philox.words([1, 2], first, 8), uniformFromWord);
  expect(uniforms).toBeAllclose(philoxUniforms([1, 2], first, 8), { atol: 1e-12 });
});

test('a uniform of 0 becomes 1e-7 before its logarithm is taken', () => {
  const first = 34363086;
  expect(philox.words([1, 1], first, 1)[0]! & 0x7fffff).toBe(0);
  const normals = philox.normals([1, 1], first, 2);
  expect(normals[0]! ** 2 + normals[1]! ** 2).toBeAllclose(-2 * Math.log(1e-7), { rtol: 1e-6 });
});
