/**
 * What streams past the rings of a convolution on average (section 5 of the contract): the light under which its banks
 * were tuned. Values are those after DAC and VCSEL floor, in float64, over calibration images, positions and passes.
 */
import { emitted } from '../../hardware/optics/converter.js';
import { ofImage } from '../kernels/imageScale.js';
import { activationCode, quantiseActivations } from '../kernels/referenceSteps.js';
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

/** Sums over what each kernel row and column reads, [kernel row][kernel column][channel], of sums by input element. */
function byTap(elements: Float64Array, geometry: ConvGeometry): Float64Array {
  const [, inputColumns, channels] = geometry.input;
  const [kernelRows, kernelColumns] = geometry.kernel;
  const columnsRead = Array.from({ length: kernelColumns }, (_, tap) => readBy(tap, 1, geometry));
  const sums = new Float64Array(kernelRows * kernelColumns * channels);
  for (let tap = 0; tap < kernelRows; tap++) {
    for (const row of readBy(tap, 0, geometry)) {
      for (const [column, columns] of columnsRead.entries()) {
        const to = (tap * kernelColumns + column) * channels;
        for (const read of columns) {
          const from = (row * inputColumns + read) * channels;
          for (let c = 0; c < channels; c++) sums[to + c]! += elements[from + c]!;
        }
      }
    }
  }
  return sums;
}

/** Adds up a convolution's streamed values image by image. */
export function streamMeter(geometry: ConvGeometry, emitter: Emitter) {
  const elements = geometry.input[0] * geometry.input[1] * geometry.input[2];
  // Of each input element over images and passes: kernel positions are told apart only at the end.
  const [sum, square] = [new Float64Array(elements), new Float64Array(elements)];
  let images = 0;

  const { quantise, maximumCode } = emitter.activationDac;
  // What VCSELs emit of each code: elements are looked up by the million.
  const emittedOf = quantise
    ? Float64Array.from({ length: maximumCode + 1 }, (_, code) => emitted(code / maximumCode, emitter.floor))
    : null;

  const addCodes = (x: Float32Array, pass: number, ofCode: Float64Array) => {
    const { activationDac } = ofImage(emitter, x);
    const sign = pass === 0 ? 1 : -1;
    for (let at = 0; at < elements; at++) {
      const magnitude = sign * x[at]!;
      // Most are dark behind a ReLU.
      if (!(magnitude > 0)) continue;
      const v = ofCode[activationCode(magnitude, activationDac)]!;
      sum[at]! += v;
      square[at]! += v * v;
    }
  };

  const addValues = (value: Float64Array) => {
    for (let at = 0; at < elements; at++) {
      if (value[at] === 0) continue;
      const v = emitted(value[at]!, emitter.floor);
      sum[at]! += v;
      square[at]! += v * v;
    }
  };

  return {
    /** @param x [rows][columns][channels], unscaled. */
    add(x: Float32Array): void {
      images++;
      if (emitter.activationScale === 0) return;
      for (let pass = 0; pass < emitter.passes; pass++) {
        if (emittedOf) addCodes(x, pass, emittedOf);
        else addValues(quantiseActivations(emitter, x, pass).value);
      }
    },
    measure(): StreamMeasure {
      const count = images * emitter.passes * geometry.output[0] * geometry.output[1];
      const total = (values: Float64Array) => values.reduce((all, value) => all + value, 0);
      const sums = byTap(sum, geometry);
      const light = total(sums);
      return {
        streamMean: sums.map((value) => (count === 0 ? 0 : value / count)),
        lightPoint: light === 0 ? 0 : total(byTap(square, geometry)) / light,
      };
    },
  };
}
