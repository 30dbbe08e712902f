/**
 * Bounds of every tensor's values, propagated as intervals from the network's `inputRange`: a layer on the core whose
 * input cannot be negative needs one pass instead of two. What a convolution or dense layer returns is taken as
 * unbounded, since noise has no bounds.
 */
import { batchNormAsAffine } from './layerTensors.js';
import type { ActivationLayer, Interval, Layer, Network } from './types.js';

const UNBOUNDED: Interval = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

/** The product as bounds have it: values are finite, so zero times an infinite bound is zero. */
const times = (a: number, b: number) => (a === 0 || b === 0 ? 0 : a * b);

const union = (a: Interval, b: Interval): Interval => [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
const clamp = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);

function product(a: Interval, b: Interval): Interval {
  const corners = a.flatMap((x) => b.map((y) => times(x, y)));
  return [Math.min(...corners), Math.max(...corners)];
}

/** Over all channels of x * scale[c] + shift[c]. */
function scaled(x: Interval, scale: ArrayLike<number>, shift: ArrayLike<number>): Interval {
  let bounds: Interval | null = null;
  for (let c = 0; c < scale.length; c++) {
    const ends = [times(x[0], scale[c]!) + shift[c]!, times(x[1], scale[c]!) + shift[c]!];
    const ofChannel: Interval = [Math.min(...ends), Math.max(...ends)];
    bounds = bounds ? union(bounds, ofChannel) : ofChannel;
  }
  return bounds ?? x;
}

/** x relu6(x + 3) / 6, which falls to -0.375 at -1.5 and is 0 below -3. */
const hardSwish = (x: number) => (x <= -3 ? 0 : x >= 3 ? x : (x * (x + 3)) / 6);

const MONOTONE: Record<Exclude<ActivationLayer['function'], 'hardSwish' | 'leakyRelu'>, (x: number) => number> = {
  relu: (x) => Math.max(x, 0),
  relu6: (x) => clamp(x, 0, 6),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  hardSigmoid: (x) => clamp((x + 3) / 6, 0, 1),
};

/** Bounds of a function that is monotone between its turning points. */
function between(f: (x: number) => number, turns: readonly number[], x: Interval): Interval {
  const values = [x[0], x[1], ...turns.filter((turn) => turn > x[0] && turn < x[1])].map(f);
  return [Math.min(...values), Math.max(...values)];
}

function activated(layer: ActivationLayer, x: Interval): Interval {
  switch (layer.function) {
    case 'hardSwish':
      return between(hardSwish, [-3, -1.5], x);
    case 'leakyRelu': {
      const slope = layer.alpha ?? 0.01;
      return between((value) => (value < 0 ? times(value, slope) : value), [0], x);
    }
    default:
      return between(MONOTONE[layer.function], [], x);
  }
}

/** Bounds of a layer's output from those of its inputs. */
export function layerBounds(layer: Layer, inputs: readonly Interval[]): Interval {
  const x = inputs[0]!;
  switch (layer.kind) {
    case 'conv2d':
    case 'dense':
      return UNBOUNDED;
    case 'batchNorm': {
      const { scale, shift } = batchNormAsAffine(layer);
      return scaled(x, scale, shift);
    }
    case 'affine':
      return scaled(x, layer.scale, layer.shift);
    case 'activation':
      return activated(layer, x);
    case 'pool2d':
      return layer.mode === 'average' && layer.countIncludePad && layer.padding.flat().some((p) => p > 0)
        ? union(x, [0, 0])
        : x;
    case 'add':
      return inputs.reduce((sum, other) => [sum[0] + other[0], sum[1] + other[1]]);
    case 'subtract':
      return [x[0] - inputs[1]![1], x[1] - inputs[1]![0]];
    case 'multiply':
      return inputs.reduce(product);
    case 'concat':
      return inputs.reduce(union);
    case 'pad':
      return layer.padding.flat().some((p) => p > 0) ? union(x, [layer.value, layer.value]) : x;
    case 'softmax':
      return [0, 1];
    case 'globalPool2d':
    case 'slice':
    case 'transpose':
    case 'flatten':
    case 'reshape':
      return x;
    default:
      return layer satisfies never;
  }
}

/** Bounds of the network's input ('input') and of every layer's output, by name. */
export function inferBounds(network: Network): ReadonlyMap<string, Interval> {
  const bounds = new Map<string, Interval>([['input', network.inputRange ?? UNBOUNDED]]);
  for (const layer of network.layers) {
    bounds.set(
      layer.name,
      layerBounds(
        layer,
        layer.inputs.map((name) => bounds.get(name)!),
      ),
    );
  }
  return bounds;
}
