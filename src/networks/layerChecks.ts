/** Whether a layer's own numbers make sense, whatever its inputs are. */
import { NetworkError } from '../base/errors.js';
import type { Layer } from './types.js';

function fail(layer: Layer, message: string): never {
  throw new NetworkError(`layer '${layer.name}' (${layer.kind}): ${message}`);
}

/** Windows, strides, dilations and paddings beyond this are no network's, and kernels count in 32 bits. */
const MOST = 2 ** 20;

/** Every number must be whole, at least `least` and at most `most`. */
function whole(layer: Layer, what: string, numbers: readonly number[], least: number, most = MOST): void {
  const bad = numbers.find((number) => !Number.isInteger(number) || number < least);
  if (bad !== undefined) fail(layer, `${what} holds ${bad}; whole numbers from ${least} on are needed`);
  const large = numbers.find((number) => number > most);
  if (large !== undefined) fail(layer, `${what} holds ${large}; at most ${most} is possible`);
}

function checkInputCount(layer: Layer): void {
  const count = layer.inputs.length;
  const [least, most] =
    layer.kind === 'subtract' || layer.kind === 'matMul'
      ? [2, 2]
      : ['add', 'multiply', 'maximum', 'minimum'].includes(layer.kind)
        ? [2, Infinity]
        : layer.kind === 'concat'
          ? [1, Infinity]
          : [1, 1];
  if (count < least || count > most) {
    fail(layer, `it has ${count} input(s), ${least === most ? `${least}` : `at least ${least}`} needed`);
  }
}

/** Weights must be as many as their shape says, and one bias per filter. */
function checkWeights(layer: Extract<Layer, { kind: 'conv2d' | 'dense' }>): void {
  whole(layer, 'the weight shape', layer.weightShape, 1, Infinity);
  const expected = layer.weightShape.reduce((product: number, length) => product * length, 1);
  if (layer.weight.length !== expected) {
    fail(layer, `it has ${layer.weight.length} weights, the shape [${layer.weightShape.join(', ')}] wants ${expected}`);
  }
  const filters = layer.weightShape.at(-1);
  if (layer.bias && layer.bias.length !== filters)
    fail(layer, `it has ${layer.bias.length} biases for ${filters} filters`);
}

/**
 * Checks counts, strides, paddings, groups and the like.
 * @throws NetworkError naming the layer and the value
 */
export function checkParameters(layer: Layer): void {
  checkInputCount(layer);
  switch (layer.kind) {
    case 'conv2d':
      checkWeights(layer);
      whole(layer, 'strides', layer.strides, 1);
      whole(layer, 'dilation', layer.dilation, 1);
      whole(layer, 'padding', layer.padding.flat(), 0);
      whole(layer, 'groups', [layer.groups], 1);
      if (layer.weightShape[3] % layer.groups !== 0) {
        fail(layer, `its ${layer.weightShape[3]} filters cannot be shared out among ${layer.groups} groups`);
      }
      break;
    case 'dense':
      checkWeights(layer);
      break;
    case 'batchNorm':
      if (!layer.variance.every((variance) => !(variance + layer.epsilon <= 0)) || !Number.isFinite(layer.epsilon)) {
        fail(layer, `a variance plus epsilon (${layer.epsilon}) is not positive`);
      }
      break;
    case 'pool2d':
      whole(layer, 'the window', layer.size, 1);
      whole(layer, 'strides', layer.strides, 1);
      whole(layer, 'padding', layer.padding.flat(), 0);
      // A window that sees nothing but padding has neither a largest element nor a mean.
      if (layer.padding.some((sides, axis) => sides.some((side) => side >= layer.size[axis]!))) {
        fail(layer, `its padding ${JSON.stringify(layer.padding)} is as wide as its window ${layer.size.join(' x ')}`);
      }
      break;
    case 'reshape':
      whole(layer, 'the shape', layer.shape, 1, Infinity);
      break;
    case 'pad':
      whole(layer, 'padding', layer.padding.flat(), 0);
      if (!Number.isFinite(layer.value)) fail(layer, `it pads with ${layer.value}; a finite number is needed`);
      break;
    case 'slice':
      whole(layer, 'begin', layer.begin, 0, Infinity);
      whole(layer, 'end', layer.end, 1, Infinity);
      whole(layer, 'strides', layer.strides, 1, Infinity);
      break;
    case 'activation':
      if (layer.alpha !== undefined && !Number.isFinite(layer.alpha)) fail(layer, `its slope alpha is ${layer.alpha}`);
      break;
    case 'normalise':
      // A row of equal values is divided by the square root of it.
      if (!(layer.epsilon > 0 && Number.isFinite(layer.epsilon)))
        fail(layer, `its epsilon is ${layer.epsilon}; a number above 0 is needed`);
      break;
    case 'reduce':
      whole(layer, 'axes', layer.axes, 0);
      break;
    case 'quantise': {
      const { scale, zeroPoint, low, high } = layer;
      if (!(scale > 0 && Number.isFinite(scale))) fail(layer, `its scale is ${scale}; a number above 0 is needed`);
      whole(layer, 'its codes', [low, zeroPoint, high], -(2 ** 31), 2 ** 32);
      if (!(low <= zeroPoint && zeroPoint <= high && low < high))
        fail(layer, `its zero point ${zeroPoint} is not one of its codes ${low} to ${high}`);
      break;
    }
    case 'tile':
      whole(layer, 'repeats', layer.repeats, 1);
      break;
    case 'resample':
      for (const places of [layer.rows, layer.columns]) whole(layer, 'its size', [places.length], 1);
      break;
    default:
      break;
  }
}
