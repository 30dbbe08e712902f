/** Keras layers by class. A new one is a function here or beside this and a line in the table. */
import { sizeOf } from '../../../base/batch.js';
import { FormatError } from '../../../base/errors.js';
import type { Pair } from '../../types.js';
import { activation, affine, clip, combine, parametricRelu, softmax, withConstant } from '../import/arithmetic.js';
import { type Constant, toFloat32 } from '../import/constant.js';
import type { PaddingRule } from '../import/image.js';
import { batchNorm, conv2d, dense } from '../import/macs.js';
import type { GraphBuilder } from '../import/networkBuilder.js';
import { globalPool, pool2d } from '../import/pools.js';
import { concat, pad, slice, transpose } from '../import/rearrange.js';
import type { Value } from '../import/value.js';
import type { Config } from './config.js';
import { applyActivation, type KerasDialect } from './kerasActivations.js';
import type { WeightReader } from './kerasWeights.js';

/** One call of a layer. */
interface LayerCall {
  readonly builder: GraphBuilder;
  readonly config: Config;
  readonly weights: WeightReader;
  readonly inputs: readonly Value[];
  readonly dialect: KerasDialect;
}

type Layer = (call: LayerCall) => Value;

const first = ({ inputs }: LayerCall) => inputs[0]!;

/** Axis of the channels, batch excluded. */
function channelAxis({ config }: LayerCall): 0 | 2 {
  config.require('data_format', 'channels_last', 'channels_first');
  return config.text('data_format', 'channels_last') === 'channels_first' ? 0 : 2;
}

function paddingOf({ config }: LayerCall): PaddingRule {
  config.require('padding', 'valid', 'same');
  return config.text('padding', 'valid') as 'valid' | 'same';
}

function activated(call: LayerCall, value: Value): Value {
  return applyActivation(call.builder, call.config.site, value, call.config.raw('activation'), call.dialect);
}

function biasOf({ config, weights }: LayerCall): Float32Array | null {
  return config.flag('use_bias', true) ? toFloat32(weights.take(1, 'bias').data) : null;
}

function convolution(call: LayerCall, weight: Constant, groups: number, value = first(call)): Value {
  const { builder, config } = call;
  const bias = biasOf(call);
  const fields = {
    weight,
    bias,
    strides: config.pair('strides', [1, 1]),
    padding: paddingOf(call),
    dilation: config.pair('dilation_rate', [1, 1]),
    groups,
  };
  return activated(call, conv2d(builder, config.site, value, channelAxis(call), fields));
}

const conv: Layer = (call) => convolution(call, call.weights.take(4, 'kernel'), call.config.number('groups', 1));

/** [rows, columns, channels, multiplier] is [rows, columns, 1, channels * multiplier] of a convolution in groups. */
function depthwiseKernel({ shape, data }: Constant): Constant {
  return { shape: [shape[0]!, shape[1]!, 1, shape[2]! * shape[3]!], data };
}

const depthwise: Layer = (call) => {
  const kernel = call.weights.take(4, 'depthwise_kernel', 'kernel');
  return convolution(call, depthwiseKernel(kernel), kernel.shape[2]!);
};

const separable: Layer = (call) => {
  const { builder, config, weights } = call;
  const kernel = weights.take(4, 'depthwise_kernel');
  const pointwise = weights.take(4, 'pointwise_kernel');
  const value = conv2d(builder, config.site, first(call), channelAxis(call), {
    weight: depthwiseKernel(kernel),
    bias: null,
    strides: config.pair('strides', [1, 1]),
    padding: paddingOf(call),
    dilation: config.pair('dilation_rate', [1, 1]),
    groups: kernel.shape[2]!,
  });
  const mixed = conv2d(builder, config.site, value, channelAxis(call), {
    weight: pointwise,
    bias: biasOf(call),
    strides: [1, 1],
    padding: 'valid',
    dilation: [1, 1],
    groups: 1,
  });
  return activated(call, mixed);
};

const denseLayer: Layer = (call) => {
  const { builder, config, weights } = call;
  const kernel = weights.take(2, 'kernel');
  return activated(call, dense(builder, config.site, first(call), kernel, biasOf(call)));
};

/** One axis of a configuration that may hold a number or a list of one; counted with the batch or from the end. */
function singleAxis({ config }: LayerCall, key: string, rank: number): number {
  const raw = config.raw(key) ?? -1;
  const axis = Array.isArray(raw) && raw.length === 1 ? raw[0] : raw;
  const own = typeof axis === 'number' ? (axis < 0 ? axis + rank : axis - 1) : Number.NaN;
  if (!(Number.isInteger(own) && own >= 0 && own < rank))
    config.fail(`${key} ${JSON.stringify(raw)} is not one axis of the tensor's`);
  return own;
}

const batchNormalization: Layer = (call) => {
  const { builder, config, weights } = call;
  const value = first(call);
  const axis = singleAxis(call, 'axis', value.shape.length);
  const channels = value.shape[axis]!;
  const vector = (name: string) => toFloat32(weights.take(1, name).data);
  const gamma = config.flag('scale', true) ? vector('gamma') : new Float32Array(channels).fill(1);
  const beta = config.flag('center', true) ? vector('beta') : new Float32Array(channels);
  const [mean, variance] = [vector('moving_mean'), vector('moving_variance')];
  return batchNorm(builder, config.site, value, axis, {
    gamma,
    beta,
    mean,
    variance,
    epsilon: config.number('epsilon', 1e-3),
  });
};

const rectifier: Layer = (call) => {
  const { builder, config } = call;
  const { site } = config;
  if (config.number('threshold', 0) !== 0) config.fail('a threshold is not supported');
  const slope = config.number('negative_slope', 0);
  const most = config.raw('max_value') === null ? null : config.number('max_value', 0);
  const value = first(call);
  if (slope !== 0) {
    if (most !== null) config.fail('a slope below zero together with a largest value is not supported');
    return activation(builder, site, value, 'leakyRelu', slope);
  }
  if (most === null) return activation(builder, site, value, 'relu');
  return most === 6 ? activation(builder, site, value, 'relu6') : clip(builder, site, value, 0, most);
};

const leaky: Layer = (call) => {
  const { builder, config } = call;
  const slope = config.number('negative_slope', config.number('alpha', 0.3));
  return activation(builder, config.site, first(call), 'leakyRelu', slope);
};

const prelu: Layer = (call) => {
  const value = first(call);
  return parametricRelu(call.builder, call.config.site, value, call.weights.take(value.shape.length, 'alpha'));
};

const softmaxLayer: Layer = (call) => {
  const value = first(call);
  return softmax(call.builder, call.config.site, value, singleAxis(call, 'axis', value.shape.length));
};

const pool =
  (mode: 'max' | 'average'): Layer =>
  (call) => {
    const { builder, config } = call;
    const size = config.pair('pool_size', [2, 2]);
    return pool2d(builder, config.site, first(call), channelAxis(call), {
      mode,
      size,
      strides: config.pair('strides', size),
      padding: paddingOf(call),
      countIncludePad: false,
    });
  };

const globalPoolLayer =
  (mode: 'max' | 'average'): Layer =>
  (call) =>
    globalPool(
      call.builder,
      call.config.site,
      first(call),
      channelAxis(call),
      mode,
      call.config.flag('keepdims', false),
    );

const merge =
  (kind: 'add' | 'subtract' | 'multiply'): Layer =>
  ({ builder, config, inputs }) => {
    if (inputs.length < 2) config.fail(`it has ${inputs.length} input(s), at least 2 are needed`);
    return combine(builder, config.site, kind, inputs);
  };

const average: Layer = (call) => affine(call.builder, call.config.site, merge('add')(call), 1 / call.inputs.length, 0);

const concatenate: Layer = (call) =>
  concat(call.builder, call.config.site, call.inputs, singleAxis(call, 'axis', first(call).shape.length));

const flatten: Layer = (call) => {
  const { builder, config } = call;
  const value = first(call);
  // For channels first, Keras flattens rows, columns, channels all the same.
  const turned =
    channelAxis(call) === 0 && value.shape.length === 3 ? transpose(builder, config.site, value, [1, 2, 0]) : value;
  return builder.reshape(config.site, turned, [sizeOf(value.shape)]);
};

const reshape: Layer = (call) => {
  const { builder, config } = call;
  const target = config.list('target_shape') ?? config.fail('its target_shape is missing');
  const value = first(call);
  const known = sizeOf(target.filter((length) => length !== -1));
  return builder.reshape(
    config.site,
    value,
    target.map((length) => (length === -1 ? sizeOf(value.shape) / known : length)),
  );
};

const permute: Layer = (call) => {
  const dims = call.config.list('dims') ?? call.config.fail('its dims are missing');
  return transpose(
    call.builder,
    call.config.site,
    first(call),
    dims.map((axis) => axis - 1),
  );
};

/** Rows and columns grown (or cut, with a minus) by `edges`. */
function resized(call: LayerCall, edges: readonly [Pair, Pair]): Value {
  const sides: readonly Pair[] = channelAxis(call) === 0 ? [[0, 0], ...edges] : [...edges, [0, 0]];
  const value = first(call);
  if (value.shape.length !== 3) call.config.fail(`its input is [${value.shape}] without the batch; an image is needed`);
  return pad(call.builder, call.config.site, value, sides, 0);
}

const zeroPadding: Layer = (call) => resized(call, call.config.edges('padding'));

const cropping: Layer = (call) => {
  const { builder, config } = call;
  const [rows, columns] = config.edges('cropping');
  const whole: Pair = [0, 0];
  const sides = channelAxis(call) === 0 ? [whole, rows, columns] : [rows, columns, whole];
  const value = first(call);
  if (value.shape.length !== 3) config.fail(`its input is [${value.shape}] without the batch; an image is needed`);
  if (sides.flat().some((side) => side < 0)) config.fail('it crops by a negative number');
  return slice(
    builder,
    config.site,
    value,
    value.shape.map((length, axis) => ({ begin: sides[axis]![0], end: length - sides[axis]![1], stride: 1 })),
  );
};

/** A number, or one per channel. */
function perChannel({ config }: LayerCall, key: string, otherwise: number): Constant {
  const raw = config.raw(key) ?? otherwise;
  const values: unknown[] = Array.isArray(raw) ? raw : [raw];
  if (values.length > 4096 || !values.every((value) => typeof value === 'number'))
    config.fail(`${key} is neither a number nor a list of numbers`);
  return { shape: [values.length], data: Float64Array.from(values as number[]) };
}

const rescaling: Layer = (call) => {
  const { builder, config } = call;
  const scaled = withConstant(builder, config.site, 'multiply', first(call), perChannel(call, 'scale', 1));
  return withConstant(builder, config.site, 'add', scaled, perChannel(call, 'offset', 0));
};

const normalization: Layer = (call) => {
  const { builder, config, weights } = call;
  const value = first(call);
  if (config.flag('invert', false)) config.fail('invert is not supported');
  const axis = singleAxis(call, 'axis', value.shape.length);
  if (axis !== value.shape.length - 1) config.fail('it normalises along another axis than the last');
  const given = config.raw('mean') !== null;
  const mean = given ? perChannel(call, 'mean', 0) : weights.take(1, 'mean');
  const variance = given ? perChannel(call, 'variance', 1) : weights.take(1, 'variance');
  if (!variance.data.every((v: number) => v >= 0))
    throw new FormatError(`${config.site.place}: a variance of '${config.site.node}' is negative`);
  // Keras divides by at least its epsilon, 1e-7.
  const deviation = {
    shape: variance.shape,
    data: Float64Array.from(variance.data, (v) => Math.max(Math.sqrt(v), 1e-7)),
  };
  const centred = withConstant(builder, config.site, 'subtract', value, mean);
  return withConstant(builder, config.site, 'divide', centred, deviation);
};

/** Does nothing when a network runs, only in training. */
const nothing: Layer = first;

export const KERAS_LAYERS: Readonly<Record<string, Layer>> = {
  Activation: (call) => activated(call, first(call)),
  ActivityRegularization: nothing,
  Add: merge('add'),
  AlphaDropout: nothing,
  Average: average,
  AveragePooling2D: pool('average'),
  BatchNormalization: batchNormalization,
  BatchNormalizationV1: batchNormalization,
  BatchNormalizationV2: batchNormalization,
  Concatenate: concatenate,
  Conv2D: conv,
  Convolution2D: conv,
  Cropping2D: cropping,
  Dense: denseLayer,
  DepthwiseConv2D: depthwise,
  Dropout: nothing,
  Flatten: flatten,
  GaussianDropout: nothing,
  GaussianNoise: nothing,
  GlobalAveragePooling2D: globalPoolLayer('average'),
  GlobalMaxPooling2D: globalPoolLayer('max'),
  LeakyReLU: leaky,
  MaxPooling2D: pool('max'),
  Multiply: merge('multiply'),
  Normalization: normalization,
  PReLU: prelu,
  Permute: permute,
  RandomFlip: nothing,
  RandomRotation: nothing,
  RandomTranslation: nothing,
  RandomZoom: nothing,
  ReLU: rectifier,
  Rescaling: rescaling,
  Reshape: reshape,
  SeparableConv2D: separable,
  Softmax: softmaxLayer,
  SpatialDropout2D: nothing,
  Subtract: merge('subtract'),
  ZeroPadding2D: zeroPadding,
};
