/** The WGSL convolution against the float64 definition, within the contract's tolerance (section 9). */
import { describe, expect, test } from 'vitest';
import type { Tap } from '../../src/kernels/contract.js';
import { photonicConv2dReference } from '../../src/kernels/photonicConv2D/reference.js';
import { photonicConv2dConfig } from '../../src/kernels/photonicConv2D/webgpu.js';
import { loadConv2d } from '../../src/kernels/photonicConv2D/webgpuLayer.js';
import type { Conv2dProgram, ConvGeometry } from '../../src/program/types.js';
import { loadWebgpu } from '../helpers/webgpu.js';
import { activations, adcOf, convProgram, dacOf, geometryOf, QUIET } from './programs.js';

const tf = await loadWebgpu();
tf?.registerKernel(photonicConv2dConfig);

async function expectParity(program: Conv2dProgram, adc = true): Promise<void> {
  const { input } = program.geometry;
  const images = Int32Array.of(5, 123456);
  const x = activations(1, images.length * input[0] * input[1] * input[2], program.passes === 2);
  const layer = loadConv2d(tf!, program);
  const tensor = tf!.tensor4d(x, [images.length, ...input]);
  const tap: Tap[][] = [];
  const { output, counts } = await layer.run(tensor, { runSeed: 9, images, noise: true, adc, tap });
  const y = await output.data();
  const { output: untapped } = await layer.run(tensor, { runSeed: 9, images, noise: true, adc });
  expect(await untapped.data()).toEqual(y);
  tf!.dispose([tensor, output, untapped]);
  layer.dispose();
  for (const [i, image] of images.entries()) {
    const part = <T extends Float32Array>(values: T) =>
      values.subarray((i * values.length) / images.length, ((i + 1) * values.length) / images.length);
    const expected = photonicConv2dReference(program, part(x), { runSeed: 9, image, adc });
    const { range, step } = program.adc;
    let different = 0;
    expected.passes.forEach((pass, p) => {
      const own = tap[i]![p]!;
      expect(own.activationCode).toEqual(pass.activationCode);
      expect(own.u).toBeAllclose(pass.u, { atol: 1e-6 * range, rtol: 0 });
      if (pass.adcCode)
        for (const [at, code] of pass.adcCode.entries()) different += Math.abs(code - own.adcCode![at]!);
      expect(own.clippedConversions).toBe(pass.clippedConversions);
    });
    expect(different).toBeLessThanOrEqual(2);
    const scale = program.activationScale * program.weightScale * program.gainScale;
    expect(part(y as Float32Array)).toBeAllclose(expected.y, {
      atol: scale * (different * step + 40 * 1e-6 * range) + 2e-6,
      rtol: 1e-6,
    });
    expect(counts[i]).toEqual({
      clippedConversions: expected.passes.reduce((sum, pass) => sum + pass.clippedConversions, 0),
      clippedActivations: expected.clippedActivations,
      zeroActivations: expected.zeroActivations,
      litSamples: expected.passes.reduce((sum, pass) => sum + pass.litSamples, 0),
    });
  }
}

const same: ConvGeometry['padding'] = [
  [1, 1],
  [1, 1],
];
const GEOMETRIES: [string, ConvGeometry][] = [
  ['same 3x3', geometryOf({ input: [8, 8, 3], kernel: [3, 3], filters: 6, padding: same })],
  ['one position', geometryOf({ input: [3, 3, 4], kernel: [3, 3], filters: 3 })],
  ['1x1 on 5 channels', geometryOf({ input: [4, 4, 5], kernel: [1, 1], filters: 7 })],
  [
    'stride 2, dilation 2',
    geometryOf({ input: [13, 14, 2], kernel: [3, 2], filters: 3, strides: [2, 2], dilation: [2, 3] }),
  ],
  [
    'asymmetric padding',
    geometryOf({
      input: [6, 5, 3],
      kernel: [3, 3],
      filters: 4,
      padding: [
        [0, 2],
        [2, 1],
      ],
    }),
  ],
  ['groups', geometryOf({ input: [5, 7, 6], kernel: [3, 3], filters: 9, groups: 3, padding: same })],
];

describe.skipIf(!tf)('PhotonicConv2D on webgpu', () => {
  test.each(GEOMETRIES)('%s', async (_, geometry) => {
    await expectParity(convProgram(1, geometry));
    await expectParity(convProgram(2, geometry, { passes: 2 }));
    await expectParity(convProgram(3, geometry, { passes: 2, noise: QUIET }));
    await expectParity(convProgram(4, geometry), false);
  });
  test.each([2, 4, 8, 22, 24])('ADC of %i bits', (bits) => {
    return expectParity(convProgram(5, GEOMETRIES[0]![1], { adc: adcOf(bits, bits < 16 ? 0.7 : 900) }));
  });
  test.each([1, 4, 16, 24])('activation DAC of %i bits', (bits) => {
    return expectParity(convProgram(9, GEOMETRIES[0]![1], { activationDac: dacOf(bits) }));
  });
  test('activations that are not rounded, and a floor of 0.4', () =>
    expectParity(convProgram(10, GEOMETRIES[0]![1], { activationDac: { ...dacOf(16), quantise: false }, floor: 0.4 })));
});
