/** Convolutions, pools, matrix products, batch normalisation. */
import type { Padding2d, Pair } from '../../types.js';
import { toFloat32 } from '../import/constant.js';
import { turnConstant } from '../import/fold.js';
import { constantValue, settled } from '../import/graphTensor.js';
import type { PaddingRule } from '../import/image.js';
import { batchNorm, conv2d, dense } from '../import/macs.js';
import { globalPool, pool2d } from '../import/pools.js';
import { denseFromLeft, matMulOf } from '../import/products.js';
import { reduce } from '../import/reduce.js';
import { transposedConv2d } from '../import/transposedConv.js';
import { type Operand, ofValue } from '../import/value.js';
import type { OnnxNode } from './onnxNode.js';

const RULES: Readonly<Record<string, PaddingRule>> = { SAME_UPPER: 'same', SAME_LOWER: 'sameLower', VALID: 'valid' };

/** auto_pad or pads of a node. */
export function paddingOf(node: OnnxNode): PaddingRule {
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
    padding: paddingOf(node),
    dilation: node.pair('dilations', [1, 1]),
    groups: node.int('group', 1),
  });
  return ofValue(value);
}

function pool(node: OnnxNode, mode: 'max' | 'average'): Operand {
  const { builder, site } = node.context;
  node.ignore('storage_order');
  if (node.proto.output.filter(Boolean).length > 1) node.fail('its second output (indices) is not supported');
  const value = pool2d(builder, site, node.value(0), 0, {
    mode,
    size: node.pair('kernel_shape', null),
    strides: node.pair('strides', [1, 1]),
    padding: paddingOf(node),
    dilation: node.pair('dilations', [1, 1]),
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

/** ReduceSum, ReduceMean and ReduceMax; over rows and columns of an image a global pool. */
export function reduceOf(mode: 'sum' | 'max' | 'mean') {
  return (node: OnnxNode): Operand => {
    const value = node.anyValue(0);
    const given = node.numbers('axes', 1);
    const keep = node.int('keepdims', 1) !== 0;
    const isIdentity = node.int('noop_with_empty_axes', 0) !== 0;
    if (!given?.length && isIdentity) return ofValue(value);
    return reduce(node.context, value, given, mode, keep);
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
  const value = node.anyValue(0);
  const product = dense(builder, site, value, weight, biases);
  return ofValue(value.whole ? settled(node.context, { ...product, whole: true }) : product);
}

export function matMul(node: OnnxNode): Operand {
  const { context } = node;
  const { builder, site } = context;
  const [a, b] = [node.operand(0), node.operand(1)];
  if (a.kind === 'constant') {
    if (a.constant.shape.length === 2)
      return ofValue(settled(context, denseFromLeft(context, a.constant, node.anyValue(1))));
    const value = node.anyValue(1);
    return ofValue(matMulOf(context, constantValue(context, a.constant, value), value));
  }
  if (b.kind === 'value') return ofValue(matMulOf(context, a.value, b.value));
  const { shape, data } = b.constant;
  const isMatrix = shape.slice(0, -2).every((length) => length === 1);
  if (!isMatrix) return ofValue(matMulOf(context, a.value, constantValue(context, b.constant, a.value)));
  const weight = { shape: shape.slice(-2), data };
  const product = dense(builder, site, a.value, shape.length > 2 ? weight : b.constant, null);
  return ofValue(a.value.whole ? settled(context, { ...product, whole: true }) : product);
}

/** How much of a transposed convolution's full result is cut off each side. */
function transposedCut(node: OnnxNode, input: Pair, kernel: Pair, strides: Pair, dilation: Pair): [Pair, Pair] {
  const extra = node.ints('output_padding') ?? [0, 0];
  const wanted = node.ints('output_shape');
  const rule = node.string('auto_pad', 'NOTSET');
  const pads = node.ints('pads') ?? [0, 0, 0, 0];
  const sides = ([0, 1] as const).map((axis): Pair => {
    const full = (input[axis] - 1) * strides[axis] + (kernel[axis] - 1) * dilation[axis] + 1;
    const same = rule.startsWith('SAME') ? input[axis] * strides[axis] : undefined;
    const given = wanted?.at(axis - 2);
    const length = given ?? same;
    const grown = full + (extra[axis] ?? 0);
    if (length === undefined) return [pads[axis] ?? 0, (pads[axis + 2] ?? 0) - (extra[axis] ?? 0)];
    // Where the stride is wider than the kernel, SAME cuts nothing, and the runtime leaves the result as short as it is.
    const total = Math.max(0, grown - length);
    const half = Math.floor(total / 2);
    const before = rule === 'SAME_UPPER' ? half : total - half;
    return [before, full - (given ?? grown - total) - before];
  });
  return sides as [Pair, Pair];
}

export function convTranspose(node: OnnxNode): Operand {
  const { builder, site, budget } = node.context;
  const weight = node.constant(1);
  if (weight.shape.length !== 4)
    node.fail(`its kernel is [${weight.shape}]; only convolutions over rows and columns are supported`);
  const kernel = node.pair('kernel_shape', [weight.shape[2]!, weight.shape[3]!]);
  if (kernel[0] !== weight.shape[2] || kernel[1] !== weight.shape[3])
    node.fail(`kernel_shape [${kernel}] does not fit its weights [${weight.shape}]`);
  const value = node.value(0);
  if (value.shape.length !== 3) node.fail(`its input is [${value.shape}] without the batch; an image is needed`);
  const [strides, dilation] = [node.pair('strides', [1, 1]), node.pair('dilations', [1, 1])];
  const cut = transposedCut(node, [value.shape[1]!, value.shape[2]!], kernel, strides, dilation);
  const bias = node.optionalConstant(2);
  const fields = { weight, bias: bias && toFloat32(bias.data), strides, dilation, groups: node.int('group', 1), cut };
  return ofValue(transposedConv2d(builder, site, budget, value, 0, fields));
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
