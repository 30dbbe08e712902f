/**
 * Some output rows of a convolution as a convolution of its own. Of layers of very many outputs an image, its statistics are
 * taken over rows spread over each image, others of each.
 */
import type { Conv2dProgram } from '../program/types.js';

export interface OutputRows {
  /** The convolution of the rows: each reads input rows of its own, which lie one behind the other. */
  readonly program: Conv2dProgram;
  /** Output rows of image `place` of `of`, ascending. */
  rowsOf(place: number, of: number): number[];
  /** What these rows read of the image: [rows][columns][channels], rows beyond the image dark. */
  inputOf(x: Float32Array, place: number, of: number): Float32Array;
}

/** @param count rows of each image, at least one and no more than the convolution has. */
export function outputRows(program: Conv2dProgram, count: number): OutputRows {
  const { geometry } = program;
  const { input, output, strides, dilation, kernel, padding } = geometry;
  const [rows, columns, channels] = input;
  const read = (kernel[0] - 1) * dilation[0] + 1;
  const size = columns * channels;
  const rowsOf = (place: number, of: number) =>
    Array.from({ length: count }, (_, i) => Math.floor(((i + (place + 0.5) / of) * output[0]) / count));
  return {
    program: {
      ...program,
      geometry: {
        ...geometry,
        input: [count * read, columns, channels],
        output: [count, output[1], output[2]],
        strides: [read, strides[1]],
        padding: [[0, 0], padding[1]],
      },
    },
    rowsOf,
    inputOf(x, place, of) {
      const taken = new Float32Array(count * read * size);
      for (const [i, row] of rowsOf(place, of).entries()) {
        const first = row * strides[0] - padding[0][0];
        const [from, to] = [Math.max(first, 0), Math.min(first + read, rows)];
        if (from < to) taken.set(x.subarray(from * size, to * size), (i * read + from - first) * size);
      }
      return taken;
    },
  };
}
