/** The random stream in WGSL against the float64 definition. */
import { describe, expect, test } from 'vitest';
import { philoxGroup, philoxNormals, philoxStream, type SeedPair } from '../../../src/base/random/philox.js';
import { drawNormals } from '../../../src/emulation/kernels/philoxNormal/op.js';
import { drawWords, philoxNormalConfig } from '../../../src/emulation/kernels/philoxNormal/webgpu.js';
import { loadWebgpu } from '../../helpers/webgpu.js';

const tf = await loadWebgpu();
tf?.registerKernel(philoxNormalConfig);

const SEED: SeedPair = [7, 11];

describe.skipIf(!tf)('PhiloxNormal on webgpu', () => {
  test('yields the numbers of the contract', async () => {
    const expected = [0.3736024797, 0.7093726397, 1.1035708189, -0.0856041834, 0.7084914446];
    expect(await drawNormals(tf!, { seed: SEED, count: 5 })).toBeAllclose(expected, { atol: 1e-6 });
  });

  test.each([0, 1, 3, 4, 2 ** 34 - 8, 2 ** 36 + 5])('words from sample %i on', async (first) => {
    const stream = philoxStream([123456, 2 ** 31 - 5]);
    const group = Math.floor(first / 4);
    const all = [0, 1, 2, 3, 4].flatMap((i) => philoxGroup(stream, group + i));
    const words = await drawWords(tf!, { seed: [123456, 2 ** 31 - 5], first, count: 14 });
    expect(Array.from(words)).toEqual(all.slice(first % 4, (first % 4) + 14));
  });

  test('normals are within 1e-6 of float64', async () => {
    const count = 200_003;
    expect(await drawNormals(tf!, { seed: SEED, first: 2, count })).toBeAllclose(philoxNormals(SEED, 2, count), {
      atol: 1e-6,
      rtol: 0,
    });
  });
});
