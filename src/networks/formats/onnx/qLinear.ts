/**
 * Operators that take codes and give codes, of ONNX and of ONNX Runtime (domain com.microsoft), as its quantiser writes them with
 * quant_format QOperator: what they compute on the numbers that codes stand for, then the grid of the result.
 */
import type { ActivationLayer } from '../../types.js';
import { activation, softmax } from '../import/arithmetic.js';
import type { Constant } from '../import/constant.js';
import { turnConstant } from '../import/fold.js';
import { arithmetic, join, valueAxis } from '../import/graphTensor.js';
import { matMulOf } from '../import/products.js';
import { dequantised } from '../import/quantise.js';
import { type Operand, ofConstant, ofValue } from '../import/value.js';
import { leakyRelu } from './elementwise.js';
import type { OnnxNode } from './onnxNode.js';
import { checkOperands, convolution, gridOf, gridsOf, product, quantised } from './quantised.js';
import { averagePool, globalPoolOf } from './windows.js';

/** The result on the grid of inputs `at` and `at + 1`. */
function onGrid(node: OnnxNode, result: Operand, at: number): Operand {
  if (result.kind !== 'value') node.fail('all of its inputs are constants; only activations are supported there');
  return ofValue(quantised(node, result.value, at));
}

/** What input `at` stands for, whose scale and zero point follow; `axis` is that of weights' channels. */
function realOf(node: OnnxNode, at: number, axis = 1): Operand {
  const operand = node.operand(at);
  if (operand.kind === 'value') return operand;
  return ofConstant(dequantised(node.context.site, node.context.budget, operand.constant, gridsOf(node, at + 1, axis)));
}

/** The weights of input 3. */
function weightsOf(node: OnnxNode, axis: number): Constant {
  const weight = realOf(node, 3, axis);
  return weight.kind === 'constant' ? weight.constant : node.fail('its weights are computed while the network runs');
}

/** A bias in units of the product of the scales of input (1) and weights (4). */
function biasOf(node: OnnxNode, at: number, factor = 1): Float32Array | null {
  const bias = node.optionalConstant(at);
  const [input, scales] = [gridOf(node, 1), node.constant(4)];
  const scaleOf = (f: number) => scales.data[scales.data.length === 1 ? 0 : f]!;
  return bias && Float32Array.from(bias.data, (b: number, f: number) => factor * b * input.scale * scaleOf(f));
}

/** Inputs: x, its scale and zero, weights, theirs, result's scale and zero, bias. */
export function qLinearConv(node: OnnxNode): Operand {
  checkOperands(node);
  return onGrid(node, ofValue(convolution(node, weightsOf(node, 0), biasOf(node, 8))), 6);
}

/** Inputs: a, its scale and zero, b, its scale and zero, those of the result. */
export function qLinearMatMul(node: OnnxNode): Operand {
  checkOperands(node);
  if (node.operand(3).kind === 'value')
    return onGrid(node, ofValue(matMulOf(node.context, node.anyValue(0), node.anyValue(3))), 6);
  const weight = weightsOf(node, 1);
  if (weight.shape.length !== 2) node.fail(`its weights are [${weight.shape}]; a matrix is needed`);
  return onGrid(node, product(node, weight), 6);
}

/** Inputs: a, its scale and zero, b, its scale and zero, a bias, scale and zero of the result, which is real without them. */
export function qGemm(node: OnnxNode): Operand {
  checkOperands(node);
  if (node.int('transA', 0) !== 0) node.fail('transA is not supported: it exchanges batch and features');
  const alpha = node.float('alpha', 1);
  const isTurned = node.int('transB', 0) !== 0;
  // The scales of turned weights are those of their rows.
  const given = weightsOf(node, isTurned ? 0 : 1);
  if (given.shape.length !== 2) node.fail(`its weights are [${given.shape}]; a matrix is needed`);
  const turned = isTurned ? turnConstant(node.context.site, node.context.budget, given, [1, 0]) : given;
  const weight = alpha === 1 ? turned : { shape: turned.shape, data: turned.data.map((w: number) => w * alpha) };
  const result = product(node, weight, biasOf(node, 6, alpha));
  return node.has(7) ? onGrid(node, result, 7) : result;
}

/** Inputs: a, its scale and zero, b, its scale and zero, those of the result. */
export function qLinearArithmetic(operation: 'add' | 'multiply') {
  return (node: OnnxNode): Operand =>
    onGrid(node, arithmetic(node.context, operation, realOf(node, 0), realOf(node, 3)), 6);
}

function checkChannels(node: OnnxNode): void {
  if (node.int('channels_last', 0) !== 0)
    node.fail('channels_last is not supported; quantise the model as it was exported');
}

/** Inputs of this and the next ones: x, its scale and zero, those of the result. */
export function qLinearAveragePool(node: OnnxNode): Operand {
  checkChannels(node);
  return onGrid(node, averagePool(node), 3);
}

export function qLinearGlobalAveragePool(node: OnnxNode): Operand {
  checkChannels(node);
  return onGrid(node, globalPoolOf('average')(node), 3);
}

export function qLinearActivation(name: ActivationLayer['function']) {
  return (node: OnnxNode): Operand =>
    onGrid(node, ofValue(activation(node.context.builder, node.context.site, node.anyValue(0), name)), 3);
}

export function qLinearLeakyRelu(node: OnnxNode): Operand {
  return onGrid(node, leakyRelu(node), 3);
}

export function qLinearSoftmax(node: OnnxNode): Operand {
  const { builder, site } = node.context;
  const value = node.anyValue(0);
  const axis = valueAxis(node.context, node.int('axis', -1), value);
  // Up to operator set 12 the axes from `axis` on are one.
  if (node.int('opset', 13) < 13 && axis !== value.shape.length - 1)
    node.fail('a softmax over several axes is not supported; export the model with operator set 13 or later');
  return onGrid(node, ofValue(softmax(builder, site, value, axis)), 3);
}

/** Inputs: scale and zero of the result, then each tensor with its scale and zero. */
export function qLinearConcat(node: OnnxNode): Operand {
  const parts = Array.from({ length: Math.max(0, Math.floor((node.inputCount - 2) / 3)) }, (_, i) =>
    realOf(node, 2 + 3 * i),
  );
  return onGrid(node, join(node.context, parts, node.int('axis', 1)), 0);
}
