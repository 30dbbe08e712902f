/**
 * Dense layers composed of TensorFlow operations, for devices that run large operations fast (CUDA). The host holds the
 * active inputs of each image in float64 (`LoadedDense.hold`) and cuts them into chunks; on the device a chunk row is a
 * product of its transmissions with the gathered weights of its inputs, all rows of a block of bounded memory at a time.
 */
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { ceil4, readNoiseSeed } from '../../../base/random/seeds.js';
import type { Tensor, Tf } from '../../../base/tensorflow/tf.js';
import { readerOf } from '../../program/coded.js';
import { type DenseProgram, hasNoise } from '../../program/types.js';
import type { BatchOptions } from '../batchLayer.js';
import type { LoadedDense } from '../contract.js';
import type { KernelAttributes } from '../perImage.js';
import { type Budget, blocksOf, perBlock } from '../tensorflow/budget.js';
import { addNoise, type Converted, convert } from '../tensorflow/composedConverter.js';
import { loadNoiseTable, type TableTensors } from '../tensorflow/noiseTable.js';
import { gather, statelessNormal } from '../tensorflow/ops.js';
import { type HeldRows, holdBatch } from './tensorflowRows.js';
import { denseTap } from './tensorflowTap.js';

/** A dense layer on the device. */
export interface ComposedDense {
  readonly tf: Tf;
  readonly program: DenseProgram;
  readonly budget: Budget;
  /** Holds the activations. */
  readonly host: LoadedDense;
  /** |w| of positive and of negative weights, and a row of zeros for empty slots: [inputs + 1, 2 * filters]. */
  readonly weights: Tensor;
  /** Of the products, of their magnitudes and of their squares in u and its variance, in steps, [filters]. */
  readonly signal: Tensor;
  readonly shot: Tensor;
  readonly intensity: Tensor;
  /** The receiver's measured noise; null: none. */
  readonly noiseTable: TableTensors | null;
  /** Of sums of codes, and shift of each filter. */
  readonly scale: number;
  readonly shift: Tensor;
  dispose(): void;
}

function railWeights({ streamed, inputs, filters }: DenseProgram): Float32Array {
  const weights = new Float32Array((inputs + 1) * 2 * filters);
  const valueAt = readerOf(streamed);
  for (let k = 0, at = 0; k < inputs; k++) {
    for (let f = 0; f < filters; f++, at++) {
      const v = valueAt(at);
      weights[(2 * k + (v < 0 ? 1 : 0)) * filters + f] = Math.abs(v);
    }
  }
  return weights;
}

/** Puts a dense layer on the device. */
export function loadComposedDense(tf: Tf, host: LoadedDense, budget: Budget): ComposedDense {
  const { program } = host;
  const { inputs, filters, gain, c, adc, noise, activationScale, weightScale, gainScale, shift } = program;
  const perFilter = (of: (g: number) => number) => tf.tensor1d(Float32Array.from(gain, of));
  const tensors = {
    weights: tf.tensor2d(railWeights(program), [inputs + 1, 2 * filters]),
    signal: perFilter((g) => g / (c * adc.step)),
    shot: perFilter((g) => (noise.shot * g) / adc.step ** 2),
    intensity: perFilter((g) => (noise.intensity * g * g) / adc.step ** 2),
    shift: tf.tensor1d(Float32Array.from(shift)),
  };
  const scale = activationScale * weightScale * gainScale * adc.step;
  const noiseTable = loadNoiseTable(tf, program);
  const dispose = () => tf.dispose([...Object.values(tensors), ...Object.values(noiseTable ?? {})]);
  return { tf, program, budget, host, scale, noiseTable, ...tensors, dispose };
}

/** Normals of all rows, [rows, filters]: each image and pass has a stream of its own. */
function normalsOf({ tf, program }: ComposedDense, { rows }: HeldRows, { runSeed, images }: BatchOptions): Tensor {
  const { layerIndex, filters, passes } = program;
  const streams = Array.from(images, (image, i) =>
    Array.from({ length: passes }, (_, pass) => {
      const shape = [rows[i * passes + pass]!, ceil4(filters)];
      return statelessNormal(tf, shape, readNoiseSeed(runSeed, layerIndex, image, pass));
    }),
  ).flat();
  return tf.slice(tf.concat(streams, 0), [0, 0], [-1, filters]);
}

/** u of rows begin .. end - 1 in steps, [rows, filters], noise drawn from `normals` of all rows. */
function multiply(layer: ComposedDense, held: HeldRows, begin: number, end: number, normals: Tensor | null): Tensor {
  const { tf, program, weights, signal, shot, intensity, noiseTable } = layer;
  const { size } = program.bank;
  const [rows, { filters }] = [end - begin, program];
  const k = tf.tensor1d(held.k.subarray(begin * size, end * size), 'int32');
  const W = tf.reshape(gather(tf, weights, k, 0), [rows, 2 * size, filters]);
  const rails = (values: Float32Array) =>
    tf.tensor3d(values.subarray(begin * 2 * size, end * 2 * size), [rows, 1, 2 * size]);
  const H = rails(held.H);
  const times = (a: Tensor, b: Tensor) => tf.reshape(tf.matMul(a, b), [rows, filters]);
  const products =
    held.linear && held.square
      ? tf.add(times(rails(held.linear), W), times(rails(held.square), tf.square(W)))
      : times(H, W);
  const u = tf.mul(products, signal);
  if (!normals) return u;
  const light = tf.mul(times(tf.abs(H), W), shot);
  const squares = tf.mul(times(tf.square(H), tf.square(W)), intensity);
  const variance = tf.add(tf.add(light, squares), program.noise.constant / program.adc.step ** 2);
  return addNoise(tf, u, variance, tf.slice(normals, [begin, 0], [rows, -1]), noiseTable);
}

/** All rows: codes and what belongs to them, [rows, filters]. */
function runRows(layer: ComposedDense, held: HeldRows, options: BatchOptions): Converted {
  const { tf, program, budget } = layer;
  const normals = options.noise && hasNoise(program) ? normalsOf(layer, held, options) : null;
  const size = perBlock(budget, 2 * program.bank.size * program.filters);
  const parts = blocksOf(held.image.length, size).map(([begin, end]) =>
    tf.tidy<Converted>(() => convert(tf, program, multiply(layer, held, begin, end, normals), options.adc)),
  );
  const join = (tensors: readonly Tensor[]) => (tensors.length === 1 ? tensors[0]! : tf.concat([...tensors], 0));
  const clipped = parts.flatMap((part) => part.clipped ?? []);
  return {
    u: join(parts.map(({ u }) => u)),
    code: join(parts.map(({ code }) => code)),
    clipped: clipped.length > 0 ? join(clipped) : undefined,
  };
}

/** Codes summed by image, the second pass subtracted: [images, filters]. */
function sumByImage(tf: Tf, { image, sign }: HeldRows, code: Tensor, images: number): Tensor {
  const signed = tf.mul(code, tf.tensor2d(sign, [sign.length, 1]));
  return tf.unsortedSegmentSum(signed, tf.tensor1d(image, 'int32'), images);
}

/** Kernel `PhotonicDense` of TensorFlow.js's backend `tensorflow`, for a layer from `loadComposedDense`. */
export const composedDense: KernelConfig['kernelFunc'] = ({ inputs, attrs }) => {
  const { layer, options, counts } = attrs as unknown as KernelAttributes<ComposedDense>;
  const { tf, program, host, scale, shift } = layer;
  const images = options.images.length;
  return tf.tidy(() => {
    const x = (inputs['x'] as Tensor).dataSync<'float32'>();
    const held = holdBatch(host, x, images);
    if (held.image.length === 0) {
      counts.push(...held.counts);
      options.tap?.push(...denseTap(program, held, x, null));
      return tf.add(tf.zeros([images, program.filters]), shift);
    }
    const converted = runRows(layer, held, options);
    const clips = converted.clipped ? (tf.sum(converted.clipped, 1).dataSync<'float32'>() as Float32Array) : null;
    const clippedConversions = new Array<number>(images).fill(0);
    clips?.forEach((n, row) => {
      clippedConversions[held.image[row]!]! += n;
    });
    counts.push(...held.counts.map((ofImage, i) => ({ ...ofImage, clippedConversions: clippedConversions[i]! })));
    options.tap?.push(...denseTap(program, held, x, converted));
    return tf.add(tf.mul(sumByImage(tf, held, converted.code, images), scale), shift);
  });
};
