/**
 * What streams past the rings of a convolution on average (section 5 of the contract): the light under which its banks
 * were tuned. Values are those after DAC and VCSEL floor, in float64, over calibration images, positions and passes.
 */
import { emitted } from '../../hardware/optics/converter.js';
import { quantiseActivations } from '../kernels/referenceSteps.js';
import type { ActivationDac, ConvGeometry } from '../program/types.js';

/** What is measured of one convolution. */
export interface StreamMeasure {
  /** m_k by (kernel row, kernel column, input channel of the layer), channel fastest; 0 for padding. */
  readonly streamMean: Float64Array;
  /** v0: sum over k of the mean of v^2 over sum over k of the mean of v; 0 without light. */
  readonly lightPoint: number;
}

/** What of a layer decides on what its VCSELs emit. */
export interface Emitter {
  readonly activationDac: ActivationDac;
  readonly activationScale: number;
  readonly scaling?: 'perImage';
  /** Smallest value a lit VCSEL emits. */
  readonly floor: number;
  readonly passes: 1 | 2;
}

/** Input rows (or columns) that one kernel row (or column) reads, over all output positions; padding left out. */
function readBy(tap: number, axis: 0 | 1, { input, output, strides, dilation, padding }: ConvGeometry): number[] {
  const read: number[] = [];
  for (let at = 0; at < output[axis]; at++) {
    const element = at * strides[axis] + tap * dilation[axis] - padding[axis][0];
    if (element >= 0 && element < input[axis]) read.push(element);
  }
  return read;
}

/** Adds up a convolution's streamed values image by image. */
export function streamMeter(geometry: ConvGeometry, emitter: Emitter) {
  const [inputRows, inputColumns, channels] = geometry.input;
  const [kernelRows, kernelColumns] = geometry.kernel;
  const rowsRead = Array.from({ length: kernelRows }, (_, tap) => readBy(tap, 0, geometry));
  // Kernel columns that read each input column, as offsets into a row of [kernel column][channel].
  const readers = Array.from({ length: inputColumns }, (): number[] => []);
  for (let tap = 0; tap < kernelColumns; tap++)
    for (const column of readBy(tap, 1, geometry)) readers[column]!.push(tap * channels);
  const tapsOf = readers.map((taps) => Int32Array.from(taps));
  const [sum, square] = [0, 0].map(() => new Float64Array(kernelRows * kernelColumns * channels));
  // Sums over the columns that each kernel column reads, of one input row: [kernel column][channel].
  const [rowSum, rowSquare] = [0, 0].map(() => new Float64Array(inputRows * kernelColumns * channels));
  const width = kernelColumns * channels;
  let images = 0;

  /** @param value after the DAC, before the floor. */
  const addPass = (value: Float64Array) => {
    rowSum!.fill(0);
    rowSquare!.fill(0);
    for (let row = 0; row < inputRows; row++) {
      for (let column = 0; column < inputColumns; column++) {
        const taps = tapsOf[column]!;
        const from = (row * inputColumns + column) * channels;
        for (let c = 0; c < channels; c++) {
          // Most are dark behind a ReLU.
          if (value[from + c] === 0) continue;
          const v = emitted(value[from + c]!, emitter.floor);
          const square = v * v;
          const to = row * width + c;
          for (let t = 0; t < taps.length; t++) {
            rowSum![to + taps[t]!]! += v;
            rowSquare![to + taps[t]!]! += square;
          }
        }
      }
    }
    for (const [tap, rows] of rowsRead.entries()) {
      for (const row of rows) {
        for (let at = 0; at < width; at++) {
          sum![tap * width + at]! += rowSum![row * width + at]!;
          square![tap * width + at]! += rowSquare![row * width + at]!;
        }
      }
    }
  };

  return {
    /** @param x [rows][columns][channels], unscaled. */
    add(x: Float32Array): void {
      images++;
      if (emitter.activationScale === 0) return;
      for (let pass = 0; pass < emitter.passes; pass++) addPass(quantiseActivations(emitter, x, pass).value);
    },
    measure(): StreamMeasure {
      const count = images * emitter.passes * geometry.output[0] * geometry.output[1];
      const total = (values: Float64Array) => values.reduce((all, value) => all + value, 0);
      const light = total(sum!);
      return {
        streamMean: sum!.map((value) => (count === 0 ? 0 : value / count)),
        lightPoint: light === 0 ? 0 : total(square!) / light,
      };
    },
  };
}
