/** Whether the layers of a network fit together, and the shape of every tensor, without the batch axis. */
import { sizeOf } from '../base/batch.js';
import { NetworkError } from '../base/errors.js';
import { nearest } from '../base/text/nearest.js';
import { positions } from './geometry.js';
import { checkParameters } from './layerChecks.js';
import type { Layer, Network, Padding2d, Pair, Shape } from './types.js';

/** Numbers in one tensor that flows through the network, for one image. */
export const MAXIMUM_ELEMENTS = 2 ** 26;

const text = (shape: Shape) => `[${shape.join(', ')}]`;

function fail(layer: Layer, message: string): never {
  throw new NetworkError(`layer '${layer.name}' (${layer.kind}): ${message}`);
}

function imageShape(layer: Layer, shape: Shape): readonly [number, number, number] {
  if (shape.length !== 3) fail(layer, `its input has shape ${text(shape)}; [rows, columns, channels] is needed`);
  return shape as readonly [number, number, number];
}

/** Rows and columns of what windows sliding over an image give. */
function windows(layer: Layer, input: Shape, window: Pair, strides: Pair, padding: Padding2d, dilation: Pair): Pair {
  const [rows, columns] = ([0, 1] as const).map((axis) =>
    positions(input[axis]!, window[axis], strides[axis], padding[axis], dilation[axis]),
  ) as [number, number];
  if (rows < 1 || columns < 1) {
    fail(
      layer,
      `a window of ${window.join(' x ')} (dilation ${dilation.join(' x ')}) does not fit its input ${text(input)} with padding ${JSON.stringify(padding)}`,
    );
  }
  return [rows, columns];
}

function equalShapes(layer: Layer, inputs: readonly Shape[], exceptAxis = -1): void {
  const [first, ...others] = inputs as [Shape, ...Shape[]];
  const differs = (other: Shape) =>
    other.length !== first.length || other.some((length, axis) => axis !== exceptAxis && length !== first[axis]);
  const stranger = others.find(differs);
  if (stranger) fail(layer, `its inputs have the shapes ${inputs.map(text).join(' and ')}, which do not fit together`);
}

function conv2dShape(layer: Extract<Layer, { kind: 'conv2d' }>, shape: Shape): Shape {
  const input = imageShape(layer, shape);
  const [rows, columns, channels, filters] = layer.weightShape;
  if (input[2] !== channels * layer.groups) {
    fail(
      layer,
      `its input ${text(shape)} has ${input[2]} channels, its weights ${text(layer.weightShape)} in ${layer.groups} group(s) want ${channels * layer.groups}`,
    );
  }
  return [...windows(layer, input, [rows, columns], layer.strides, layer.padding, layer.dilation), filters];
}

function denseShape(layer: Extract<Layer, { kind: 'dense' }>, shape: Shape): Shape {
  if (shape.length !== 1) fail(layer, `its input has shape ${text(shape)}; flatten it first`);
  if (shape[0] !== layer.weightShape[0]) {
    fail(
      layer,
      `its input has ${shape[0]} features, its weights ${text(layer.weightShape)} want ${layer.weightShape[0]}`,
    );
  }
  return [layer.weightShape[1]];
}

/** Parameters of a layer that scales the last axis must be one per channel. */
function channelwise(layer: Layer, shape: Shape, lengths: readonly number[], scalar: boolean): Shape {
  const channels = shape.at(-1);
  if (lengths.some((length) => length !== channels && !(scalar && length === 1))) {
    fail(
      layer,
      `its input ${text(shape)} has ${channels} channels, its parameters have ${[...new Set(lengths)].join(' and ')}`,
    );
  }
  return shape;
}

function sliceShape(layer: Extract<Layer, { kind: 'slice' }>, shape: Shape): Shape {
  const { begin, end, strides } = layer;
  if ([begin, end, strides].some((list) => list.length !== shape.length)) {
    fail(
      layer,
      `begin ${text(begin)}, end ${text(end)} and strides ${text(strides)} need one number per axis of its input ${text(shape)}`,
    );
  }
  return shape.map((length, axis) => {
    const [from, to, stride] = [begin[axis]!, end[axis]!, strides[axis]!];
    if (!(from >= 0 && from < to && to <= length && stride >= 1)) {
      fail(layer, `axis ${axis} is cut from ${from} to ${to} by ${stride}, but has ${length} elements`);
    }
    return Math.ceil((to - from) / stride);
  });
}

function transposeShape(layer: Extract<Layer, { kind: 'transpose' }>, shape: Shape): Shape {
  const axes = [...layer.permutation].sort((a, b) => a - b);
  if (axes.length !== shape.length || axes.some((axis, i) => axis !== i)) {
    fail(layer, `${text(layer.permutation)} is not an order of the axes of its input ${text(shape)}`);
  }
  return layer.permutation.map((axis) => shape[axis]!);
}

/** [..., n, k] and [..., k, m], all other axes alike. */
function productShape(layer: Layer, [a, b]: readonly Shape[]): Shape {
  const fits =
    a!.length === b!.length &&
    a!.length >= 2 &&
    a!.at(-1) === b!.at(-2) &&
    a!.slice(0, -2).every((length, axis) => length === b![axis]);
  if (!fits) fail(layer, `its inputs have the shapes ${text(a!)} and ${text(b!)}, which have no matrix product`);
  return [...a!.slice(0, -1), b!.at(-1)!];
}

/**
 * Shape of a layer's output from those of its inputs.
 * @throws NetworkError naming the layer and the shapes
 */
export function layerShape(layer: Layer, inputs: readonly Shape[]): Shape {
  const shape = inputs[0]!;
  switch (layer.kind) {
    case 'conv2d':
      return conv2dShape(layer, shape);
    case 'dense':
      return denseShape(layer, shape);
    case 'batchNorm':
      return channelwise(
        layer,
        shape,
        [layer.gamma.length, layer.beta.length, layer.mean.length, layer.variance.length],
        false,
      );
    case 'affine':
      return channelwise(layer, shape, [layer.scale.length, layer.shift.length], true);
    case 'pool2d': {
      const input = imageShape(layer, shape);
      return [...windows(layer, input, layer.size, layer.strides, layer.padding, [1, 1]), input[2]];
    }
    case 'globalPool2d':
      return [imageShape(layer, shape)[2]];
    case 'add':
    case 'subtract':
    case 'multiply':
    case 'maximum':
    case 'minimum':
      equalShapes(layer, inputs);
      return shape;
    case 'concat': {
      if (!(layer.axis >= 0 && layer.axis < shape.length)) {
        fail(layer, `axis ${layer.axis} is not one of its input's ${shape.length}: ${text(shape)}`);
      }
      equalShapes(layer, inputs, layer.axis);
      return shape.map((length, axis) => (axis === layer.axis ? inputs.reduce((sum, s) => sum + s[axis]!, 0) : length));
    }
    case 'slice':
      return sliceShape(layer, shape);
    case 'transpose':
      return transposeShape(layer, shape);
    case 'flatten':
      return [sizeOf(shape)];
    case 'reshape':
      if (sizeOf(layer.shape) !== sizeOf(shape)) {
        fail(
          layer,
          `its input ${text(shape)} has ${sizeOf(shape)} elements, the shape ${text(layer.shape)} has ${sizeOf(layer.shape)}`,
        );
      }
      return layer.shape;
    case 'pad':
      if (layer.padding.length !== shape.length) {
        fail(layer, `it pads ${layer.padding.length} axes, its input ${text(shape)} has ${shape.length}`);
      }
      return shape.map((length, axis) => length + layer.padding[axis]![0] + layer.padding[axis]![1]);
    case 'activation':
    case 'softmax':
    case 'normalise':
    case 'quantise':
    case 'dynamicQuantise':
      return shape;
    case 'reduce': {
      const stray = layer.axes.find((axis) => !(axis >= 0 && axis < shape.length));
      if (stray !== undefined) fail(layer, `axis ${stray} is not one of its input's ${shape.length}: ${text(shape)}`);
      return shape.map((length, axis) => (layer.axes.includes(axis) ? 1 : length));
    }
    case 'matMul':
      return productShape(layer, inputs);
    case 'tile':
      if (layer.repeats.length !== shape.length)
        fail(layer, `it repeats ${layer.repeats.length} axes, its input ${text(shape)} has ${shape.length}`);
      return shape.map((length, axis) => length * layer.repeats[axis]!);
    case 'resample': {
      const input = imageShape(layer, shape);
      for (const [axis, places] of [layer.rows, layer.columns].entries()) {
        const beyond = places.find((place) => !(place >= 0 && place <= input[axis]! - 1));
        if (beyond !== undefined) fail(layer, `it takes place ${beyond} of an axis of ${input[axis]} elements`);
      }
      return [layer.rows.length, layer.columns.length, input[2]];
    }
    default:
      return layer satisfies never;
  }
}

/** Names must be unique, and inputs come before the layers that take them. */
function checkInputs(layer: Layer, known: ReadonlyMap<string, Shape>, all: readonly string[]): void {
  if (known.has(layer.name)) {
    fail(
      layer,
      layer.name === 'input'
        ? "'input' is the name of the network's input"
        : 'another layer has the same name; names are unique',
    );
  }
  for (const name of layer.inputs) {
    if (known.has(name)) continue;
    if (all.includes(name)) fail(layer, `its input '${name}' comes after it; layers are listed in the order they run`);
    const near = nearest(name, ['input', ...all]);
    fail(layer, `its input '${name}' does not exist${near ? `; did you mean '${near}'?` : ''}`);
  }
}

/**
 * Shapes of the network's input ('input') and of every layer's output, by name, without the batch axis.
 * @throws NetworkError naming the layer whose name, inputs or shapes are wrong
 */
export function inferShapes(network: Network): ReadonlyMap<string, Shape> {
  const { name, inputShape, layers, output } = network;
  if (inputShape.length === 0 || inputShape.some((length) => !Number.isInteger(length) || length < 1)) {
    throw new NetworkError(
      `network '${name}': the input shape ${text(inputShape)} is not a list of positive whole numbers`,
    );
  }
  if (!(sizeOf(inputShape) <= MAXIMUM_ELEMENTS)) {
    throw new NetworkError(
      `network '${name}': the input shape ${text(inputShape)} has more than ${MAXIMUM_ELEMENTS} elements`,
    );
  }
  const names = layers.map((layer) => layer.name);
  const shapes = new Map<string, Shape>([['input', inputShape]]);
  for (const layer of layers) {
    checkInputs(layer, shapes, names);
    checkParameters(layer);
    const inputs = layer.inputs.map((input) => shapes.get(input)!);
    const shape = layerShape(layer, inputs);
    if (!(sizeOf(shape) <= MAXIMUM_ELEMENTS))
      fail(layer, `it gives ${text(shape)}; at most ${MAXIMUM_ELEMENTS} elements a tensor can be computed`);
    shapes.set(layer.name, shape);
  }
  if (!names.includes(output)) {
    const near = nearest(output, names);
    throw new NetworkError(
      `network '${name}': its output '${output}' is not a layer${near ? `; did you mean '${near}'?` : ''}`,
    );
  }
  return shapes;
}

/**
 * Checks a whole network: names, order, shapes, parameters, finite weights, input range and preprocessing.
 * @throws NetworkError naming the layer and what is wrong
 */
export function validateNetwork(network: Network): ReadonlyMap<string, Shape> {
  const shapes = inferShapes(network);
  const { name, inputRange, inputShape, preprocessing } = network;
  if (inputRange && !(inputRange[0] <= inputRange[1] && inputRange[0] < Infinity && inputRange[1] > -Infinity)) {
    throw new NetworkError(`network '${name}': the input range [${inputRange.join(', ')}] is not [low, high]`);
  }
  const { scale, mean, std } = preprocessing;
  const channels = inputShape.at(-1);
  const finite = [scale, ...mean, ...std].every(Number.isFinite);
  if (!finite || mean.length !== std.length || std.includes(0) || ![1, channels].includes(mean.length)) {
    throw new NetworkError(
      `network '${name}': preprocessing ${JSON.stringify(preprocessing)} needs a finite scale, and a mean and a std other than 0 for each of ${channels} channel(s)`,
    );
  }
  for (const layer of network.layers) checkFinite(layer);
  return shapes;
}

function checkFinite(layer: Layer): void {
  for (const [key, value] of Object.entries(layer)) {
    if (!(value instanceof Float32Array)) continue;
    const at = value.findIndex((number) => !Number.isFinite(number));
    if (at >= 0) fail(layer, `${key}[${at}] is ${value[at]}; all parameters must be finite numbers`);
  }
}

/**
 * Images, at least one, whose widest activations, float32, take no more than `bytes`.
 * @throws NetworkError as `inferShapes`
 */
export function imagesAtOnce(network: Network, bytes: number): number {
  const widest = Math.max(...[...inferShapes(network).values()].map(sizeOf));
  return Math.max(1, Math.floor(bytes / (4 * widest)));
}
