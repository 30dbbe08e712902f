/** Host side of the WebGPU kernel of convolutions: uploads a program's rows once, then runs batches. */

import { ceil4 } from '../../../base/random/seeds.js';
import type { Tensor, Tf } from '../../../base/tensorflow/tf.js';
import { type Conv2dProgram, hasOptics } from '../../program/types.js';
import { type BatchOptions, type LayerOutput, PHOTONIC_KERNELS, type PhotonicLayer } from '../batchLayer.js';
import { checkInput } from '../checkInput.js';
import type { Tap } from '../contract.js';
import { streamedLevels } from '../levels.js';
import { type Planes, planeSize } from '../webgpu/activationShader.js';
import { clippedOf, countsOf } from '../webgpu/countShader.js';
import {
  checkBuffer,
  checkConversions,
  imageNumbers,
  lumpedTapOf,
  outputOf,
  partsOf,
  rowAttributes,
  runInParts,
  runWithoutOptics,
  tapOf,
  type Uploaded,
} from '../webgpu/hostLayer.js';
import { uploadNoiseTable } from '../webgpu/noiseTableShader.js';
import { takeIntegers } from '../webgpu/readback.js';
import { countUses, unravel } from './wasmLayout.js';
import type { Conv2dAttributes, Conv2dTensors } from './webgpu.js';

/** Words of an entry, and of one whose VCSEL chirps. */
const [ENTRY_WORDS, CHIRPED_ENTRY_WORDS] = [4, 8];

function planesOf({ geometry: { input, padding } }: Conv2dProgram): Planes {
  const [[top, bottom], [left, right]] = padding;
  return { input, before: [top, left], padded: [top + input[0] + bottom, left + input[1] + right] };
}

/** Element of an image's planes that the kernel's first tap reads at each position; surplus ones read the first. */
function positionElements({ geometry: { output, strides } }: Conv2dProgram, { padded }: Planes): Int32Array {
  const positions = output[0] * output[1];
  return Int32Array.from({ length: ceil4(positions) }, (_, position) => {
    if (position >= positions) return 0;
    return Math.floor(position / output[1]) * strides[0] * padded[1] + (position % output[1]) * strides[1];
  });
}

/** First row of each filter, [filters + 1]. */
function filterRowStarts({ rowFilter, filters }: Conv2dProgram): Int32Array {
  const starts = new Int32Array(filters + 1);
  for (const filter of rowFilter) starts[filter + 1]!++;
  for (let f = 0; f < filters; f++) starts[f + 1]! += starts[f]!;
  return starts;
}

/**
 * [entries][element beyond the position's, beta, alpha, 0]: signal and shot noise of one level in steps of u. Where VCSELs
 * chirp four words more, [linear, square, 0, 0]: the signal of a level and of its square; beta is then the noise's alone.
 */
function entryWords(program: Conv2dProgram, { padded }: Planes): Int32Array {
  const { rowFilter, rowStart, entryK, hPlus, hMinus, dPlus, dMinus, gain, noise, adc, c, geometry } = program;
  const { full } = streamedLevels(program);
  const perEntry = dPlus ? CHIRPED_ENTRY_WORDS : ENTRY_WORDS;
  const words = new Int32Array(perEntry * Math.max(1, entryK.length));
  const floats = new Float32Array(words.buffer);
  for (let r = 0; r < rowFilter.length; r++) {
    const f = rowFilter[r]!;
    for (let e = rowStart[r]!; e < rowStart[r + 1]!; e++) {
      const { channel, kernelRow, kernelColumn } = unravel(program, f, entryK[e]!);
      const row = channel * padded[0] + kernelRow * geometry.dilation[0];
      words[perEntry * e] = row * padded[1] + kernelColumn * geometry.dilation[1];
      const signal = gain[f]! / (c * adc.step * full);
      floats[perEntry * e + 1] = signal * (hPlus[e]! - hMinus[e]!);
      floats[perEntry * e + 2] = (noise.shot * gain[f]! * (hPlus[e]! + hMinus[e]!)) / (adc.step ** 2 * full);
      if (!dPlus || !dMinus) continue;
      const slope = program.chirp_nm * (dPlus[e]! - dMinus[e]!);
      floats[perEntry * e + 4] = signal * (hPlus[e]! - hMinus[e]! - program.lightPoint! * slope);
      floats[perEntry * e + 5] = (signal * slope) / full;
    }
  }
  return words;
}

/** What `Conv2dTensors.tables` says. */
function tableWords(program: Conv2dProgram, planes: Planes): Int32Array {
  const shift = new Int32Array(Float32Array.from(program.shift).buffer);
  const parts = [positionElements(program, planes), filterRowStarts(program), program.rowStart, shift];
  return Int32Array.from(parts.flatMap((part) => Array.from(part)));
}

function upload(tf: Tf, program: Conv2dProgram, planes: Planes): Uploaded<Conv2dTensors> {
  const entries = entryWords(program, planes);
  checkBuffer(tf, program, 'its weights', entries.byteLength);
  const integers = (values: Int32Array) => tf.keep(tf.tensor1d(values, 'int32'));
  return {
    tables: integers(tableWords(program, planes)),
    entries: integers(entries),
    uses: integers(countUses(program)),
    ...(program.noise.table ? { noiseTable: uploadNoiseTable(tf, program) } : {}),
  };
}

/**
 * Puts a convolution on the adapter.
 * @throws UnsupportedLayerError beyond 2^32 conversions of an image and pass, or where one image is more than it binds.
 */
export function loadConv2d(tf: Tf, program: Conv2dProgram): PhotonicLayer<Conv2dProgram> {
  const { geometry, filters, passes, rowFilter } = program;
  const positions = geometry.output[0] * geometry.output[1];
  const pitch = ceil4(positions);
  const planes = planesOf(program);
  checkConversions(program, rowFilter.length, pitch);
  const bytesPerImage = 4 * Math.max(passes * planeSize(planes), filters * pitch + passes);
  checkBuffer(tf, program, 'the activations of one image', bytesPerImage);
  const tensors = hasOptics(program) ? upload(tf, program, planes) : null;

  const launch = (x: Tensor, options: BatchOptions): Tensor[] => {
    const attributes: Conv2dAttributes = { program, planes, ...rowAttributes(program, options) };
    const numbers = imageNumbers(tf, options.images);
    const inputs = { x, ...numbers, ...tensors! };
    const outputs = tf.engine().runKernel(PHOTONIC_KERNELS.conv2d, inputs, attributes as never) as Tensor[];
    tf.dispose(numbers as never);
    return outputs;
  };

  const tapsOf = (counts: Int32Array, tapped: Int32Array, codes: Int32Array, adc: boolean): Tap[] =>
    Array.from({ length: passes }, (_, pass) => {
      const ofPass = (words: Int32Array) =>
        words.subarray((pass * words.length) / passes, ((pass + 1) * words.length) / passes);
      const parts = partsOf(tapped);
      return {
        activationCode: program.activationDac.quantise ? ofPass(codes) : null,
        clippedConversions: clippedOf(counts, 0, pass),
        ...tapOf(program, { u: ofPass(parts.u), codes: ofPass(parts.codes) }, pitch, positions, adc),
      };
    });

  /** What a launch counted. @throws NetworkError as `run`; `x` is its input. */
  const countsFrom = async (x: Tensor, values: readonly Int32Array[], options: BatchOptions) => {
    const images = options.images.length;
    const [words, tapped, codes] = values as [Int32Array, ...Int32Array[]];
    const ofImages = Array.from({ length: images }, (_, image) => countsOf(words, image));
    if (ofImages.some(({ isInvalid }) => isInvalid)) checkInput(program, (await x.data()) as Float32Array, images);
    options.tap?.push(tapsOf(words, tapped!, codes!, rowAttributes(program, options).adc));
    options.lumpedTap?.push(lumpedTapOf(program, partsOf(tapped!), filters, positions));
    return ofImages;
  };

  const run = async (x: Tensor, options: BatchOptions): Promise<LayerOutput> => {
    const [output, ...rest] = launch(x, options);
    const kept = tf.clone(x);
    const counted = takeIntegers(tf, rest)
      .then((values) => countsFrom(kept, values, options))
      .finally(() => kept.dispose());
    return outputOf(output!, counted);
  };

  return {
    program,
    hasTap: true,
    lumps: true,
    rectifies: tensors !== null,
    run(input, options) {
      if (!tensors) return runWithoutOptics(tf, program, input, options, geometry.output);
      return runInParts(tf, input, options, bytesPerImage, run);
    },
    dispose: () => tf.dispose(Object.values(tensors ?? {})),
  };
}
