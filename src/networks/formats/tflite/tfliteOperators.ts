/** TensorFlow Lite's operators by name. A new one is a line in OPERATORS; what its options are is in the schema. */
import type { ActivationLayer, Pair } from '../../types.js';
import { activation, affine, clip, combine, parametricRelu, softmax } from '../import/arithmetic.js';
import type { Constant } from '../import/constant.js';
import { axisOf, mapConstant } from '../import/fold.js';
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
import { pad, padWithInput } from '../import/rearrange.js';
import { extreme, reduce } from '../import/reduce.js';
import { equalPieces, pieces, sliceOfSize, stridedSlice } from '../import/strided.js';
import { type Operand, ofConstant, ofValue } from '../import/value.js';
import type { TfliteNode } from './tfliteNode.js';
import {
  batchMatMul,
  convolution,
  fullyConnected,
  fused,
  pool,
  resizeOf,
  transposedConvolution,
} from './tfliteWindows.js';

export interface Operator {
  readonly run: (node: TfliteNode) => Operand | Operand[];
  /** Whether its result is made of its inputs' elements, and zeros: on their grid where they are on one. */
  readonly keepsGrid?: (node: TfliteNode) => boolean;
}

type Run = Operator['run'];

const computes = (run: Run): Operator => ({ run });
const keeps = (run: Run): Operator => ({ run, keepsGrid: () => true });

const activationOf = (name: ActivationLayer['function'], alpha?: number): Operator =>
  computes((node) => ofValue(activation(node.context.builder, node.context.site, node.value(0), name, alpha)));

const clipTo = (low: number, high: number): Operator =>
  computes((node) => ofValue(clip(node.context.builder, node.context.site, node.value(0), low, high)));

/** Refuses an activation in `field` of the options where the interpreter has none. */
function checkPlain(node: TfliteNode, field: number): void {
  const code = node.byte(field);
  if (code !== 0)
    node.fail(`its fused activation ${code} is not supported there; put it behind as an operator of its own`);
}

/** Two operands, then the fused activation of options' field 0. */
const binary = (operation: Parameters<typeof arithmetic>[1]): Operator =>
  computes((node) => {
    const [a, b] = [node.operand(0), node.operand(1)];
    const whole = [a, b].every((o) => o.kind === 'constant' && o.constant.data instanceof Float64Array);
    const result = arithmetic(node.context, operation, a, b, whole);
    if (result.kind === 'value') return ofValue(fused(node, result.value, 0));
    checkPlain(node, 0);
    return result;
  });

const squaredDifference: Run = (node) => {
  const { builder, site } = node.context;
  const difference = arithmetic(node.context, 'subtract', node.operand(0), node.operand(1));
  if (difference.kind === 'constant')
    return ofConstant(mapConstant(site, node.context.budget, difference.constant, (x) => x * x));
  return ofValue(combine(builder, site, 'multiply', [difference.value, difference.value]));
};

const negate: Run = (node) => {
  const operand = node.operand(0);
  const { builder, site, budget } = node.context;
  if (operand.kind === 'constant') return ofConstant(mapConstant(site, budget, operand.constant, (x) => -x));
  return ofValue(affine(builder, site, operand.value, -1, 0));
};

/** Softmax, and at the graph's end its logarithm, which changes no decision. */
const softmaxOf: Run = (node) => {
  const { builder, site } = node.context;
  const isLogarithm = node.operator.name === 'LOG_SOFTMAX';
  if (isLogarithm && !node.isOutput)
    node.fail('a logarithm within the network is not supported; it may only come last');
  const beta = isLogarithm ? 1 : node.float(0);
  if (!(beta > 0)) node.fail(`its beta is ${beta}; a number above 0 is needed`);
  const value = affine(builder, site, node.value(0), beta, 0);
  return ofValue(softmax(builder, site, value, value.shape.length - 1));
};

const reduceOf =
  (mode: 'sum' | 'max' | 'mean'): Run =>
  (node) =>
    reduce(node.context, node.value(0), node.numbers(1), mode, node.flag(0));

const reshapeOf: Run = (node) => {
  const shape = node.has(1) ? node.numbers(1) : node.ints(0);
  return reshape(node.context, node.operand(0), shape ?? node.fail('its new shape is missing'));
};

const squeezeOf: Run = (node) => {
  const axes = node.ints(0) ?? [];
  return squeeze(node.context, node.operand(0), axes.length > 0 ? axes : null);
};

/** Its parts side by side on a new axis. */
const pack: Run = (node) => {
  const axis = node.int(1);
  return join(
    node.context,
    node.all().map((part) => unsqueeze(node.context, part, [axis])),
    axis,
  );
};

const stridedSliceOf: Run = (node) => {
  const [begin, end, strides] = [1, 2, 3].map((index) => node.numbers(index)) as [number[], number[], number[]];
  const [beginMask, endMask, ellipsisMask, newAxisMask, shrinkMask] = [0, 1, 2, 3, 4].map((field) =>
    node.int(field),
  ) as [number, number, number, number, number];
  if (node.flag(5)) node.fail('ends that are offsets are not supported');
  const masks = { beginMask, endMask, ellipsisMask, newAxisMask, shrinkMask };
  return stridedSlice(node.context, node.operand(0), { begin, end, strides, ...masks });
};

const splitAxis = (node: TfliteNode, operand: Operand, index: number) =>
  axisOf(node.context.site, node.numbers(index)[0] ?? 0, fullShape(node.context, operand).length);

const split: Run = (node) => {
  const operand = node.operand(1);
  return equalPieces(node.context, operand, splitAxis(node, operand, 0), node.int(0));
};

const splitV: Run = (node) => {
  const operand = node.operand(0);
  return pieces(node.context, operand, splitAxis(node, operand, 2), node.numbers(1));
};

/** [before, after] of each axis of a value, the batch's taken off. */
function sidesOf(node: TfliteNode): Pair[] {
  const value = node.value(0);
  const given = node.numbers(1);
  if (given.length !== 2 * (value.shape.length + 1))
    node.fail(`its paddings [${given}] do not fit [${value.shape}] and a batch`);
  if (given[0] !== 0 || given[1] !== 0) node.fail('it pads the batch axis; only operations on one image are supported');
  return value.shape.map((_, axis): Pair => [given[2 * axis + 2]!, given[2 * axis + 3]!]);
}

const padOf: Run = (node) => {
  const filler = node.optionalConstant(2)?.data[0] ?? 0;
  return ofValue(pad(node.context.builder, node.context.site, node.value(0), sidesOf(node), filler));
};

const mirrorPad: Run = (node) => {
  if (node.byte(0) !== 0) node.fail('mode SYMMETRIC is not supported; REFLECT is');
  return ofValue(padWithInput(node.context.builder, node.context.site, node.value(0), sidesOf(node), 'reflect'));
};

const gather: Run = (node) => {
  if (node.int(1) !== 0) node.fail('batch_dims is not supported');
  const indices: Constant = node.constant(1);
  return pick(node.context, node.operand(0), indices, node.int(0));
};

const ofConstants =
  (f: (x: number) => number): Run =>
  (node) =>
    ofConstant(mapConstant(node.context.site, node.context.budget, node.constant(0), f));

/** Of constants to whole numbers, and of an image's bytes to real ones. */
const cast: Run = (node) => {
  const operand = node.operand(0);
  const isWhole = !node.outputs[0]?.type.includes('float');
  if (operand.kind === 'constant')
    return isWhole
      ? ofConstant(mapConstant(node.context.site, node.context.budget, operand.constant, Math.trunc))
      : operand;
  if (isWhole) node.fail(`it makes ${node.outputs[0]?.type ?? 'nothing'} of real numbers; only constants can be cut`);
  return operand;
};

const identity: Run = (node) => node.operand(0);

/** Code of the fused activation up to which elements stay what they are, or become zero. */
const RELU = 1;

export const OPERATORS: Readonly<Record<string, Operator>> = {
  ABS: activationOf('abs'),
  ADD: binary('add'),
  ADD_N: computes((node) => node.all().reduce((sum, other) => arithmetic(node.context, 'add', sum, other))),
  AVERAGE_POOL_2D: computes(pool('average')),
  BATCH_MATMUL: computes(batchMatMul),
  CAST: computes(cast),
  CONCATENATION: keeps((node) => {
    checkPlain(node, 1);
    return join(node.context, node.all(), node.int(0));
  }),
  CONV_2D: computes((node) => convolution(node, false)),
  DEPTHWISE_CONV_2D: computes((node) => convolution(node, true)),
  DEQUANTIZE: keeps(identity),
  DIV: binary('divide'),
  ELU: activationOf('elu', 1),
  EXP: activationOf('exp'),
  EXPAND_DIMS: keeps((node) => unsqueeze(node.context, node.operand(0), node.numbers(1))),
  FULLY_CONNECTED: computes(fullyConnected),
  GATHER: keeps(gather),
  GELU: computes((node) =>
    ofValue(activation(node.context.builder, node.context.site, node.value(0), node.flag(0) ? 'geluTanh' : 'gelu')),
  ),
  HARD_SWISH: activationOf('hardSwish'),
  LEAKY_RELU: computes((node) =>
    ofValue(activation(node.context.builder, node.context.site, node.value(0), 'leakyRelu', node.float(0))),
  ),
  LOGISTIC: activationOf('sigmoid'),
  LOG_SOFTMAX: computes(softmaxOf),
  MAXIMUM: computes((node) => extreme(node.context, 'max', node.all())),
  MAX_POOL_2D: { run: pool('max'), keepsGrid: (node) => node.byte(5) <= RELU },
  MEAN: computes(reduceOf('mean')),
  MINIMUM: computes((node) => extreme(node.context, 'min', node.all())),
  MIRROR_PAD: keeps(mirrorPad),
  MUL: binary('multiply'),
  NEG: computes(negate),
  PACK: keeps(pack),
  PAD: keeps(padOf),
  PADV2: computes(padOf),
  PRELU: computes((node) =>
    ofValue(parametricRelu(node.context.builder, node.context.site, node.value(0), node.constant(1))),
  ),
  QUANTIZE: computes(identity),
  REDUCE_MAX: keeps(reduceOf('max')),
  RELU: keeps(activationOf('relu').run),
  RELU6: activationOf('relu6'),
  RELU_0_TO_1: clipTo(0, 1),
  RELU_N1_TO_1: clipTo(-1, 1),
  RESHAPE: keeps(reshapeOf),
  RESIZE_BILINEAR: computes((node) => resizeOf(node, 'linear', 2)),
  RESIZE_NEAREST_NEIGHBOR: keeps((node) => resizeOf(node, 'nearest', 0)),
  RSQRT: computes((node) =>
    node.operand(0).kind === 'constant'
      ? ofConstants((x) => 1 / Math.sqrt(x))(node)
      : activationOf('power', -0.5).run(node),
  ),
  SHAPE: computes((node) => shapeOperand(node.context, node.operand(0))),
  SLICE: keeps((node) => sliceOfSize(node.context, node.operand(0), node.numbers(1), node.numbers(2))),
  SOFTMAX: computes(softmaxOf),
  SPLIT: keeps(split),
  SPLIT_V: keeps(splitV),
  SQRT: activationOf('sqrt'),
  SQUARE: computes((node) =>
    ofValue(combine(node.context.builder, node.context.site, 'multiply', [node.value(0), node.value(0)])),
  ),
  SQUARED_DIFFERENCE: computes(squaredDifference),
  SQUEEZE: keeps(squeezeOf),
  STRIDED_SLICE: keeps(stridedSliceOf),
  SUB: binary('subtract'),
  SUM: computes(reduceOf('sum')),
  TANH: activationOf('tanh'),
  TRANSPOSE: keeps((node) => turn(node.context, node.operand(0), node.numbers(1))),
  TRANSPOSE_CONV: computes(transposedConvolution),
};
