/** Convolutions, dense layers and batch normalisation, on Values. */
import { sizeOf } from '../../../base/batch.js';
import type { Pair } from '../../types.js';
import { type Constant, gatherStrided, stridesOf, toFloat32 } from './constant.js';
import { asImage, checkPadding, checkWindow, imageValue, type PaddingRule, resolvePadding, spatial } from './image.js';
import type { GraphBuilder } from './networkBuilder.js';
import { type Site, siteError } from './site.js';
import { physicalShape, type Value } from './value.js';

export interface ConvolutionFields {
  /** [kernel rows][kernel columns][input channels / groups][filters]. */
  readonly weight: Constant;
  readonly bias: Float32Array | null;
  readonly strides: Pair;
  readonly padding: PaddingRule;
  readonly dilation: Pair;
  readonly groups: number;
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
  const positionsShape = value.shape.slice(0, -1);
  const asMap =
    value.shape.length === 2 ? [1, ...value.shape] : [sizeOf(positionsShape.slice(0, -1)), ...value.shape.slice(-2)];
  const image = builder.inSourceOrder(site, value.shape.length === 3 ? value : builder.reshape(site, value, asMap));
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
export function batchNorm(
  builder: GraphBuilder,
  site: Site,
  value: Value,
  axis: number,
  fields: BatchNormFields,
): Value {
  if (!(fields.epsilon >= 0 && Number.isFinite(fields.epsilon)))
    throw siteError(site, `its epsilon is ${fields.epsilon}; a number from 0 on is needed`);
  if (!fields.variance.every((variance) => variance + fields.epsilon > 0))
    throw siteError(site, 'a variance plus epsilon is not positive; the weights are damaged');
  const given = builder.withLast(site, value, axis);
  return { ...given, layer: builder.emit(site, { kind: 'batchNorm', ...fields }, [given.layer]) };
}
