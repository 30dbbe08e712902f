/**
 * A band of a convolution's output rows as a convolution of its own. Of layers of very many outputs an image, its statistics
 * are taken over a band of each image, another one of each, so that all of an image's places are met.
 */
import type { Conv2dProgram } from '../program/types.js';

export interface OutputBand {
  /** The convolution of a band: as high as every other, without padding above and below, which its input brings along. */
  readonly program: Conv2dProgram;
  /** What the band of image `place` of `of` reads of it: [rows][columns][channels], rows beyond the image dark. */
  inputOf(x: Float32Array, place: number, of: number): Float32Array;
}

/** @param height output rows of the band, at least one and fewer than the convolution has. */
export function outputBand(program: Conv2dProgram, height: number): OutputBand {
  const { geometry } = program;
  const { input, output, strides, dilation, kernel, padding } = geometry;
  const [rows, columns, channels] = input;
  const read = (height - 1) * strides[0] + (kernel[0] - 1) * dilation[0] + 1;
  const size = columns * channels;
  return {
    program: {
      ...program,
      geometry: {
        ...geometry,
        input: [read, columns, channels],
        output: [height, output[1], output[2]],
        padding: [[0, 0], padding[1]],
      },
    },
    inputOf(x, place, of) {
      const firstOutput = of === 1 ? 0 : Math.round((place * (output[0] - height)) / (of - 1));
      const first = firstOutput * strides[0] - padding[0][0];
      const [from, to] = [Math.max(first, 0), Math.min(first + read, rows)];
      const band = new Float32Array(read * size);
      if (from < to) band.set(x.subarray(from * size, to * size), (from - first) * size);
      return band;
    },
  };
}
