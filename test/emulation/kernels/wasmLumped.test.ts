/** Fidelity `lumped` of the WebAssembly kernels against its float64 definition. */
import { expect, test } from 'vitest';
import { WasmKernels } from '../../../src/emulation/backends/wasmKernels.js';
import { lumpedConv2dReference } from '../../../src/emulation/kernels/photonicConv2D/reference.js';
import { lumpedDenseReference } from '../../../src/emulation/kernels/photonicDense/reference.js';
import { activations, bankOf, convProgram, denseProgram, geometryOf } from './programs.js';

const RUN = { runSeed: 3, image: 9 };
const kernels = await WasmKernels.create();

/** Relative to the largest output: sums of float32 over all rows. */
function expectClose(y: Float32Array, wanted: ArrayLike<number>): void {
  const values = Array.from(wanted);
  expect(y).toBeAllclose(values, { atol: 5e-6 * Math.max(...values.map(Math.abs)), rtol: 0 });
}

test.each([
  [1, geometryOf({ input: [9, 8, 3], kernel: [3, 3], filters: 6 })],
  [2, geometryOf({ input: [9, 8, 3], kernel: [2, 3], filters: 5 })],
  [2, geometryOf({ input: [8, 10, 2], kernel: [3, 3], filters: 70, strides: [2, 2] })],
] as const)('convolutions in %i passes', (passes, geometry) => {
  const [rows, columns, channels] = geometry.input;
  const program = convProgram(7, geometry, { passes });
  const x = activations(8, rows * columns * channels, passes === 2);
  const wanted = lumpedConv2dReference(program, x, RUN).y;
  const y = new Float32Array(wanted.length);
  kernels.loadLayer(program).lump!(x, y, RUN);
  expectClose(y, wanted);
  kernels.free();
});

test.each([1, 2] as const)('dense layers in %i passes', (passes) => {
  const program = denseProgram(7, 37, 21, bankOf(9), { passes });
  const x = activations(8, 37, passes === 2);
  const wanted = lumpedDenseReference(program, x, RUN).y;
  const y = new Float32Array(wanted.length);
  kernels.loadLayer(program).lump!(x, y, RUN);
  expectClose(y, wanted);
  kernels.free();
});
