/** Activations and arithmetic. */
import { sizeOf } from '../../../base/batch.js';
import type { ActivationLayer } from '../../types.js';
import {
  type Arithmetic,
  activation,
  affine,
  clip,
  combine,
  hardSigmoid,
  parametricRelu,
  softmax,
} from '../import/arithmetic.js';
import { mapConstant, zipConstants } from '../import/fold.js';
import { arithmetic, valueAxis } from '../import/graphTensor.js';
import { extreme } from '../import/reduce.js';
import { type Operand, ofConstant, ofValue } from '../import/value.js';
import type { OnnxNode } from './onnxNode.js';

export function activationOf(name: ActivationLayer['function']) {
  return (node: OnnxNode): Operand =>
    ofValue(activation(node.context.builder, node.context.site, node.anyValue(0), name));
}

/** An activation that is also computed on constants. */
export function functionOf(name: ActivationLayer['function'], f: (x: number) => number) {
  return (node: OnnxNode): Operand =>
    node.operand(0).kind === 'constant' ? constantFunction(f)(node) : activationOf(name)(node);
}

export function eluOf(node: OnnxNode): Operand {
  const { builder, site } = node.context;
  return ofValue(activation(builder, site, node.anyValue(0), 'elu', node.float('alpha', 1)));
}

/** With factors of its own it is an elu, scaled. */
export function seluOf(node: OnnxNode): Operand {
  const { builder, site } = node.context;
  const [alpha, gamma] = [node.float('alpha', 1.6732632), node.float('gamma', 1.050701)];
  const value = node.anyValue(0);
  if (Math.abs(alpha - 1.6732632) < 1e-6 && Math.abs(gamma - 1.050701) < 1e-6)
    return ofValue(activation(builder, site, value, 'selu'));
  return ofValue(affine(builder, site, activation(builder, site, value, 'elu', alpha), gamma, 0));
}

export function geluOf(node: OnnxNode): Operand {
  const { builder, site } = node.context;
  const kind = node.string('approximate', 'none');
  if (kind !== 'none' && kind !== 'tanh') node.fail(`approximate '${kind}' is neither none nor tanh`);
  return ofValue(activation(builder, site, node.anyValue(0), kind === 'none' ? 'gelu' : 'geluTanh'));
}

/** A power of one constant exponent. */
export function powOf(node: OnnxNode): Operand {
  const { builder, site, budget } = node.context;
  const exponent = node.constant(1);
  const base = node.operand(0);
  if (base.kind === 'constant') return ofConstant(zipConstants(site, budget, base.constant, exponent, Math.pow));
  const [power] = exponent.data;
  if (exponent.data.length !== 1 || power === undefined || !Number.isFinite(power))
    node.fail(`its exponent is [${exponent.shape}]; one number is needed`);
  if (power === 1) return base;
  if (power === 2) return ofValue(combine(builder, site, 'multiply', [base.value, base.value]));
  if (power === 0.5) return ofValue(activation(builder, site, base.value, 'sqrt'));
  return ofValue(activation(builder, site, base.value, 'power', power));
}

export function leakyRelu(node: OnnxNode): Operand {
  const { builder, site } = node.context;
  return ofValue(activation(builder, site, node.anyValue(0), 'leakyRelu', node.float('alpha', 0.01)));
}

export function pRelu(node: OnnxNode): Operand {
  return ofValue(parametricRelu(node.context.builder, node.context.site, node.anyValue(0), node.constant(1)));
}

export function hardSigmoidOf(node: OnnxNode): Operand {
  const { builder, site } = node.context;
  return ofValue(hardSigmoid(builder, site, node.anyValue(0), node.float('alpha', 0.2), node.float('beta', 0.5)));
}

export function clipOf(node: OnnxNode): Operand {
  const { builder, site } = node.context;
  const limit = (name: 'min' | 'max', index: number, otherwise: number) => {
    const given = node.float(name, otherwise);
    const constant = node.optionalConstant(index);
    if (!constant) return Math.abs(given) >= 3.4028234e38 ? otherwise : given;
    if (constant.data.length !== 1) node.fail(`its limit ${name} is [${constant.shape}]; a single number is needed`);
    return Math.abs(constant.data[0]!) >= 3.4028234e38 ? Math.sign(constant.data[0]!) * Infinity : constant.data[0]!;
  };
  const [low, high] = [limit('min', 1, -Infinity), limit('max', 2, Infinity)];
  const value = node.anyValue(0);
  if (low === 0 && high === Infinity) return ofValue(activation(builder, site, value, 'relu'));
  if (low === 0 && high === 6) return ofValue(activation(builder, site, value, 'relu6'));
  return ofValue(clip(builder, site, value, low, high));
}

/** Softmax, and at the graph's end log-softmax, which differs from it by the same number for all classes. */
export function softmaxOf(node: OnnxNode): Operand {
  const { builder, site } = node.context;
  if (node.proto.opType === 'LogSoftmax' && !node.isOutput)
    node.fail('a logarithm within the network is not supported; it may only come last');
  const value = node.anyValue(0);
  if (node.opset >= 13)
    return ofValue(softmax(builder, site, value, valueAxis(node.context, node.int('axis', -1), value)));
  // Up to operator set 12 the axes from `axis` on are one.
  const axis = valueAxis(node.context, node.int('axis', 1), value);
  const joined = builder.reshape(site, value, [...value.shape.slice(0, axis), sizeOf(value.shape.slice(axis))]);
  const shaped = builder.reshape(site, softmax(builder, site, joined, axis), value.shape);
  return ofValue(value.whole ? { ...shaped, whole: true } : shaped);
}

/** Two operands, or for Sum one and more. */
export function arithmeticOf(operation: Arithmetic) {
  return (node: OnnxNode): Operand => {
    node.ignore('broadcast', 'consumed_inputs');
    if (node.opset < 7 && node.ints('axis'))
      node.fail('broadcasting from an axis is not supported; use operator set 7 or later');
    const [first, ...others] = node.all();
    if (!first || (node.proto.opType !== 'Sum' && others.length !== 1)) node.fail(`it has ${node.inputCount} inputs`);
    const isWhole = (operand: Operand) => operand.kind === 'constant' && operand.constant.data instanceof Float64Array;
    return others.reduce(
      (sum, other) => arithmetic(node.context, operation, sum, other, isWhole(sum) && isWhole(other)),
      first,
    );
  };
}

/** Min and Max: of constants, of a tensor and one number, or of tensors. */
export function extremeOf(name: 'min' | 'max') {
  return (node: OnnxNode): Operand => extreme(node.context, name, node.all());
}

export function negate(node: OnnxNode): Operand {
  const operand = node.operand(0);
  const { builder, site, budget } = node.context;
  if (operand.kind === 'constant') return ofConstant(mapConstant(site, budget, operand.constant, (x) => -x));
  return ofValue(affine(builder, site, operand.value, -1, 0));
}

/** A function that is only known for constants. */
export function constantFunction(f: (x: number) => number) {
  return (node: OnnxNode): Operand =>
    ofConstant(mapConstant(node.context.site, node.context.budget, node.constant(0), f));
}

/** What is left of a division of constants, with the sign of the divisor, or (fmod) of the dividend. */
export function modOf(node: OnnxNode): Operand {
  const isFmod = node.int('fmod', 0) !== 0;
  const left = (x: number, y: number) => (isFmod ? x % y : x - y * Math.floor(x / y));
  return ofConstant(zipConstants(node.context.site, node.context.budget, node.constant(0), node.constant(1), left));
}

export function constantComparison(f: (x: number, y: number) => boolean) {
  return (node: OnnxNode): Operand =>
    ofConstant(
      zipConstants(node.context.site, node.context.budget, node.constant(0), node.constant(1), (x, y) =>
        Number(f(x, y)),
      ),
    );
}
