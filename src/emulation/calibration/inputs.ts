/** The digital network's inputs of every MAC layer on calibration images: what all of a calibration is measured on. */
import { imagesOf, sizeOf } from '../../base/batch.js';
import { ReleasableFloat32 } from '../../base/releasable.js';
import type { Tf } from '../../base/tensorflow/tf.js';
import { forwardFiniteSync } from '../../networks/finite.js';
import { loadDigitalNetwork } from '../../networks/forward.js';
import { imagesAtOnce } from '../../networks/shapes.js';
import type { Network } from '../../networks/types.js';
import { macSpecs } from '../compiler/network.js';

/** Bytes that the widest activations of the images at a time may take: TensorFlow.js holds several such. */
const BATCH_BYTES = 2 ** 26;
/** Inputs of all layers on all images are kept up to this; beyond it they are computed anew for each pass over them. */
const KEPT_BYTES = 5 * 2 ** 27;
/** What is kept goes on being kept up to this when it is let go. */
const LASTING_BYTES = 2 ** 26;

/** Images `first` to `end - 1`. */
export interface ImageRange {
  readonly first: number;
  readonly end: number;
}

/**
 * Calls `sink` with the digital network's input of every MAC layer, of all calibration images or of some. The images of a
 * layer come in their order; layers come in any. The numbers of an input are others once `sink` has returned.
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

/** Until they are released. */
export interface KeptInputs {
  /** A copy of all inputs of a layer, [images][elements]. */
  ofLayer(layer: number): Float32Array;
}

/** Inputs, and how many images they are computed of at a time: ranges that begin at multiples of it cost nothing twice. */
export interface CalibrationInputs {
  readonly inputs: InputSource;
  readonly atOnce: number;
  /** Has all of them in memory, computed if they are not there; null where they are too many. */
  keep(): KeptInputs | null;
  /** Lets go of what is kept if it is much; the next pass computes it anew. */
  release(): void;
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
  return { inputs, atOnce, keep: () => null, release: () => {} };
}

/**
 * Inputs on `images` [count, ...inputShape], kept from the first pass over all of them on where they are few.
 * @param lastingBytes up to which `release` keeps them.
 */
export function calibrationInputs(
  tf: Tf,
  network: Network,
  images: Float32Array,
  lastingBytes = LASTING_BYTES,
): CalibrationInputs {
  const anew = digitalInputs(tf, network, images);
  const count = images.length / sizeOf(network.inputShape);
  const sizes = macSpecs(network).map((spec) => (spec.kind === 'conv2d' ? sizeOf(spec.geometry.input) : spec.inputs));
  const first = sizes.map((_, layer) => count * sizes.slice(0, layer).reduce((sum, size) => sum + size, 0));
  const elements = count * sizes.reduce((sum, size) => sum + size, 0);
  if (4 * elements > KEPT_BYTES) return anew;
  let kept: ReleasableFloat32 | null = null;
  const computeAll = () => {
    const all = new ReleasableFloat32(elements);
    const next = [...first];
    anew.inputs((layer, x) => {
      all.set(x, next[layer]!);
      next[layer]! += x.length;
    });
    return all;
  };
  const inputs: InputSource = (sink, range = { first: 0, end: count }) => {
    if (kept === null && range.end - range.first < count) return anew.inputs(sink, range);
    kept ??= computeAll();
    const room = new Float32Array(Math.max(...sizes));
    for (const [layer, size] of sizes.entries()) {
      const x = room.subarray(0, size);
      for (let image = range.first; image < Math.min(range.end, count); image++) {
        kept.copyInto(x, first[layer]! + image * size);
        sink(layer, x);
      }
    }
  };
  const keep = (): KeptInputs => {
    kept ??= computeAll();
    const values = kept;
    return { ofLayer: (layer) => values.copy(first[layer]!, count * sizes[layer]!) };
  };
  const release = () => {
    if (4 * elements <= lastingBytes) return;
    kept?.release();
    kept = null;
  };
  return { inputs, atOnce: 1, keep, release };
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
