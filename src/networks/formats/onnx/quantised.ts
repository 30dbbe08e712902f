/**
 * Quantised models of ONNX: QuantizeLinear and DequantizeLinear around ordinary operators (QDQ), operators on codes
 * (QLinear... in qLinear.ts, ...Integer), and dynamic quantisation. Tensors of codes are kept as the numbers they stand for: a
 * quantiser puts values on its grid, and what takes codes takes those values; weights are their codes times their scale.
 */
import { TensorProto_DataType as Type } from 'onnx-buf';
import type { Pair } from '../../types.js';
import { type Constant, constantOf, stridesOf, toFloat32 } from '../import/constant.js';
import { turnConstant } from '../import/fold.js';
import { settled } from '../import/graphTensor.js';
import { conv2d, dense } from '../import/macs.js';
import { type ConstantGrids, dequantised, type Grid, quantise, toEven, withGrids } from '../import/quantise.js';
import { type Operand, ofConstant, ofValue, type Value } from '../import/value.js';
import type { OnnxNode } from './onnxNode.js';
import { paddingOf } from './windows.js';

/** First and last code of a type. */
const CODES: Partial<Record<Type, Pair>> = {
  [Type.UINT8]: [0, 255],
  [Type.INT8]: [-128, 127],
  [Type.UINT16]: [0, 65_535],
  [Type.INT16]: [-32_768, 32_767],
};

/** Scale and zero point of a whole tensor, inputs `at` and `at + 1`. */
export function gridOf(node: OnnxNode, at: number): Grid {
  const scale = node.constant(at);
  const zero = node.optionalConstant(at + 1);
  if (scale.data.length !== 1 || (zero && zero.data.length !== 1))
    node.fail(`its scale is [${scale.shape}]: activations on a grid for each channel are not supported; use one scale`);
  return { scale: Math.fround(scale.data[0]!), zeroPoint: zero?.data[0] ?? 0 };
}

function codesOf(node: OnnxNode, zeroAt: number): Pair {
  const type = node.typeOf(zeroAt) ?? (node.int('output_dtype', 0) || Type.UINT8);
  return CODES[type as Type] ?? node.fail(`its codes are of type ${Type[type] ?? type}; 8 and 16 bits are supported`);
}

/** The tensor on the grid of inputs `at` and `at + 1`. */
export function quantised(node: OnnxNode, value: Value, at: number): Value {
  const { builder, site } = node.context;
  return quantise(builder, site, value, gridOf(node, at), codesOf(node, at + 1));
}

/** Grids of a constant, inputs `scaleAt` and `scaleAt + 1`; `otherwise` is the axis where the node does not name it. */
export function gridsOf(node: OnnxNode, scaleAt: number, otherwise = 1): ConstantGrids {
  if (node.int('block_size', 0) !== 0) node.fail('block_size is not supported; quantise by tensor or channel');
  const zeroPoints = node.optionalConstant(scaleAt + 1)?.data ?? [];
  return { scales: node.constant(scaleAt).data, zeroPoints, axis: node.int('axis', otherwise) };
}

export function quantizeLinear(node: OnnxNode): Operand {
  node.ignore('saturate', 'precision');
  const given = node.operand(0);
  const codes = codesOf(node, 2);
  if (given.kind === 'constant') {
    const [low, high] = codes;
    const { site, budget } = node.context;
    const data = withGrids(site, budget, given.constant, gridsOf(node, 1), (x, scale, zero) =>
      Math.min(Math.max(toEven(Math.fround(x / scale)) + zero, low), high),
    );
    return ofConstant(constantOf([...data], given.constant.shape));
  }
  node.ignore('axis', 'block_size');
  return ofValue(quantised(node, given.value, 1));
}

export function dequantizeLinear(node: OnnxNode): Operand {
  node.ignore('output_dtype');
  const given = node.operand(0);
  if (given.kind === 'value') {
    node.ignore('axis', 'block_size');
    return given;
  }
  return ofConstant(dequantised(node.context.site, node.context.budget, given.constant, gridsOf(node, 1)));
}

/** Its tensor is on its grid already: as a scale 1 stands, and 0 as the zero point. */
export function dynamicQuantizeLinear(node: OnnxNode): Operand[] {
  const { builder, site } = node.context;
  const value = builder.map(site, { kind: 'dynamicQuantise' }, node.anyValue(0));
  return [ofValue(value), ofConstant({ shape: [], data: Float32Array.of(1) }), ofConstant(constantOf([0], []))];
}

/** Codes of weights less their zero point, which is one number, or one for each of the last axis (`axis`). */
function centred(node: OnnxNode, weight: Constant, zeroAt: number, axis: number): Constant {
  const zero = node.optionalConstant(zeroAt);
  if (!zero) return weight;
  const count = zero.data.length;
  if (count !== 1 && count !== weight.shape[axis]) node.fail(`it has ${count} zero points for [${weight.shape}]`);
  const step = stridesOf(weight.shape)[axis]!;
  const data = weight.data.map(
    (code: number, i: number) => code - zero.data[count === 1 ? 0 : Math.floor(i / step) % count]!,
  );
  return { shape: weight.shape, data: Float32Array.from(data) };
}

/** What its first input stands for has its zero point taken off already. */
export function checkOperands(node: OnnxNode): void {
  if (node.operand(0).kind !== 'value') node.fail('its input 0 is a constant; only activations are supported there');
}

/** The operator of ONNX Runtime that quantises its input, multiplies and scales: inputs are x, weights, theirs, a bias. */
export function dynamicQuantizeMatMul(node: OnnxNode): Operand {
  const { builder, site, budget } = node.context;
  const weight = dequantised(site, budget, node.constant(1), gridsOf(node, 2));
  if (weight.shape.length !== 2) node.fail(`its weights are [${weight.shape}]; a matrix is needed`);
  const value = builder.map(site, { kind: 'dynamicQuantise' }, node.anyValue(0));
  const bias = node.optionalConstant(4);
  const result = dense(builder, site, value, weight, bias && toFloat32(bias.data));
  return ofValue(value.whole ? settled(node.context, { ...result, whole: true }) : result);
}

export function matMulInteger(node: OnnxNode): Operand {
  checkOperands(node);
  const weight = node.constant(1);
  if (weight.shape.length !== 2) node.fail(`its weights are [${weight.shape}]; a matrix is needed`);
  return product(node, centred(node, weight, 3, 1));
}

export function product(node: OnnxNode, weight: Constant, bias: Float32Array | null = null): Operand {
  const { builder, site } = node.context;
  const value = node.anyValue(0);
  const result = dense(builder, site, value, weight, bias);
  return ofValue(value.whole ? settled(node.context, { ...result, whole: true }) : result);
}

export function convolution(node: OnnxNode, weight: Constant, bias: Float32Array | null): Value {
  const { builder, site, budget } = node.context;
  if (weight.shape.length !== 4)
    node.fail(`its kernel is [${weight.shape}]; only convolutions over rows and columns are supported`);
  node.pair('kernel_shape', [weight.shape[2]!, weight.shape[3]!]);
  return conv2d(builder, site, node.value(0), 0, {
    weight: turnConstant(site, budget, weight, [2, 3, 1, 0]),
    bias,
    strides: node.pair('strides', [1, 1]),
    padding: paddingOf(node),
    dilation: node.pair('dilations', [1, 1]),
    groups: node.int('group', 1),
  });
}

export function convInteger(node: OnnxNode): Operand {
  checkOperands(node);
  return ofValue(convolution(node, centred(node, node.constant(1), 3, 0), null));
}
