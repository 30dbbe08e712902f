/** The WGSL dense layer against the float64 definition, within the contract's tolerance (section 9). */
import { describe, expect, test } from 'vitest';
import type { DenseCounts, Tap } from '../../src/kernels/contract.js';
import { photonicDenseReference } from '../../src/kernels/photonicDense/reference.js';
import { loadDense } from '../../src/kernels/photonicDense/webgpuLayer.js';
import { WasmKernels } from '../../src/kernels/wasm/module.js';
import { registerWebgpuKernels } from '../../src/kernels/webgpu/register.js';
import type { DenseProgram } from '../../src/program/types.js';
import { loadWebgpu } from '../helpers/webgpu.js';
import { activations, adcOf, bankOf, dacOf, denseProgram, QUIET } from './programs.js';

const tf = await loadWebgpu();
if (tf) registerWebgpuKernels(tf);
const host = await WasmKernels.create();

async function expectParity(program: DenseProgram, adc = true): Promise<void> {
  const images = Int32Array.of(5, 123456);
  const x = activations(1, images.length * program.inputs, program.passes === 2);
  const layer = loadDense(tf!, host.loadLayer(program));
  const tensor = tf!.tensor2d(x, [images.length, program.inputs]);
  const tap: Tap[][] = [];
  const { output, counts } = await layer.run(tensor, { runSeed: 9, images, noise: true, adc, tap });
  const y = (await output.data()) as Float32Array;
  const { output: untapped } = await layer.run(tensor, { runSeed: 9, images, noise: true, adc });
  expect(await untapped.data()).toEqual(y);
  tf!.dispose([tensor, output, untapped]);
  layer.dispose();
  for (const [i, image] of images.entries()) {
    const part = (values: Float32Array) => values.subarray((i * values.length) / 2, ((i + 1) * values.length) / 2);
    const expected = photonicDenseReference(program, part(x), { runSeed: 9, image, adc });
    const { range, step } = program.adc;
    let different = 0;
    expected.passes.forEach((pass, p) => {
      const own = tap[i]![p]!;
      expect(own.activationCode).toEqual(pass.activationCode);
      expect(own.k).toEqual(pass.k);
      expect(own.hPlus).toBeAllclose(pass.hPlus as never, { atol: 1e-7 });
      expect(own.u).toBeAllclose(pass.u, { atol: 1e-6 * range, rtol: 0 });
      if (pass.adcCode)
        for (const [at, code] of pass.adcCode.entries()) different += Math.abs(code - own.adcCode![at]!);
      expect(own.clippedConversions).toBe(pass.clippedConversions);
    });
    expect(different).toBeLessThanOrEqual(2);
    const scale = program.activationScale * program.weightScale * program.gainScale;
    expect(part(y)).toBeAllclose(expected.y, {
      atol: scale * (different * step + 10 * 1e-6 * range) + 2e-6,
      rtol: 1e-6,
    });
    const { passes, ...own } = counts[i] as DenseCounts;
    expect(passes.map(({ rows }) => rows)).toEqual(expected.passes.map(({ k }) => k.length));
    expect(own).toEqual({
      clippedConversions: expected.passes.reduce((sum, pass) => sum + pass.clippedConversions, 0),
      clippedActivations: expected.clippedActivations,
      zeroActivations: expected.zeroActivations,
      litSamples: expected.passes.reduce((sum, pass) => sum + pass.litSamples, 0),
    });
  }
}

describe.skipIf(!tf)('PhotonicDense on webgpu', () => {
  test.each([
    [130, 7],
    [40, 64],
    [257, 30],
  ])('%i inputs, %i filters', async (inputs, filters) => {
    await expectParity(denseProgram(1, inputs, filters, bankOf(1)));
    await expectParity(denseProgram(2, inputs, filters, bankOf(2), { passes: 2 }));
    await expectParity(denseProgram(3, inputs, filters, bankOf(3), { passes: 2, noise: QUIET }));
    await expectParity(denseProgram(4, inputs, filters, bankOf(4)), false);
  });
  test.each([2, 8, 24])('ADC of %i bits', (bits) =>
    expectParity(denseProgram(5, 130, 7, bankOf(1), { adc: adcOf(bits, bits < 16 ? 0.7 : 900) })),
  );
  test('activations that are not rounded', () =>
    expectParity(denseProgram(6, 130, 7, bankOf(1), { activationDac: { ...dacOf(16), quantise: false } })));
  test('a layer without optics', () => expectParity(denseProgram(7, 130, 7, bankOf(1), { weightScale: 0 })));
});
