/**
 * Convolutions composed of TensorFlow operations, for devices that run large operations fast (CUDA): patches of the
 * emitted activations, for each chunk row a gather of its n entries and a product with their coefficients, the normals of
 * the row, rounding, and a sum by filter. Chunks are a dimension of the tensors: the only loops are over blocks of bounded
 * memory (`tensorflow/budget.ts`) and over the images' streams of noise.
 */
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { ceil4, readNoiseSeed } from '../../../base/random/seeds.js';
import type { Tensor, Tf } from '../../../base/tensorflow/tf.js';
import { type Conv2dProgram, hasNoise, hasOptics } from '../../program/types.js';
import type { BatchOptions, LayerRun } from '../batchLayer.js';
import type { KernelAttributes } from '../perImage.js';
import { blocksOf, perBlock } from '../tensorflow/budget.js';
import { addClipped, addNoise, type Converted, convert } from '../tensorflow/composedConverter.js';
import { countStreamed, emit, magnitudeOf, quantise } from '../tensorflow/composedQuantiser.js';
import { extractPatches, gather, statelessNormal } from '../tensorflow/ops.js';
import { TapBuilder } from '../tensorflow/tap.js';
import type { ComposedConv2d, RowBlock } from './tensorflowRows.js';

const positionsOf = ({ geometry }: Conv2dProgram) => geometry.output[0] * geometry.output[1];

/** [images, rows, columns, channels] -> [images, taps * channels, positions]. */
function patchesOf(tf: Tf, program: Conv2dProgram, emitted: Tensor): Tensor {
  const { kernel, strides, dilation, padding, input } = program.geometry;
  const padded = tf.pad(emitted, [[0, 0], [...padding[0]], [...padding[1]], [0, 0]]);
  const patches = extractPatches(tf, padded, kernel, strides, dilation);
  const shape = [emitted.shape[0]!, positionsOf(program), kernel[0] * kernel[1] * input[2]];
  return tf.transpose(tf.reshape(patches, shape), [0, 2, 1]);
}

/** Normals of all rows of a pass, [images, rows, positions]. */
function normalsOf(tf: Tf, program: Conv2dProgram, { runSeed, images }: BatchOptions, pass: number): Tensor {
  const shape = [program.rowFilter.length, ceil4(positionsOf(program))];
  const streams = Array.from(images, (image) =>
    statelessNormal(tf, shape, readNoiseSeed(runSeed, program.layerIndex, image, pass)),
  );
  return tf.slice(tf.stack(streams), [0, 0, 0], [-1, -1, positionsOf(program)]);
}

/** u of a block's rows in steps, [images, rows, positions]; noise drawn from `normals` of all rows. */
function multiply(
  { tf, program, noiseTable }: ComposedConv2d,
  block: RowBlock,
  patches: Tensor,
  normals: Tensor | null,
): Tensor {
  const [images, , positions] = patches.shape as [number, number, number];
  const rows = block.end - block.begin;
  const entries = tf.reshape(gather(tf, patches, block.patch, 1), [images, rows, -1, positions]);
  const times = (coefficients: Tensor, v: Tensor) => tf.reshape(tf.matMul(coefficients, v), [images, rows, positions]);
  const linear = times(block.signal, entries);
  const u = block.chirp ? tf.add(linear, times(block.chirp, tf.square(entries))) : linear;
  if (!normals) return u;
  const light = tf.add(times(block.shot, entries), times(block.intensity, tf.square(entries)));
  const variance = tf.add(light, program.noise.constant / program.adc.step ** 2);
  return addNoise(tf, u, variance, tf.slice(normals, [0, block.begin, 0], [-1, rows, -1]), noiseTable);
}

/** Codes of a block's rows summed by filter, [images * filters, positions]. */
function sumByFilter(tf: Tf, { rowFilter, filters }: Conv2dProgram, { begin, end }: RowBlock, code: Tensor): Tensor {
  const [images, rows, positions] = code.shape as [number, number, number];
  const ids = new Int32Array(images * rows);
  for (let image = 0; image < images; image++) {
    for (let r = begin; r < end; r++) ids[image * rows + r - begin] = image * filters + rowFilter[r]!;
  }
  const segments = tf.tensor1d(ids, 'int32');
  return tf.unsortedSegmentSum(tf.reshape(code, [images * rows, positions]), segments, images * filters);
}

/** One pass of some images: codes summed by filter, [images * filters, positions]. `clipped` of each image is added to. */
function runPass(
  layer: ComposedConv2d,
  codes: Tensor,
  options: BatchOptions,
  pass: number,
  clipped: number[],
  tap: TapBuilder | null,
): Tensor {
  const { tf, program, blocks } = layer;
  const patches = patchesOf(tf, program, emit(tf, program, codes));
  const normals = options.noise && hasNoise(program) ? normalsOf(tf, program, options, pass) : null;
  let total: Tensor = tf.zeros([options.images.length * program.filters, positionsOf(program)]);
  for (const block of blocks) {
    const { converted, sums } = tf.tidy<{ converted: Converted; sums: Tensor }>(() => {
      const converted = convert(tf, program, multiply(layer, block, patches, normals), options.adc);
      return { converted, sums: tf.add(total, sumByFilter(tf, program, block, converted.code)) };
    });
    total.dispose();
    total = sums;
    addClipped(tf, converted, clipped);
    tap?.add(pass, converted);
    tf.dispose(converted);
  }
  return total;
}

/** Some images: [images, output rows, output columns, filters]; their counts and taps are pushed. */
function runImages(layer: ComposedConv2d, x: Tensor, options: BatchOptions, counts: LayerRun[]): Tensor {
  const { tf, program, shift, scale } = layer;
  const [images, positions] = [options.images.length, positionsOf(program)];
  const streamed = countStreamed(tf, program, tf.reshape(x, [images, -1]), layer.uses);
  if (!hasOptics(program)) {
    for (const ofImage of streamed) counts.push({ ...ofImage, litSamples: 0, clippedConversions: 0 });
    for (const _ of streamed) options.tap?.push([]);
    return tf.add(tf.zeros([images, ...program.geometry.output]), shift);
  }
  const clipped = new Array<number>(images).fill(0);
  const tap = options.tap ? new TapBuilder(program, images) : null;
  const passes = Array.from({ length: program.passes }, (_, pass) =>
    tf.tidy(() => {
      const codes = quantise(tf, program, magnitudeOf(tf, x, pass));
      tap?.addActivations(pass, codes);
      return runPass(layer, codes, options, pass, clipped, tap);
    }),
  );
  counts.push(...streamed.map((ofImage, i) => ({ ...ofImage, clippedConversions: clipped[i]! })));
  if (tap) options.tap?.push(...tap.build());
  const sums = passes.length === 2 ? tf.sub(passes[0]!, passes[1]!) : passes[0]!;
  const byPosition = tf.transpose(tf.reshape(sums, [images, program.filters, positions]), [0, 2, 1]);
  return tf.reshape(tf.add(tf.mul(byPosition, scale), shift), [images, ...program.geometry.output]);
}

/** Kernel `PhotonicConv2D` of TensorFlow.js's backend `tensorflow`, for a layer from `loadComposedConv2d`. */
export const composedConv2d: KernelConfig['kernelFunc'] = ({ inputs, attrs }) => {
  const { layer, options, counts } = attrs as unknown as KernelAttributes<ComposedConv2d>;
  const { tf, program, budget, entriesPerRow } = layer;
  const each = program.rowFilter.length * entriesPerRow * positionsOf(program);
  return tf.tidy(() => {
    const x = inputs['x'] as Tensor;
    const parts = blocksOf(options.images.length, perBlock(budget, each)).map(([begin, end]) => {
      const images = options.images.subarray(begin, end);
      const part = tf.slice(x, [begin, 0, 0, 0], [end - begin, -1, -1, -1]);
      return tf.tidy(() => runImages(layer, part, { ...options, images }, counts));
    });
    return parts.length === 1 ? parts[0]! : tf.concat(parts, 0);
  });
};
