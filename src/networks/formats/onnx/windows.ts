/** Convolutions, pools, matrix products, batch normalisation. */
import type { Padding2d, Pair } from '../../types.js';
import { toFloat32 } from '../import/constant.js';
import { turnConstant } from '../import/fold.js';
import { valueAxis } from '../import/graphTensor.js';
import type { PaddingRule } from '../import/image.js';
import { batchNorm, conv2d, dense } from '../import/macs.js';
import { globalPool, pool2d } from '../import/pools.js';
import { type Operand, ofValue } from '../import/value.js';
import type { OnnxNode } from './onnxNode.js';

const RULES: Readonly<Record<string, PaddingRule>> = { SAME_UPPER: 'same', SAME_LOWER: 'sameLower', VALID: 'valid' };

function padding(node: OnnxNode): PaddingRule {
  const rule = node.string('auto_pad', 'NOTSET');
  const pads = node.ints('pads') ?? [0, 0, 0, 0];
  if (rule !== 'NOTSET') return RULES[rule] ?? node.fail(`auto_pad '${rule}' is none of ${Object.keys(RULES)}, NOTSET`);
  if (pads.length !== 4) node.fail(`attribute pads is [${pads}]; only operations on rows and columns are supported`);
  const [top, left, bottom, right] = pads as [number, number, number, number];
  return [
    [top, bottom],
    [left, right],
  ] satisfies Padding2d;
}

export function conv(node: OnnxNode): Operand {
  const { builder, site, budget } = node.context;
  const given = node.constant(1);
  if (given.shape.length !== 4)
    node.fail(`its kernel is [${given.shape}]; only convolutions over rows and columns are supported`);
  const kernel = node.pair('kernel_shape', [given.shape[2]!, given.shape[3]!]);
  if (kernel[0] !== given.shape[2] || kernel[1] !== given.shape[3])
    node.fail(`kernel_shape [${kernel}] does not fit its weights [${given.shape}]`);
  const bias = node.optionalConstant(2);
  const value = conv2d(builder, site, node.value(0), 0, {
    weight: turnConstant(site, budget, given, [2, 3, 1, 0]),
    bias: bias && toFloat32(bias.data),
    strides: node.pair('strides', [1, 1]),
    padding: padding(node),
    dilation: node.pair('dilations', [1, 1]),
    groups: node.int('group', 1),
  });
  return ofValue(value);
}

function pool(node: OnnxNode, mode: 'max' | 'average'): Operand {
  const { builder, site } = node.context;
  node.ignore('storage_order');
  if (node.proto.output.filter(Boolean).length > 1) node.fail('its second output (indices) is not supported');
  const dilations: Pair = node.pair('dilations', [1, 1]);
  if (dilations.some((d) => d !== 1)) node.fail(`dilations [${dilations}] of a pool are not supported`);
  const value = pool2d(builder, site, node.value(0), 0, {
    mode,
    size: node.pair('kernel_shape', null),
    strides: node.pair('strides', [1, 1]),
    padding: padding(node),
    countIncludePad: node.int('count_include_pad', 0) !== 0,
    ceil: node.int('ceil_mode', 0) !== 0,
  });
  return ofValue(value);
}

export const maxPool = (node: OnnxNode) => pool(node, 'max');
export const averagePool = (node: OnnxNode) => pool(node, 'average');

export function globalPoolOf(mode: 'max' | 'average') {
  return (node: OnnxNode): Operand =>
    ofValue(globalPool(node.context.builder, node.context.site, node.value(0), 0, mode, true));
}

/** ReduceMean and ReduceMax over rows and columns. */
export function reduceOf(mode: 'max' | 'average') {
  return (node: OnnxNode): Operand => {
    const { builder, site } = node.context;
    const value = node.value(0);
    const axes = (node.numbers('axes', 1) ?? []).map((axis) => valueAxis(node.context, axis, value));
    const keep = node.int('keepdims', 1) !== 0;
    node.ignore('noop_with_empty_axes');
    const rest = [0, 1, 2].filter((axis) => !axes.includes(axis));
    if (value.shape.length !== 3 || rest.length !== 1 || (rest[0] !== 0 && rest[0] !== 2))
      node.fail(
        `it reduces axes [${axes}] (batch excluded) of [${value.shape}]; only rows and columns of an image are supported`,
      );
    return ofValue(globalPool(builder, site, value, rest[0] as 0 | 2, mode, keep));
  };
}

export function gemm(node: OnnxNode): Operand {
  const { builder, site, budget } = node.context;
  node.ignore('broadcast');
  if (node.int('transA', 0) !== 0) node.fail('transA is not supported: it exchanges batch and features');
  const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)];
  const given = node.constant(1);
  if (given.shape.length !== 2) node.fail(`its weights are [${given.shape}]; a matrix is needed`);
  const turned = node.int('transB', 0) === 0 ? given : turnConstant(site, budget, given, [1, 0]);
  const weight = alpha === 1 ? turned : { shape: turned.shape, data: turned.data.map((w: number) => w * alpha) };
  const bias = node.optionalConstant(2);
  const filters = weight.shape[1]!;
  if (bias && (![1, filters].includes(bias.data.length) || bias.shape.length > 2))
    node.fail(`its input 2 is [${bias.shape}] for ${filters} outputs`);
  const biases =
    bias && Float32Array.from({ length: filters }, (_, i) => beta * bias.data[bias.data.length === 1 ? 0 : i]!);
  return ofValue(dense(builder, site, node.value(0), weight, biases));
}

export function matMul(node: OnnxNode): Operand {
  const { builder, site } = node.context;
  return ofValue(dense(builder, site, node.value(0), node.constant(1), null));
}

export function batchNormalization(node: OnnxNode): Operand {
  const { builder, site } = node.context;
  node.ignore('momentum', 'consumed_inputs', 'is_test');
  if (node.int('training_mode', 0) !== 0) node.fail('training_mode is on; export the network for inference');
  if (node.int('spatial', 1) !== 1) node.fail('spatial 0 is not supported; use one scale per channel');
  const value = node.value(0);
  const vector = (index: number) => {
    const { shape, data } = node.constant(index);
    if (data.length !== value.shape[0]) node.fail(`its input ${index} is [${shape}] for ${value.shape[0]} channels`);
    return toFloat32(data);
  };
  return ofValue(
    batchNorm(builder, site, value, 0, {
      gamma: vector(1),
      beta: vector(2),
      mean: vector(3),
      variance: vector(4),
      epsilon: node.float('epsilon', 1e-5),
    }),
  );
}
