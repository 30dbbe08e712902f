/** What a layer takes in a kernel instance's memory, known before it is loaded. */
import type { Conv2dProgram, ConvGeometry, DenseProgram, MacProgram } from '../../program/types.js';
import { BLOCK } from './samples.js';

/** Bytes of a row entry, and of one whose VCSEL chirps. */
const [ENTRY_BYTES, CHIRPED_ENTRY_BYTES] = [12, 20];

/** Whether a convolution reads its planes directly; otherwise they are gathered: see `photonicConv2D/wasmLayout.ts`. */
export function readsPlanes({ strides, output }: ConvGeometry): boolean {
  return strides[1] === 1 && output[1] % 4 === 0;
}

function convBytes({ geometry, passes, chirp_nm, rowFilter, entryK, filters }: Conv2dProgram): number {
  const { input, output, kernel, padding } = geometry;
  const [rows, columns, channels] = input;
  const samples = BLOCK * Math.ceil((output[0] * output[1]) / BLOCK);
  const plane = (padding[0][0] + rows + padding[0][1]) * (padding[1][0] + columns + padding[1][1]);
  const gathered = readsPlanes(geometry) ? 0 : kernel[0] * kernel[1] * samples;
  const entries = (chirp_nm === 0 ? ENTRY_BYTES : CHIRPED_ENTRY_BYTES) * entryK.length + 4 * rowFilter.length;
  // The input, how often each of its elements is read, its planes; the outputs.
  return entries + 8 * rows * columns * channels + 4 * passes * channels * (plane + gathered) + 4 * samples * filters;
}

function denseBytes({ inputs, filters, passes }: DenseProgram): number {
  return 4 * inputs * (BLOCK * Math.ceil(filters / BLOCK) + 2 + passes);
}

/** Bytes of a layer that is loaded, to about a tenth and 100 kB of buffers. */
export function layerBytes(program: MacProgram): number {
  return program.kind === 'conv2d' ? convBytes(program) : denseBytes(program);
}
