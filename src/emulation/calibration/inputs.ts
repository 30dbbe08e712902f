/** The digital network's inputs of every MAC layer on calibration images: what all of a calibration is measured on. */
import { imagesOf, sizeOf } from '../../base/batch.js';
import type { Tf } from '../../base/tensorflow/tf.js';
import { forwardFiniteSync } from '../../networks/finite.js';
import { loadDigitalNetwork } from '../../networks/forward.js';
import { imagesAtOnce } from '../../networks/shapes.js';
import type { Network } from '../../networks/types.js';
import { macSpecs } from '../compiler/network.js';

/** Bytes that the widest activations of the images at a time may take: TensorFlow.js holds several such. */
const BATCH_BYTES = 2 ** 26;
/** Inputs of all layers on all images are kept up to this, or to a quarter of what the weights take; beyond, each pass computes them anew. */
const KEPT_BYTES = 2 ** 26;

/** Images `first` to `end - 1`. */
export interface ImageRange {
  readonly first: number;
  readonly end: number;
}

/**
 * Calls `sink` with the digital network's input of every MAC layer, of all calibration images or of some. The images of a
 * layer come in their order; layers come in any.
 */
export type InputSource = (sink: (layer: number, x: Float32Array) => unknown, images?: ImageRange) => void;

/** Called now and then with what is being done, and how much of it is. */
export type OnProgress = (what: string, done: number, of: number) => void;

/** The same inputs, which tell how many of them have been taken of `of` all together. */
export function watched(
  source: InputSource,
  what: string,
  of: number,
  onProgress: OnProgress | undefined,
): InputSource {
  if (!onProgress) return source;
  return (sink, images) => {
    let done = 0;
    source((layer, x) => {
      onProgress(what, done++, of);
      return sink(layer, x);
    }, images);
  };
}

/** Inputs, and how many images they are computed of at a time: ranges that begin at multiples of it cost nothing twice. */
export interface CalibrationInputs {
  readonly inputs: InputSource;
  readonly atOnce: number;
}

/** Computed anew whenever they are asked for, in batches that begin at the same images whatever the range. */
function digitalInputs(tf: Tf, network: Network, images: Float32Array): CalibrationInputs {
  const size = sizeOf(network.inputShape);
  const count = images.length / size;
  const batches = Math.ceil(count / imagesAtOnce(network, BATCH_BYTES));
  // Of one size, as far as they can: TensorFlow.js keeps what it made room for.
  const atOnce = Math.ceil(count / batches);
  const indexOf = new Map(macSpecs(network).map((spec) => [spec.name, spec.index]));
  const inputs: InputSource = (sink, { first, end } = { first: 0, end: count }) => {
    const last = Math.min(count, end);
    const digital = loadDigitalNetwork(tf, network);
    try {
      for (let start = first - (first % atOnce); start < last; start += atOnce) {
        const batch = images.subarray(start * size, Math.min(start + atOnce, last) * size);
        const places = Int32Array.from({ length: batch.length / size }, (_, i) => start + i);
        tf.tidy(() => {
          forwardFiniteSync(tf, digital, tf.tensor(batch, [places.length, ...network.inputShape]), places, {
            onLayer: (layer, [input]) => {
              const index = indexOf.get(layer.name);
              if (index === undefined) return;
              const values = input!.dataSync() as Float32Array;
              places.forEach((image, i) => {
                if (image >= first) sink(index, imagesOf(values, places.length, i));
              });
            },
          });
        });
      }
    } finally {
      digital.dispose();
    }
  };
  return { inputs, atOnce };
}

/** Inputs on `images` [count, ...inputShape], kept from the first pass over all of them on where they are few. */
export function calibrationInputs(tf: Tf, network: Network, images: Float32Array): CalibrationInputs {
  const anew = digitalInputs(tf, network, images);
  const specs = macSpecs(network);
  const count = images.length / sizeOf(network.inputShape);
  const elements = specs.reduce(
    (sum, spec) => sum + (spec.kind === 'conv2d' ? sizeOf(spec.geometry.input) : spec.inputs),
    0,
  );
  const weightBytes = specs.reduce((sum, { weight }) => sum + weight.byteLength, 0);
  if (4 * elements * count > Math.max(KEPT_BYTES, weightBytes / 4)) return anew;
  let kept: (readonly Float32Array[])[] | null = null;
  const inputs: InputSource = (sink, range = { first: 0, end: count }) => {
    if (kept === null && range.end - range.first < count) return anew.inputs(sink, range);
    if (kept === null) {
      const all = specs.map((): Float32Array[] => []);
      anew.inputs((layer, x) => all[layer]!.push(x.slice()));
      kept = all;
    }
    kept.forEach((ofLayer, layer) => {
      for (const x of ofLayer.slice(range.first, range.end)) sink(layer, x);
    });
  };
  return { inputs, atOnce: 1 };
}

/**
 * All of `count` images in at most `parts` ranges that differ by as little as they can.
 * @param atOnce images that every range but the last is a multiple of.
 */
export function imageRanges(count: number, atOnce: number, parts: number): ImageRange[] {
  const batches = Math.ceil(count / atOnce);
  const ranges = Math.min(parts, batches);
  const at = (range: number) => Math.min(count, atOnce * Math.floor((range * batches) / ranges));
  return Array.from({ length: ranges }, (_, range) => ({ first: at(range), end: at(range + 1) }));
}
