/** Host side of the WebGPU kernel of dense layers: uploads a program's weights once, then holds and runs batches. */

import { ceil4 } from '../../../base/random/seeds.js';
import type { Tensor, Tf } from '../../../base/tensorflow/tf.js';
import { numbersOf } from '../../program/coded.js';
import { type DenseProgram, hasOptics } from '../../program/types.js';
import { type BatchOptions, type LayerOutput, PHOTONIC_KERNELS, type PhotonicLayer } from '../batchLayer.js';
import type { LoadedDense, Tap } from '../contract.js';
import { clippedOf } from '../webgpu/countShader.js';
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
import { holdsOnDevice } from './holdPrecision.js';
import { COEFFICIENTS, type DenseAttributes, type DenseTensors } from './webgpu.js';
import { entryWordsOf } from './webgpuBank.js';
import { bankShape, holdBytes } from './webgpuHold.js';
import { deviceHolder, type Held, hostHolder } from './webgpuHolding.js';

function upload(tf: Tf, program: DenseProgram, pitch: number): Uploaded<DenseTensors> {
  const { inputs, filters, gain, c, adc, noise } = program;
  const streamed = numbersOf(program.streamed);
  const weights = new Float32Array((COEFFICIENTS + inputs) * pitch);
  for (let k = 0; k < inputs; k++)
    weights.set(streamed.subarray(k * filters, (k + 1) * filters), (COEFFICIENTS + k) * pitch);
  for (let f = 0; f < filters; f++) {
    weights[f] = gain[f]! / (c * adc.step);
    weights[pitch + f] = (noise.shot * gain[f]!) / adc.step ** 2;
    weights[2 * pitch + f] = (noise.intensity * gain[f]! ** 2) / adc.step ** 2;
    weights[3 * pitch + f] = program.shift[f]!;
  }
  return {
    weights: tf.keep(tf.tensor1d(weights)),
    ...(program.noise.table ? { noiseTable: uploadNoiseTable(tf, program) } : {}),
  };
}

/** Rows of one run as its bank held them; `entries` and `ranges` are those of `Held`. */
function rowsOf(
  [entries, ranges]: readonly [Int32Array, Int32Array],
  entryWords: number,
  run: number,
  size: number,
): Required<Pick<Tap, 'k' | 'hPlus' | 'hMinus'>> {
  const bits = new Float32Array(entries.buffer, entries.byteOffset);
  const [first, end] = [ranges[2 * run]!, ranges[2 * run + 1]!];
  const starts = Array.from({ length: Math.ceil((end - first) / size) }, (_, row) => first + row * size);
  const column = (start: number, from: ArrayLike<number>, word: number) =>
    Array.from({ length: Math.min(size, end - start) }, (_, slot) => from[entryWords * (start + slot) + word]!);
  return {
    k: starts.map((start) => Int32Array.from(column(start, entries, 0))),
    hPlus: starts.map((start) => Float64Array.from(column(start, bits, 1))),
    hMinus: starts.map((start) => Float64Array.from(column(start, bits, 2))),
  };
}

/**
 * Puts a dense layer on the adapter.
 * @param loadHost the same program on the host's kernels, which hold its activations where the device cannot.
 * @throws UnsupportedLayerError beyond 2^32 conversions of an image and pass, or where the weights are more than it binds.
 */
export function loadDense(tf: Tf, program: DenseProgram, loadHost: () => LoadedDense): PhotonicLayer<DenseProgram> {
  const { filters, inputs, passes, bank } = program;
  const pitch = ceil4(filters);
  const { rows: mostRows } = bankShape(program);
  checkConversions(program, mostRows, pitch);
  checkBuffer(tf, program, 'its weights', 4 * (COEFFICIENTS + inputs) * pitch);
  const bytesPerImage = Math.max(holdBytes(program), 4 * (pitch + passes));
  checkBuffer(tf, program, 'the activations of one image', bytesPerImage);
  const tensors = hasOptics(program) ? upload(tf, program, pitch) : null;
  const holder = tensors && (holdsOnDevice(program) ? deviceHolder(tf, program) : hostHolder(tf, loadHost()));

  const launch = (x: Tensor, { entries, ranges, read: [counts] }: Held, options: BatchOptions): Tensor[] => {
    const attributes: DenseAttributes = { program, ...rowAttributes(program, options) };
    const numbers = imageNumbers(tf, options.images);
    const given = { x, entries, ranges, counts, ...numbers, ...tensors! };
    const outputs = tf.engine().runKernel(PHOTONIC_KERNELS.dense, given, attributes as never) as Tensor[];
    tf.dispose(numbers as never);
    return outputs;
  };

  const tapsOf = (
    counts: Int32Array,
    [tapped, activationCodes]: readonly Int32Array[],
    held: readonly [Int32Array, Int32Array],
    adc: boolean,
  ): Tap[] =>
    Array.from({ length: passes }, (_, pass) => {
      const { u, codes } = partsOf(tapped!);
      const rows = rowsOf(held, entryWordsOf(program), pass, bank.size);
      const ofPass = (words: Int32Array) => {
        const first = pass * mostRows * pitch;
        return words.subarray(first, first + rows.k.length * pitch);
      };
      return {
        activationCode: program.activationDac.quantise
          ? activationCodes!.subarray(pass * inputs, (pass + 1) * inputs)
          : null,
        clippedConversions: clippedOf(counts, 0, pass),
        ...tapOf(program, { u: ofPass(u), codes: ofPass(codes) }, pitch, filters, adc),
        ...rows,
      };
    });

  const run = async (x: Tensor, options: BatchOptions): Promise<LayerOutput> => {
    const kept = tf.clone(x);
    const held = await holder!.hold(kept, options.images.length).catch((error: unknown) => {
      kept.dispose();
      throw error;
    });
    const [output, ...rest] = launch(x, held, options);
    const countsFrom = async (values: readonly Int32Array[]) => {
      const found = await held.counts(values);
      const own = values.slice(held.read.length);
      if (options.tap) {
        const [entries, ranges] = (await Promise.all([held.entries.data(), held.ranges.data()])) as Int32Array[];
        options.tap.push(tapsOf(values[0]!, own, [entries!, ranges!], rowAttributes(program, options).adc));
      }
      options.lumpedTap?.push(lumpedTapOf(program, partsOf(own[0]!), 1, filters));
      return found;
    };
    const found = takeIntegers(tf, [...held.read, ...rest])
      .then(countsFrom)
      .finally(() => tf.dispose([kept, held.entries, held.ranges]));
    return outputOf(output!, found);
  };

  return {
    program,
    hasTap: true,
    lumps: true,
    rectifies: tensors !== null,
    run(input, options) {
      if (!tensors) return runWithoutOptics(tf, program, input, options, [filters]);
      return runInParts(tf, input, options, bytesPerImage, run);
    },
    dispose() {
      tf.dispose(Object.values(tensors ?? {}));
      holder?.dispose();
    },
  };
}
