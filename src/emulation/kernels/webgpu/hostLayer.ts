/** What the WebGPU layers of both kinds share on the host: limits, batches cut to fit them, layers without optics. */
import { imagesOf, sizeOf } from '../../../base/batch.js';
import { UnsupportedLayerError } from '../../../base/errors.js';
import type { Tensor, Tf } from '../../../base/tensorflow/tf.js';
import { hasNoise, type MacProgram } from '../../program/types.js';
import type { BatchOptions, LayerOutput, LayerRun } from '../batchLayer.js';
import { checkInput } from '../checkInput.js';
import type { LumpedTap, Tap } from '../contract.js';
import { countActivations, shiftOnly } from '../referenceSteps.js';
import { areConsecutive } from './philoxShader.js';
import type { RowAttributes } from './rowProgram.js';
import type { WebGpuBackend } from './webgpuProgram.js';

/** A program's tensors on the adapter, by name; some programs have more. */
export type Uploaded<T> = { readonly [name in keyof T]: Tensor };

/** Conversions of one image and pass that a count of 32 bits holds; the groups of the noise's stream fit too. */
const MOST_CONVERSIONS = 2 ** 32;

const limitsOf = (tf: Tf) => (tf.backend() as unknown as WebGpuBackend).device.limits;

/** Bytes of the largest buffer that the adapter makes and binds. */
function largestBuffer(tf: Tf): number {
  const { maxStorageBufferBindingSize, maxBufferSize } = limitsOf(tf);
  return Math.min(maxStorageBufferBindingSize!, maxBufferSize!);
}

/** @throws UnsupportedLayerError where a tensor of `bytes` is more than the adapter binds. */
export function checkBuffer(tf: Tf, { name }: MacProgram, what: string, bytes: number): void {
  const most = largestBuffer(tf);
  if (bytes <= most) return;
  throw new UnsupportedLayerError(
    `layer '${name}': ${what} take ${Math.ceil(bytes / 2 ** 20)} MiB, this WebGPU adapter binds ${Math.floor(most / 2 ** 20)} MiB at a time; use --backend wasm`,
  );
}

/** @throws UnsupportedLayerError beyond 2^32 conversions of an image and pass. */
export function checkConversions({ name }: MacProgram, rows: number, pitch: number): void {
  if (rows * pitch <= MOST_CONVERSIONS) return;
  throw new UnsupportedLayerError(
    `layer '${name}': ${rows} chunk rows of ${pitch} samples are more than the webgpu backend counts in one image (2^32); use --backend reference`,
  );
}

/**
 * What is counted later. Whoever waits for it hears of a failure; until somebody does, as while further parts or layers are
 * enqueued, a failure is nobody's.
 */
export function counted<T>(counts: Promise<T>): Promise<T> {
  counts.catch(() => {});
  return counts;
}

/** A layer's output, with what is known of it when its counts have been read. */
export function outputOf(
  output: Tensor,
  found: Promise<readonly { readonly counts: LayerRun; readonly allFinite: boolean }[]>,
): LayerOutput {
  return {
    output,
    counts: counted(found.then((ofImages) => ofImages.map(({ counts }) => counts))),
    finite: counted(found.then((ofImages) => ofImages.map(({ allFinite }) => allFinite))),
  };
}

/** Images that the adapter takes in one launch, of whose buffers the largest takes `bytesPerImage`; an image is a workgroup deep. */
export function imagesPerLaunch(tf: Tf, bytesPerImage: number): number {
  const byBytes = Math.floor(largestBuffer(tf) / Math.max(1, bytesPerImage));
  return Math.max(1, Math.min(byBytes, limitsOf(tf)['maxComputeWorkgroupsPerDimension']!));
}

/** Runs a batch in parts of as many images as fit, or with a tap one by one. @param bytesPerImage of the largest buffer. */
export async function runInParts(
  tf: Tf,
  input: Tensor,
  options: BatchOptions,
  bytesPerImage: number,
  run: (input: Tensor, options: BatchOptions) => Promise<LayerOutput>,
): Promise<LayerOutput> {
  const { images, tap, lumpedTap } = options;
  const size = tap || lumpedTap ? 1 : imagesPerLaunch(tf, bytesPerImage);
  if (images.length <= size) return run(input, options);
  const parts: LayerOutput[] = [];
  try {
    for (let first = 0; first < images.length; first += size) {
      const count = Math.min(size, images.length - first);
      const begin = input.shape.map((_, axis) => (axis === 0 ? first : 0));
      const part = tf.slice(input, begin, [count, ...input.shape.slice(1)]);
      try {
        parts.push(await run(part, { ...options, images: images.subarray(first, first + count) }));
      } finally {
        part.dispose();
      }
    }
    const all = <T>(ofParts: readonly Promise<readonly T[]>[]) =>
      counted(Promise.all(ofParts).then((own) => own.flat()));
    const finite = parts.flatMap((part) => part.finite ?? []);
    return {
      output: tf.concat(parts.map(({ output }) => output)),
      counts: all(parts.map((part) => part.counts)),
      ...(finite.length === parts.length ? { finite: all(finite) } : {}),
    };
  } finally {
    for (const { output } of parts) output.dispose();
  }
}

/** What a layer does that has no optics: shifts, and counts of its input, by the float64 definition. */
export async function runWithoutOptics(
  tf: Tf,
  program: MacProgram,
  input: Tensor,
  { images, tap, lumpedTap }: BatchOptions,
  shape: readonly number[],
): Promise<LayerOutput> {
  const x = (await input.data()) as Float32Array;
  checkInput(program, x, images.length);
  const ofImage = shiftOnly(program, sizeOf(shape) / program.filters);
  const y = new Float32Array(images.length * ofImage.length);
  const counts = Array.from(images, (_, image): LayerRun => {
    y.set(ofImage, image * ofImage.length);
    tap?.push([]);
    lumpedTap?.push({ value: new Float64Array(ofImage.length), variance: new Float64Array(ofImage.length) });
    const counted = {
      ...countActivations(program, imagesOf(x, images.length, image)),
      clippedConversions: 0,
      litSamples: 0,
    };
    return program.kind === 'dense' ? { ...counted, passes: [] } : counted;
  });
  return { output: tf.tensor(y, [images.length, ...shape]), counts: Promise.resolve(counts) };
}

/** Rows of `pitch` words as rows of `samples` numbers. */
function unpad(words: ArrayLike<number>, pitch: number, samples: number, scale: number): Float64Array {
  const rows = words.length / pitch;
  return Float64Array.from({ length: rows * samples }, (_, at) => {
    return words[Math.floor(at / samples) * pitch + (at % samples)]! * scale;
  });
}

/** Values and variances of an image in fidelity `lumped`, in units of u, from the words of a tap, each [row][pitch]. */
export function lumpedTapOf(
  { adc: { step } }: MacProgram,
  words: { readonly u: Int32Array; readonly codes: Int32Array },
  rows: number,
  samples: number,
): LumpedTap {
  /** [sample][row], the order of a layer's outputs. */
  const outputs = (of: Int32Array, scale: number) => {
    const values = unpad(new Float32Array(of.slice().buffer), of.length / rows, samples, scale);
    return Float64Array.from(values, (_, at) => values[(at % rows) * samples + Math.floor(at / rows)]!);
  };
  return { value: outputs(words.u, step), variance: outputs(words.codes, step ** 2) };
}

/** Both parts of the words of a tap. */
export function partsOf(words: Int32Array): { readonly u: Int32Array; readonly codes: Int32Array } {
  return { u: words.subarray(0, words.length / 2), codes: words.subarray(words.length / 2) };
}

/** u and codes of one pass, from the words of a tap [row][pitch]. */
export function tapOf(
  { adc: { step } }: MacProgram,
  words: { readonly u: Int32Array; readonly codes: Int32Array },
  pitch: number,
  samples: number,
  adc: boolean,
): Pick<Tap, 'u' | 'adcCode'> {
  const u = new Float32Array(words.u.slice().buffer);
  return {
    u: unpad(u, pitch, samples, step),
    adcCode: adc ? Int32Array.from(unpad(words.codes, pitch, samples, 1)) : null,
  };
}

/** How a batch is launched, as the options and the program have it. */
export function rowAttributes(program: MacProgram, options: BatchOptions): RowAttributes {
  const lumped = options.lumped ?? false;
  return {
    noise: lumped ? hasNoise(program) || program.adc.quantise : options.noise && hasNoise(program),
    adc: options.adc && program.adc.quantise,
    tap: options.tap !== undefined || options.lumpedTap !== undefined,
    lumped,
    relu: options.relu ?? false,
    runSeed: options.runSeed,
    firstImage: options.images[0] ?? 0,
  };
}

/** Places of a batch's images in their split, where a launch must be told them. */
export function imageNumbers(tf: Tf, images: Int32Array): { readonly imageNumbers?: Tensor } {
  return areConsecutive(images) ? {} : { imageNumbers: tf.tensor1d(images, 'int32') };
}
