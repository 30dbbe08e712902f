/** TensorFlow operators by name, as the TensorFlow.js converter leaves them in frozen graphs. */

import { sizeOf } from '../../../base/batch.js';
import { printable } from '../../../base/text/printable.js';
import type { ActivationLayer, Pair } from '../../types.js';
import { activation, affine, parametricRelu, softmax } from '../import/arithmetic.js';
import { type Constant, constantOf, toFloat32 } from '../import/constant.js';
import { axisOf, mapConstant, rangeConstant, turnConstant } from '../import/fold.js';
import {
  arithmetic,
  fullShape,
  join,
  pick,
  reshape,
  shapeOperand,
  squeeze,
  turn,
  unsqueeze,
} from '../import/graphTensor.js';
import type { PaddingRule } from '../import/image.js';
import { batchNorm, conv2d, dense } from '../import/macs.js';
import { pool2d } from '../import/pools.js';
import { pad } from '../import/rearrange.js';
import { extreme, reduce } from '../import/reduce.js';
import { unsupported } from '../import/site.js';
import { equalPieces, pieces, sliceOfSize, stridedSlice } from '../import/strided.js';
import { type Operand, ofConstant, ofValue, type Value } from '../import/value.js';
import type { TfNode } from './tfjsNode.js';

type Operator = (node: TfNode) => Operand | Operand[];

function padding(node: TfNode): PaddingRule {
  const rule = node.string('padding', 'VALID');
  if (rule === 'SAME' || rule === 'VALID') return rule === 'SAME' ? 'same' : 'valid';
  if (rule !== 'EXPLICIT') node.fail(`padding '${printable(rule)}' is not supported`);
  const list = node.ints('explicit_paddings');
  if (list.length !== 8) node.fail(`explicit_paddings has ${list.length} numbers`);
  const at = node.channelAxis() === 0 ? 4 : 2;
  return [
    [list[at]!, list[at + 1]!],
    [list[at + 2]!, list[at + 3]!],
  ];
}

/** What a fused operator does after its own work, with the inputs from `first` on. */
function fused(node: TfNode, value: Value, first: number): Value {
  const { builder, site } = node.context;
  let next = first;
  let result = value;
  for (const name of node.strings('fused_ops')) {
    if (name === 'BiasAdd') continue;
    if (name === 'Prelu') result = parametricRelu(builder, site, result, node.constant(++next));
    else if (name === 'LeakyRelu')
      result = activation(builder, site, result, 'leakyRelu', node.float('leakyrelu_alpha', 0.2));
    else if (Object.hasOwn(ACTIVATIONS, name)) result = activation(builder, site, result, ACTIVATIONS[name]!);
    else throw unsupported(site, `the fused operator ${printable(name)}`);
  }
  return result;
}

const ACTIVATIONS: Readonly<Record<string, ActivationLayer['function']>> = {
  Relu: 'relu',
  Relu6: 'relu6',
  Sigmoid: 'sigmoid',
  Tanh: 'tanh',
};

/** Bias of a fused operator, its third input. */
function fusedBias(node: TfNode): Float32Array | null {
  return node.strings('fused_ops')[0] === 'BiasAdd' ? toFloat32(node.constant(2).data) : null;
}

function convolution(node: TfNode, depthwise: boolean): Operand {
  const { builder, site } = node.context;
  const given = node.constant(1);
  if (given.shape.length !== 4) node.fail(`its kernel is [${given.shape}]; 4 axes are needed`);
  const [rows, columns, channels, filters] = given.shape as [number, number, number, number];
  const weight: Constant = depthwise ? { shape: [rows, columns, 1, channels * filters], data: given.data } : given;
  const value = node.value(0);
  const inputs = value.shape[node.channelAxis()]!;
  const value2 = conv2d(builder, site, value, node.channelAxis(), {
    weight,
    bias: fusedBias(node),
    strides: node.spatial('strides'),
    padding: padding(node),
    dilation: node.spatial('dilations'),
    groups: depthwise ? channels : Math.max(1, Math.floor(inputs / channels)),
  });
  return ofValue(fused(node, value2, 2));
}

function matMul(node: TfNode): Operand {
  const { builder, site, budget } = node.context;
  if (node.flag('transpose_a') || node.flag('adj_x'))
    node.fail('transpose_a is not supported: it exchanges batch and features');
  const given = node.constant(1);
  if (given.shape.length !== 2) node.fail(`its weights are [${given.shape}]; a matrix is needed`);
  const turned = node.flag('transpose_b') || node.flag('adj_y') ? turnConstant(site, budget, given, [1, 0]) : given;
  return ofValue(fused(node, dense(builder, site, node.value(0), turned, fusedBias(node)), 2));
}

function fusedBatchNorm(node: TfNode): Operand {
  const { builder, site } = node.context;
  if (node.flag('is_training')) node.fail('is_training is on; freeze the graph for inference');
  const vector = (index: number) => toFloat32(node.constant(index).data);
  const value = batchNorm(builder, site, node.value(0), node.channelAxis(), {
    gamma: vector(1),
    beta: vector(2),
    mean: vector(3),
    variance: vector(4),
    epsilon: node.float('epsilon', 1e-4),
  });
  return ofValue(value);
}

const pool =
  (mode: 'max' | 'average'): Operator =>
  (node) => {
    const { builder, site } = node.context;
    const value = pool2d(builder, site, node.value(0), node.channelAxis(), {
      mode,
      size: node.spatial('ksize'),
      strides: node.spatial('strides'),
      padding: padding(node),
      countIncludePad: false,
    });
    return ofValue(value);
  };

const reduceOf =
  (mode: 'max' | 'mean'): Operator =>
  (node) =>
    reduce(node.context, node.value(0), node.numbers(1), mode, node.flag('keep_dims'));

const activationOf =
  (name: ActivationLayer['function']): Operator =>
  (node) =>
    ofValue(activation(node.context.builder, node.context.site, node.value(0), name));

const binary =
  (operation: Parameters<typeof arithmetic>[1]): Operator =>
  (node) => {
    const [a, b] = [node.operand(0), node.operand(1)];
    const whole = [a, b].every((o) => o.kind === 'constant' && o.constant.data instanceof Float64Array);
    return arithmetic(node.context, operation, a, b, whole);
  };

const addAll: Operator = (node) => node.all().reduce((sum, other) => arithmetic(node.context, 'add', sum, other));

const biasAdd: Operator = (node) => {
  const value = node.value(0);
  const bias = node.constant(1);
  const shape = node.channelAxis() === 0 && value.shape.length === 3 ? [bias.data.length, 1, 1] : bias.shape;
  return arithmetic(node.context, 'add', ofValue(value), ofConstant({ shape, data: bias.data }));
};

const softmaxOf: Operator = (node) => {
  const value = node.value(0);
  return ofValue(softmax(node.context.builder, node.context.site, value, value.shape.length - 1));
};

const extremeOf =
  (name: 'min' | 'max'): Operator =>
  (node) =>
    extreme(node.context, name, [node.operand(0), node.operand(1)]);

const negate: Operator = (node) => {
  const { builder, site, budget } = node.context;
  const operand = node.operand(0);
  if (operand.kind === 'constant') return ofConstant(mapConstant(site, budget, operand.constant, (x) => -x));
  return ofValue(affine(builder, site, operand.value, -1, 0));
};

const ofConstants =
  (f: (x: number) => number): Operator =>
  (node) =>
    ofConstant(mapConstant(node.context.site, node.context.budget, node.constant(0), f));

const concat: Operator = (node) => {
  const axis = node.numbers(node.inputCount - 1)[0] ?? node.fail('its axis is missing');
  return join(node.context, node.all().slice(0, -1), axis);
};

const stridedSliceOf: Operator = (node) => {
  const [begin, end, strides] = [1, 2, 3].map((index) => node.numbers(index)) as [number[], number[], number[]];
  return stridedSlice(node.context, node.operand(0), {
    begin,
    end,
    strides,
    beginMask: node.int('begin_mask', 0),
    endMask: node.int('end_mask', 0),
    shrinkMask: node.int('shrink_axis_mask', 0),
    ellipsisMask: node.int('ellipsis_mask', 0),
    newAxisMask: node.int('new_axis_mask', 0),
  });
};

const splitAxis = (node: TfNode, operand: Operand, index: number) =>
  axisOf(node.context.site, node.numbers(index)[0] ?? 0, fullShape(node.context, operand).length);

const split: Operator = (node) => {
  const operand = node.operand(1);
  return equalPieces(node.context, operand, splitAxis(node, operand, 0), node.int('num_split', 1));
};

const splitV: Operator = (node) => {
  const operand = node.operand(0);
  return pieces(node.context, operand, splitAxis(node, operand, 2), node.numbers(1));
};

/** Numbers of shape arithmetic put side by side. */
const pack: Operator = (node) => {
  const parts = node.all().map((_, index) => node.constant(index));
  if (parts.some(({ data }) => data.length !== 1) || node.int('axis', 0) !== 0)
    node.fail('only single constants can be packed');
  return ofConstant(constantOf(parts.map(({ data }) => data[0]!)));
};

const padOf: Operator = (node) => {
  const value = node.value(0);
  const given = node.numbers(1);
  if (given.length !== 2 * (value.shape.length + 1))
    node.fail(`its paddings [${given}] do not fit [${value.shape}] and a batch`);
  if (given[0] !== 0 || given[1] !== 0) node.fail('it pads the batch axis; only operations on one image are supported');
  const filler = node.inputCount > 2 ? (node.constant(2).data[0] ?? 0) : 0;
  const sides = value.shape.map((_, axis): Pair => [given[2 * axis + 2]!, given[2 * axis + 3]!]);
  return ofValue(pad(node.context.builder, node.context.site, value, sides, filler));
};

const gather: Operator = (node) =>
  pick(node.context, node.operand(0), node.constant(1), node.inputCount > 2 ? (node.numbers(2)[0] ?? 0) : 0);

const squeezeOf: Operator = (node) => {
  const axes = node.ints('squeeze_dims');
  return squeeze(node.context, node.operand(0), axes.length > 0 ? axes : null);
};

const range: Operator = (node) => {
  const [first, limit, step] = [0, 1, 2].map((index) => node.constant(index).data[0] ?? 0) as [number, number, number];
  if (step === 0 || ![first, limit, step].every(Number.isFinite))
    node.fail(`it counts from ${first} to ${limit} by ${step}`);
  return ofConstant(rangeConstant(node.context.site, node.context.budget, first, limit, step));
};

const product: Operator = (node) => {
  const { shape, data } = node.constant(0);
  if (shape.length > 1) node.fail('only the product of a list is supported');
  return ofConstant(constantOf([sizeOf([...data])], []));
};

const identity: Operator = (node) => node.operand(0);

export const TF_OPERATORS: Readonly<Record<string, Operator>> = {
  Add: binary('add'),
  AddN: addAll,
  AddV2: binary('add'),
  AvgPool: pool('average'),
  BiasAdd: biasAdd,
  Cast: identity,
  ConcatV2: concat,
  Conv2D: (node) => convolution(node, false),
  DepthwiseConv2dNative: (node) => convolution(node, true),
  ExpandDims: (node) => unsqueeze(node.context, node.operand(0), node.numbers(1)),
  FusedBatchNorm: fusedBatchNorm,
  FusedBatchNormV2: fusedBatchNorm,
  FusedBatchNormV3: fusedBatchNorm,
  FusedDepthwiseConv2dNative: (node) => convolution(node, true),
  GatherV2: gather,
  Identity: identity,
  LeakyRelu: (node) =>
    ofValue(activation(node.context.builder, node.context.site, node.value(0), 'leakyRelu', node.float('alpha', 0.2))),
  MatMul: matMul,
  Max: reduceOf('max'),
  MaxPool: pool('max'),
  Maximum: extremeOf('max'),
  Mean: reduceOf('mean'),
  Minimum: extremeOf('min'),
  Mul: binary('multiply'),
  Neg: negate,
  Pack: pack,
  Pad: padOf,
  PadV2: padOf,
  Prelu: (node) => ofValue(parametricRelu(node.context.builder, node.context.site, node.value(0), node.constant(1))),
  Prod: product,
  Range: range,
  RealDiv: binary('divide'),
  Relu: activationOf('relu'),
  Relu6: activationOf('relu6'),
  Reshape: (node) => reshape(node.context, node.operand(0), node.numbers(1)),
  Rsqrt: ofConstants((x) => 1 / Math.sqrt(x)),
  Shape: (node) => shapeOperand(node.context, node.operand(0)),
  Sigmoid: activationOf('sigmoid'),
  Slice: (node) => sliceOfSize(node.context, node.operand(0), node.numbers(1), node.numbers(2)),
  Softmax: softmaxOf,
  Split: split,
  SplitV: splitV,
  Sqrt: ofConstants(Math.sqrt),
  Squeeze: squeezeOf,
  StopGradient: identity,
  StridedSlice: stridedSliceOf,
  Sub: binary('subtract'),
  Tanh: activationOf('tanh'),
  Transpose: (node) => turn(node.context, node.operand(0), node.numbers(1)),
  _FusedConv2D: (node) => convolution(node, false),
  _FusedMatMul: matMul,
};
