/**
 * What compiling makes of a layer's weights alone, remembered: it depends neither on the chip nor on most of the hardware, and
 * takes longest of small networks. The same numbers come as the same objects, so that kernels know what they made of them too.
 */
import { type CodedValues, countZeros, mapValues, type Values } from '../program/coded.js';
import { type DenseStreams, denseStreams, emittedWeight } from './denseChunks.js';
import type { LayerSpec } from './layerSpec.js';
import { type QuantisedWeights, quantised, type WeightQuantiser } from './quantiseWeights.js';

/** Nothing of it may be written to. */
export interface KnownWeights {
  /** Of dense layers what VCSELs emit. */
  readonly weights: QuantisedWeights;
  /** Zero weight codes. */
  readonly zeros: number;
  /** Dense layers: what streams past the rings. */
  readonly streams: () => DenseStreams;
}

/** All that they follow from, besides the weights. */
interface Key extends WeightQuantiser {
  /** Smallest value that a lit VCSEL emits; 0 of convolutions, whose weights are held. */
  readonly floor: number;
}

interface Entry {
  readonly key: Key;
  /** Of the weights at that time: who wrote to them since is not to be given what they were. */
  readonly sum: readonly number[];
  readonly known: KnownWeights;
}

/** Most that are remembered of a layer, the latest first. */
const MOST = 4;

const entries = new WeakMap<Float32Array, readonly Entry[]>();

/** Two sums over the bits of all weights. */
function sumOf({ buffer, byteOffset, length }: Float32Array): readonly [number, number] {
  const words = new Uint32Array(buffer, byteOffset, length);
  let [a, b] = [length, 0];
  for (let at = 0; at < length; at++) {
    a = Math.imul(a ^ words[at]!, 0x9e3779b1);
    a ^= a >>> 15;
    b = (Math.imul(b, 0x85ebca6b) + words[at]!) | 0;
  }
  return [a, b];
}

function isSame(a: unknown, b: unknown): boolean {
  if (a instanceof Float64Array && b instanceof Float64Array)
    return a.length === b.length && a.every((v, at) => Object.is(v, b[at]));
  return Object.is(a, b);
}

const isSameKey = (a: Key, b: Key) => (Object.keys(a) as (keyof Key)[]).every((field) => isSame(a[field], b[field]));

const bytesOf = (values: Values) =>
  (values instanceof Float64Array ? values : (values as CodedValues).codes).byteLength;

/** Those that are still remembered beside a new one: together no larger than the weights. */
function withNew(entry: Entry, before: readonly Entry[], limit: number): readonly Entry[] {
  const kept = [entry];
  let bytes = bytesOf(entry.known.weights.value);
  for (const old of before.slice(0, MOST - 1)) {
    bytes += bytesOf(old.known.weights.value);
    if (bytes > limit) break;
    kept.push(old);
  }
  return kept;
}

function compute(spec: LayerSpec, { floor, ...quantiser }: Key): KnownWeights {
  const weights = quantised(spec, quantiser);
  const { offset } = weights;
  // An offset convolution drops what takes no part, whatever its code.
  const zeros = countZeros(offset && !quantiser.isDense ? offset.kept : weights.value);
  const value = quantiser.isDense ? mapValues(weights.value, (v) => emittedWeight(v, floor)) : weights.value;
  let streams: DenseStreams | null = null;
  return {
    weights: { ...weights, value },
    zeros,
    streams: () => {
      streams ??= denseStreams(value, spec.weight.length / spec.filters);
      return streams;
    },
  };
}

/**
 * Weights of a layer on a quantiser.
 * @param floor of the VCSELs; only dense layers' weights are emitted.
 * @throws CompileError where a codebook is asked for and does not fit.
 */
export function knownWeights(spec: LayerSpec, quantiser: WeightQuantiser, floor: number): KnownWeights {
  const { weight } = spec;
  const key = { ...quantiser, floor: quantiser.isDense ? floor : 0 };
  const before = entries.get(weight) ?? [];
  const sum = sumOf(weight);
  const found = before.find(
    (entry) => isSame(entry.sum[0], sum[0]) && isSame(entry.sum[1], sum[1]) && isSameKey(entry.key, key),
  );
  const entry = found ?? { key, sum, known: compute(spec, key) };
  entries.set(
    weight,
    withNew(
      entry,
      before.filter((other) => other !== found),
      weight.byteLength,
    ),
  );
  return entry.known;
}
