/**
 * Bounds of every tensor's values, propagated as intervals from the network's `inputRange`: a layer on the core whose
 * input cannot be negative needs one pass instead of two. What a convolution or dense layer returns is taken as
 * unbounded, since noise has no bounds.
 */
import { activationBounds, times } from './activations.js';
import { batchNormAsAffine } from './layerTensors.js';
import type { Interval, Layer, Network } from './types.js';

const UNBOUNDED: Interval = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

const union = (a: Interval, b: Interval): Interval => [Math.min(a[0], b[0]), Math.max(a[1], b[1])];

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

/** The codes of an interval's ends, as values. */
function quantised({ scale, zeroPoint, low, high }: Extract<Layer, { kind: 'quantise' }>, x: Interval): Interval {
  const [least, most] = [(low - zeroPoint) * scale, (high - zeroPoint) * scale];
  const reach = (value: number) => Math.min(Math.max(value, least), most);
  return [reach(x[0] >= 0 ? 0 : x[0] - scale), reach(x[1] <= 0 ? 0 : x[1] + scale)];
}

/** Bounds of a layer's output from those of its inputs. */
export function layerBounds(layer: Layer, inputs: readonly Interval[]): Interval {
  const x = inputs[0]!;
  switch (layer.kind) {
    case 'conv2d':
    case 'dense':
    case 'matMul':
    case 'normalise':
      return UNBOUNDED;
    case 'reduce':
      if (layer.mode !== 'sum') return x;
      return [x[0] >= 0 ? 0 : Number.NEGATIVE_INFINITY, x[1] <= 0 ? 0 : Number.POSITIVE_INFINITY];
    case 'quantise':
      return quantised(layer, x);
    case 'dynamicQuantise':
      // A step beyond, since the zero is rounded.
      return [x[0] >= 0 ? 0 : x[0] - (x[1] - x[0]) / 255, x[1] <= 0 ? 0 : x[1] + (x[1] - x[0]) / 255];
    case 'maximum':
      return inputs.reduce((a, b) => [Math.max(a[0], b[0]), Math.max(a[1], b[1])]);
    case 'minimum':
      return inputs.reduce((a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1])]);
    case 'batchNorm': {
      const { scale, shift } = batchNormAsAffine(layer);
      return scaled(x, scale, shift);
    }
    case 'affine':
      return scaled(x, layer.scale, layer.shift);
    case 'activation':
      return activationBounds(layer, x);
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
    case 'tile':
    case 'resample':
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
