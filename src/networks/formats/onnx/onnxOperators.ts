/** ONNX operators by name. A new one is a function in a file beside this and a line here. */
import type { Operand } from '../import/value.js';
import * as e from './elementwise.js';
import * as n from './normalisation.js';
import { isStandard, type OnnxNode } from './onnxNode.js';
import * as l from './qLinear.js';
import * as q from './quantised.js';
import * as s from './shaping.js';
import * as w from './windows.js';

type Operators = Readonly<Record<string, (node: OnnxNode) => Operand | Operand[]>>;

export const OPERATORS: Operators = {
  Abs: e.functionOf('abs', Math.abs),
  Add: e.arithmeticOf('add'),
  AveragePool: w.averagePool,
  BatchNormalization: w.batchNormalization,
  Cast: s.castOf,
  Ceil: e.constantFunction(Math.ceil),
  Clip: e.clipOf,
  Concat: s.concatOf,
  Constant: s.constantNode,
  ConstantOfShape: s.constantOfShape,
  Conv: w.conv,
  ConvInteger: q.convInteger,
  ConvTranspose: w.convTranspose,
  DequantizeLinear: q.dequantizeLinear,
  Div: e.arithmeticOf('divide'),
  Dropout: s.passThrough,
  DynamicQuantizeLinear: q.dynamicQuantizeLinear,
  Elu: e.eluOf,
  Equal: e.constantComparison((x, y) => x === y),
  Erf: e.activationOf('erf'),
  Exp: e.functionOf('exp', Math.exp),
  Expand: s.expandOf,
  Flatten: s.flattenOf,
  Floor: e.constantFunction(Math.floor),
  Gather: s.gatherOf,
  Gelu: e.geluOf,
  Gemm: w.gemm,
  GlobalAveragePool: w.globalPoolOf('average'),
  GlobalMaxPool: w.globalPoolOf('max'),
  Greater: e.constantComparison((x, y) => x > y),
  GroupNormalization: n.groupNormalization,
  HardSigmoid: e.hardSigmoidOf,
  HardSwish: e.activationOf('hardSwish'),
  Identity: s.passThrough,
  InstanceNormalization: n.instanceNormalization,
  LayerNormalization: n.layerNormalization,
  LeakyRelu: e.leakyRelu,
  Less: e.constantComparison((x, y) => x < y),
  LogSoftmax: e.softmaxOf,
  MatMul: w.matMul,
  MatMulInteger: q.matMulInteger,
  Max: e.extremeOf('max'),
  MaxPool: w.maxPool,
  Min: e.extremeOf('min'),
  Mish: e.activationOf('mish'),
  Mod: e.modOf,
  Mul: e.arithmeticOf('multiply'),
  Neg: e.negate,
  PRelu: e.pRelu,
  Pad: s.padOf,
  Pow: e.powOf,
  QLinearConv: l.qLinearConv,
  QLinearMatMul: l.qLinearMatMul,
  QuantizeLinear: q.quantizeLinear,
  Range: s.rangeOf,
  Reciprocal: e.functionOf('reciprocal', (x) => 1 / x),
  ReduceMax: w.reduceOf('max'),
  ReduceMean: w.reduceOf('mean'),
  ReduceProd: s.reduceProduct,
  ReduceSum: w.reduceOf('sum'),
  Relu: e.activationOf('relu'),
  Reshape: s.reshapeOf,
  Resize: n.resizeOf,
  Selu: e.seluOf,
  Shape: s.shapeOf,
  Sigmoid: e.activationOf('sigmoid'),
  Slice: s.sliceOf,
  Softmax: e.softmaxOf,
  Softplus: e.activationOf('softplus'),
  Split: s.splitOf,
  Sqrt: e.functionOf('sqrt', Math.sqrt),
  Squeeze: s.squeezeOf,
  Sub: e.arithmeticOf('subtract'),
  Sum: e.arithmeticOf('add'),
  Tanh: e.activationOf('tanh'),
  Tile: s.tileOf,
  Transpose: s.transposeOf,
  Unsqueeze: s.unsqueezeOf,
  Upsample: n.resizeOf,
  Where: s.whereOf,
};

/** Of ONNX Runtime itself: what its quantiser writes. */
export const RUNTIME_OPERATORS: Operators = {
  DequantizeLinear: q.dequantizeLinear,
  DynamicQuantizeMatMul: q.dynamicQuantizeMatMul,
  QGemm: l.qGemm,
  QLinearAdd: l.qLinearArithmetic('add'),
  QLinearAveragePool: l.qLinearAveragePool,
  QLinearConcat: l.qLinearConcat,
  QLinearGlobalAveragePool: l.qLinearGlobalAveragePool,
  QLinearLeakyRelu: l.qLinearLeakyRelu,
  QLinearMul: l.qLinearArithmetic('multiply'),
  QLinearSigmoid: l.qLinearActivation('sigmoid'),
  QLinearSoftmax: l.qLinearSoftmax,
  QuantizeLinear: q.quantizeLinear,
};

/** Undefined where nobody here knows it. */
export function operatorOf(domain: string, name: string): Operators[string] | undefined {
  const operators = isStandard(domain) ? OPERATORS : domain === 'com.microsoft' ? RUNTIME_OPERATORS : {};
  return Object.hasOwn(operators, name) ? operators[name] : undefined;
}
