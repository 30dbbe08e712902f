/** Fidelity `lumped` of the reference kernels: float64, as the backend says, and counted as the others count. */
import { expect, test } from 'vitest';
import { lumpedOn } from '../../../src/emulation/backends/lumpedLayer.js';
import { createReferenceBackend } from '../../../src/emulation/backends/referenceBackend.js';
import { createReferenceKernels } from '../../../src/emulation/backends/referenceKernels.js';
import { WasmKernels } from '../../../src/emulation/backends/wasmKernels.js';
import { lumpedConv2dReference } from '../../../src/emulation/kernels/photonicConv2D/reference.js';
import { lumpedDenseReference } from '../../../src/emulation/kernels/photonicDense/reference.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { activations, bankOf, convProgram, denseProgram, geometryOf } from './programs.js';

const RUN = { runSeed: 3, image: 9 };
const wasm = await WasmKernels.create();
const geometry = geometryOf({ input: [9, 8, 3], kernel: [3, 3], filters: 6 });

test.each([
  ['a convolution', 1, convProgram(7, geometry, { passes: 1 }), 9 * 8 * 3],
  ['a convolution', 2, convProgram(7, geometry, { passes: 2 }), 9 * 8 * 3],
  ['a dense layer', 1, denseProgram(7, 37, 21, bankOf(9), { passes: 1 }), 37],
  ['a dense layer', 2, denseProgram(7, 37, 21, bankOf(9), { passes: 2 }), 37],
] as const)('%s in %i passes is the float64 definition, rounded once', async (_, passes, program, inputs) => {
  const x = activations(8, inputs, passes === 2);
  const wanted =
    program.kind === 'conv2d' ? lumpedConv2dReference(program, x, RUN).y : lumpedDenseReference(program, x, RUN).y;
  const compiled = { hardware: parseHardware({}), chipSeed: 1, layers: [program], warnings: [] };
  const backend = await createReferenceBackend();
  const layer = lumpedOn(backend, compiled, program);
  const shape = program.kind === 'conv2d' ? program.geometry.input : [program.inputs];
  const { output, counts } = await layer.run(backend.tf.tensor(x, [1, ...shape]), {
    runSeed: RUN.runSeed,
    images: Int32Array.of(RUN.image),
    noise: true,
    adc: true,
  });
  expect(Array.from(await output.data())).toEqual(Array.from(Float32Array.from(wanted)));
  const y = new Float32Array(wanted.length);
  const same = wasm.loadLayer(program).lump!(x, y, RUN);
  expect((await counts)[0]).toMatchObject({
    clippedConversions: 0,
    clippedActivations: same.clippedActivations,
    zeroActivations: same.zeroActivations,
    litSamples: same.litSamples,
  });
  wasm.free();
});

test('a negative input to a layer of one pass is refused as in fidelity exact', () => {
  const program = convProgram(7, geometry, { passes: 1 });
  const [layer] = createReferenceKernels().load({
    hardware: parseHardware({}),
    chipSeed: 1,
    layers: [program],
    warnings: [],
  });
  const x = new Float32Array(9 * 8 * 3).fill(-1);
  expect(() => layer!.lump!(x, new Float32Array(1000), RUN)).toThrow(/one pass/);
});
