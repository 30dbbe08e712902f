/** The operations that sources have in common, on Values. Axes and shapes are the source's, batch excluded. */
import { positions, samePadding } from '../../network/geometry.js';
import type { ActivationLayer, Padding2d, Pair } from '../../network/types.js';
import type { GraphBuilder } from './builder.js';
import { type Constant, gatherStrided, sizeOf, stridesOf, toFloat32 } from './constant.js';
import { type Site, siteError } from './site.js';
import { naturalAxes, physicalShape, type Value } from './value.js';

/** [rows, columns, channels] of the network, whatever the source calls the axes. */
export function asImage(builder: GraphBuilder, site: Site, value: Value, channelAxis: 0 | 2): Value {
  if (value.shape.length !== 3) {
    throw siteError(
      site,
      `its input is [${value.shape}] without the batch; only images, with two axes and channels, are supported`,
    );
  }
  return builder.ordered(site, value, channelAxis === 0 ? [1, 2, 0] : [0, 1, 2]);
}

/** Padding as sources give it: numbers, or a rule that depends on the input's size. */
export type PaddingRule = Padding2d | 'same' | 'sameLower' | 'valid';

/** What a rule comes to for an input of [rows, columns]. */
export function resolvePadding(
  rule: PaddingRule,
  input: Pair,
  size: Pair,
  strides: Pair,
  dilation: Pair = [1, 1],
): Padding2d {
  if (typeof rule !== 'string') return rule;
  if (rule === 'valid')
    return [
      [0, 0],
      [0, 0],
    ];
  return ([0, 1] as const).map((axis): Pair => {
    const [before, after] = samePadding(input[axis], size[axis], strides[axis], dilation[axis]);
    return rule === 'same' ? [before, after] : [after, before];
  }) as [Pair, Pair];
}

export interface ConvolutionFields {
  /** [kernel rows][kernel columns][input channels / groups][filters]. */
  readonly weight: Constant;
  readonly bias: Float32Array | null;
  readonly strides: Pair;
  readonly padding: PaddingRule;
  readonly dilation: Pair;
  readonly groups: number;
}

const spatial = (value: Value): Pair => [value.shape[value.axes[0]!]!, value.shape[value.axes[1]!]!];

/** A window must be a sane size before padding is computed from it. */
function checkWindow(site: Site, what: string, numbers: readonly number[]): void {
  const bad = numbers.find((number) => !Number.isInteger(number) || number < 1 || number > 2 ** 20);
  if (bad !== undefined) throw siteError(site, `${what} holds ${bad}; whole numbers from 1 on are needed`);
}

function checkPadding(site: Site, rule: PaddingRule): void {
  const bad = typeof rule === 'string' ? undefined : rule.flat().find((p) => !Number.isInteger(p) || p < 0 || p > 2 ** 20);
  if (bad !== undefined) throw siteError(site, `padding ${bad} is not supported; cut with a slice instead`);
}

export function conv2d(
  builder: GraphBuilder,
  site: Site,
  value: Value,
  channelAxis: 0 | 2,
  { weight, bias, strides, padding, dilation, groups }: ConvolutionFields,
): Value {
  if (weight.shape.length !== 4) throw siteError(site, `its kernel is [${weight.shape}]; 4 axes are needed`);
  const weightShape = weight.shape as [number, number, number, number];
  checkWindow(site, 'its kernel', weightShape);
  checkWindow(site, 'strides', strides);
  checkWindow(site, 'dilation', dilation);
  checkWindow(site, 'groups', [groups]);
  checkPadding(site, padding);
  if (weightShape[3] % groups !== 0)
    throw siteError(site, `its ${weightShape[3]} filters cannot be shared out among ${groups} groups`);
  if (bias && bias.length !== weightShape[3])
    throw siteError(site, `it has ${bias.length} biases for ${weightShape[3]} filters`);
  const image = asImage(builder, site, value, channelAxis);
  const kernel: Pair = [weightShape[0], weightShape[1]];
  const layer = builder.emit(
    site,
    {
      kind: 'conv2d',
      weight: toFloat32(weight.data),
      weightShape,
      bias,
      strides,
      padding: resolvePadding(padding, spatial(image), kernel, strides, dilation),
      dilation,
      groups,
    },
    [image.layer],
  );
  return imageValue(builder, image, layer, channelAxis);
}

/** The output of a layer on an image. */
function imageValue(builder: GraphBuilder, image: Value, layer: string, channelAxis: 0 | 2): Value {
  const [rows, columns, channels] = builder.shapeOfLayer(layer) as [number, number, number];
  return {
    layer,
    shape: channelAxis === 0 ? [channels, rows, columns] : [rows, columns, channels],
    axes: image.axes,
  };
}

/**
 * A dense layer on a vector; on an image or a list of vectors it works on the last axis, as a 1 x 1 convolution.
 * @param weight [inputs][filters]
 */
export function dense(
  builder: GraphBuilder,
  site: Site,
  value: Value,
  weight: Constant,
  bias: Float32Array | null,
): Value {
  if (weight.shape.length !== 2) throw siteError(site, `its weights are [${weight.shape}]; 2 axes are needed`);
  const [inputs, filters] = weight.shape as [number, number];
  if (!(inputs >= 1 && filters >= 1)) throw siteError(site, `its weights [${weight.shape}] are empty`);
  if (bias && bias.length !== filters) throw siteError(site, `it has ${bias.length} biases for ${filters} outputs`);
  const last = value.shape.at(-1);
  if (last !== inputs) {
    throw siteError(site, `its input is [${value.shape}], its weights [${weight.shape}] want ${inputs} features`);
  }
  if (value.shape.length === 1) {
    const { layer, source } = builder.flat(site, value);
    const weights = toFloat32(rowsInMemoryOrder(source, weight).data);
    const name = builder.emit(site, { kind: 'dense', weight: weights, weightShape: [inputs, filters], bias }, [layer]);
    return { layer: name, shape: [filters], axes: [0] };
  }
  if (value.shape.length > 3) throw siteError(site, `a dense layer on [${value.shape}] is not supported; flatten first`);
  const positionsShape = value.shape.slice(0, -1);
  const image = builder.inSourceOrder(
    site,
    value.shape.length === 3 ? value : builder.reshape(site, value, [1, ...value.shape]),
  );
  const kernel = { shape: [1, 1, inputs, filters], data: weight.data };
  const result = conv2d(builder, site, image, 2, {
    weight: kernel,
    bias,
    strides: [1, 1],
    padding: 'valid',
    dilation: [1, 1],
    groups: 1,
  });
  return value.shape.length === 3 ? result : builder.reshape(site, result, [...positionsShape, filters]);
}

/** Rows of a weight matrix, given in the order in which the source flattens, in the order of the network's memory. */
function rowsInMemoryOrder(source: Value, weight: Constant): Constant {
  const filters = weight.shape[1]!;
  const strides = stridesOf(source.shape);
  const shape = [...physicalShape(source), filters];
  const data = gatherStrided(weight.data, shape, [...source.axes.map((axis) => strides[axis]! * filters), 1]);
  return { shape: weight.shape, data };
}

export interface BatchNormFields {
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly epsilon: number;
}

/** Batch normalisation along one axis. */
export function batchNorm(builder: GraphBuilder, site: Site, value: Value, axis: number, fields: BatchNormFields): Value {
  if (!(fields.epsilon >= 0 && Number.isFinite(fields.epsilon)))
    throw siteError(site, `its epsilon is ${fields.epsilon}; a number from 0 on is needed`);
  if (!fields.variance.every((variance) => variance + fields.epsilon > 0))
    throw siteError(site, 'a variance plus epsilon is not positive; the weights are damaged');
  const given = builder.withLast(site, value, axis);
  return { ...given, layer: builder.emit(site, { kind: 'batchNorm', ...fields }, [given.layer]) };
}

export interface PoolFields {
  readonly mode: 'max' | 'average';
  readonly size: Pair;
  readonly strides: Pair;
  readonly padding: PaddingRule;
  readonly countIncludePad: boolean;
  /** Whether a last window that hangs over the end counts (ONNX, PyTorch: ceil_mode). */
  readonly ceil?: boolean;
}

/** Padding at the end that makes a last, incomplete window fit; it must begin inside the input or its front padding. */
function ceilPadding(length: number, size: number, stride: number, [before, after]: Pair): Pair {
  const whole = positions(length, size, stride, [before, after]);
  const begins = whole * stride;
  if (begins >= length + before) return [before, after];
  return [before, Math.max(after, begins + size - length - before)];
}

export function pool2d(
  builder: GraphBuilder,
  site: Site,
  value: Value,
  channelAxis: 0 | 2,
  { mode, size, strides, padding, countIncludePad, ceil = false }: PoolFields,
): Value {
  checkWindow(site, 'its window', size);
  checkWindow(site, 'strides', strides);
  checkPadding(site, padding);
  const image = asImage(builder, site, value, channelAxis);
  const input = spatial(image);
  const given = resolvePadding(padding, input, size, strides);
  const grown = ceil
    ? (([0, 1] as const).map((axis) => ceilPadding(input[axis], size[axis], strides[axis], given[axis])) as [Pair, Pair])
    : given;
  const grew = grown.some(([, after], axis) => after !== given[axis]![1]);
  if (grew && mode === 'average' && countIncludePad) {
    throw siteError(site, 'an average over padding and over an incomplete last window is not supported; turn off ceil_mode or count_include_pad');
  }
  if (grown.some((sides, axis) => sides.some((side) => side >= size[axis]!))) {
    throw siteError(site, `its padding ${JSON.stringify(grown)} is as wide as its window [${size}]`);
  }
  const layer = builder.emit(
    site,
    { kind: 'pool2d', mode, size, strides, padding: grown, countIncludePad: mode === 'average' && countIncludePad },
    [image.layer],
  );
  return imageValue(builder, image, layer, channelAxis);
}

/** Over all rows and columns; with the two axes kept (length 1) or dropped. */
export function globalPool(
  builder: GraphBuilder,
  site: Site,
  value: Value,
  channelAxis: 0 | 2,
  mode: 'max' | 'average',
  keepAxes: boolean,
): Value {
  const image = asImage(builder, site, value, channelAxis);
  const channels = value.shape[channelAxis]!;
  const layer = builder.emit(site, { kind: 'globalPool2d', mode }, [image.layer]);
  const vector: Value = { layer, shape: [channels], axes: [0] };
  if (!keepAxes) return vector;
  return builder.reshape(site, vector, channelAxis === 0 ? [channels, 1, 1] : [1, 1, channels]);
}

/** Brings all tensors to the axes of the first. */
export function aligned(builder: GraphBuilder, site: Site, values: readonly Value[]): Value[] {
  const first = builder.materialised(site, values[0]!);
  return [first, ...values.slice(1).map((value) => builder.ordered(site, value, first.axes))];
}

export function concat(builder: GraphBuilder, site: Site, values: readonly Value[], axis: number): Value {
  if (values.length === 0) throw siteError(site, 'it joins no tensors');
  const rank = values[0]!.shape.length;
  const stranger = values.find(
    ({ shape }) => shape.length !== rank || shape.some((length, i) => i !== axis && length !== values[0]!.shape[i]),
  );
  if (stranger)
    throw siteError(site, `[${values[0]!.shape}] and [${stranger.shape}] cannot be joined along axis ${axis} (batch excluded)`);
  const inputs = aligned(builder, site, values);
  const { axes, shape } = inputs[0]!;
  const layer = builder.emit(
    site,
    { kind: 'concat', axis: axes.indexOf(axis) },
    inputs.map((input) => input.layer),
  );
  const length = values.reduce((sum, value) => sum + value.shape[axis]!, 0);
  return { layer, axes, shape: shape.map((old, i) => (i === axis ? length : old)) };
}

/** begin, end (exclusive) and stride (positive) per axis, all within the shape. */
export function slice(
  builder: GraphBuilder,
  site: Site,
  value: Value,
  cuts: readonly { readonly begin: number; readonly end: number; readonly stride: number }[],
): Value {
  const empty = cuts.findIndex(({ begin, end }) => !(begin < end));
  if (empty >= 0) throw siteError(site, `nothing is left of axis ${empty} (batch excluded) of [${value.shape}]`);
  if (cuts.every(({ begin, end, stride }, axis) => begin === 0 && end === value.shape[axis] && stride === 1)) return value;
  const given = builder.materialised(site, value);
  const inOrder = given.axes.map((axis) => cuts[axis]!);
  const layer = builder.emit(
    site,
    {
      kind: 'slice',
      begin: inOrder.map((cut) => cut.begin),
      end: inOrder.map((cut) => cut.end),
      strides: inOrder.map((cut) => cut.stride),
    },
    [given.layer],
  );
  return { ...given, layer, shape: cuts.map(({ begin, end, stride }) => Math.ceil((end - begin) / stride)) };
}

/** Picks indices along an axis, in any order; runs of neighbours become one slice each. */
export function take(
  builder: GraphBuilder,
  site: Site,
  value: Value,
  axis: number,
  indices: readonly number[],
): Value {
  const length = value.shape[axis]!;
  const wrong = indices.find((index) => !Number.isInteger(index) || index < 0 || index >= length);
  if (wrong !== undefined || indices.length === 0)
    throw siteError(site, `index ${wrong ?? 'nothing'} is not one of the ${length} of axis ${axis} (batch excluded)`);
  const runs: { begin: number; end: number }[] = [];
  for (const index of indices) {
    const last = runs.at(-1);
    if (last && last.end === index) last.end++;
    else runs.push({ begin: index, end: index + 1 });
  }
  if (runs.length > 1024) throw siteError(site, `it picks ${runs.length} separate pieces, at most 1024 are supported`);
  const pieces = runs.map((run) =>
    slice(
      builder,
      site,
      value,
      value.shape.map((whole, i) => (i === axis ? { ...run, stride: 1 } : { begin: 0, end: whole, stride: 1 })),
    ),
  );
  return pieces.length === 1 ? pieces[0]! : concat(builder, site, pieces, axis);
}

/** Axis i of the result is axis permutation[i]: no layer, only another way to see the tensor. */
export function transpose(builder: GraphBuilder, site: Site, value: Value, permutation: readonly number[]): Value {
  const given = builder.materialised(site, value);
  const sorted = [...permutation].sort((a, b) => a - b);
  if (sorted.length !== given.shape.length || sorted.some((axis, i) => axis !== i))
    throw siteError(site, `[${permutation}] is not an order of the axes of [${given.shape}] (batch excluded)`);
  return {
    layer: given.layer,
    shape: permutation.map((axis) => given.shape[axis]!),
    axes: given.axes.map((axis) => permutation.indexOf(axis)),
  };
}

/** Constant padding, [before, after] per axis; negative numbers cut. */
export function pad(
  builder: GraphBuilder,
  site: Site,
  value: Value,
  padding: readonly Pair[],
  filler: number,
): Value {
  if (padding.flat().some((side) => !Number.isInteger(side) || Math.abs(side) > 2 ** 20))
    throw siteError(site, `it pads by ${JSON.stringify(padding)}; whole numbers are needed`);
  const cut = slice(
    builder,
    site,
    value,
    padding.map(([before, after], axis) => ({
      begin: Math.max(0, -before),
      end: value.shape[axis]! - Math.max(0, -after),
      stride: 1,
    })),
  );
  const added = padding.map(([before, after]): Pair => [Math.max(0, before), Math.max(0, after)]);
  if (added.flat().every((side) => side === 0)) return cut;
  if (!Number.isFinite(filler)) throw siteError(site, `it pads with ${filler}; a finite number is needed`);
  const given = builder.materialised(site, cut);
  const layer = builder.emit(
    site,
    { kind: 'pad', padding: given.axes.map((axis) => added[axis]!), value: filler },
    [given.layer],
  );
  return { ...given, layer, shape: given.shape.map((length, axis) => length + added[axis]![0] + added[axis]![1]) };
}

/** Softmax along one axis. */
export function softmax(builder: GraphBuilder, site: Site, value: Value, axis: number): Value {
  const given = builder.withLast(site, value, axis);
  return { ...given, layer: builder.emit(site, { kind: 'softmax' }, [given.layer]) };
}

export function activation(
  builder: GraphBuilder,
  site: Site,
  value: Value,
  name: ActivationLayer['function'],
  alpha?: number,
): Value {
  if (alpha !== undefined && !Number.isFinite(alpha)) throw siteError(site, `its slope is ${alpha}`);
  return builder.map(site, { kind: 'activation', function: name, ...(alpha === undefined ? {} : { alpha }) }, value);
}

/** Repeats axes of length 1 up to `shape`, as broadcasting does. */
export function broadcastTo(builder: GraphBuilder, site: Site, value: Value, shape: readonly number[]): Value {
  if (value.shape.length !== shape.length) {
    throw siteError(site, `[${value.shape}] and [${shape}] (batch excluded) have different numbers of axes; reshape one`);
  }
  return shape.reduce((wide, length, axis) => {
    const here = wide.shape[axis]!;
    if (here === length) return wide;
    if (here !== 1 || length > 1024)
      throw siteError(site, `[${value.shape}] cannot be repeated to [${shape}] (batch excluded)`);
    return concat(builder, site, new Array<Value>(length).fill(wide), axis);
  }, value);
}

/** Element by element on two tensors, broadcast where needed. */
export function combine(
  builder: GraphBuilder,
  site: Site,
  kind: 'add' | 'subtract' | 'multiply',
  values: readonly Value[],
): Value {
  const rank = Math.max(...values.map((value) => value.shape.length));
  const common = naturalAxes(rank).map((axis) => Math.max(...values.map((value) => value.shape[axis] ?? 0)));
  const inputs = aligned(
    builder,
    site,
    values.map((value) => broadcastTo(builder, site, value, common)),
  );
  const layer = builder.emit(
    site,
    { kind },
    inputs.map((input) => input.layer),
  );
  return { ...inputs[0]!, layer };
}

/** x * scale + shift with constants that are broadcastable to the tensor (both already of the tensor's rank). */
export function affine(
  builder: GraphBuilder,
  site: Site,
  value: Value,
  scale: number,
  shift: number,
): Value {
  if (!Number.isFinite(Math.fround(scale)) || !Number.isFinite(Math.fround(shift)))
    throw siteError(site, `it scales by ${scale} and shifts by ${shift}; finite numbers are needed`);
  if (scale === 1 && shift === 0) return value;
  return builder.map(site, { kind: 'affine', scale: Float32Array.of(scale), shift: Float32Array.of(shift) }, value);
}

/** Number of elements of a value. */
export const elements = (value: Value) => sizeOf(value.shape);
