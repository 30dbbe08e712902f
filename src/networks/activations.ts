/** Functions of one number that electronics applies to every value: what each computes, and between what its values lie. */
import type { Tensor, Tf } from '../base/tensorflow/tf.js';
import type { ActivationLayer, Interval } from './types.js';

type Name = ActivationLayer['function'];
type Run = (tf: Tf, x: Tensor, alpha: number) => Tensor;

/** Of leakyRelu, where a layer does not say. */
const DEFAULT_SLOPE = 0.01;
/** Klambauer et al. 2017. */
const [SELU_ALPHA, SELU_SCALE] = [1.6732632423543772, 1.0507009873554805];

/** alpha (exp(x) - 1) below zero. */
const elu: Run = (tf, x, alpha) => tf.where(tf.greater(x, 0), x, tf.mul(tf.sub(tf.exp(tf.minimum(x, 0)), 1), alpha));
const hardSigmoid: Run = (tf, x) => tf.div(tf.relu6(tf.add(x, 3)), 6);
/** log(1 + exp(x)), of any x. */
const softplus: Run = (tf, x) => tf.add(tf.relu(x), tf.log1p(tf.exp(tf.neg(tf.abs(x)))));

/** hardSigmoid is relu6(x + 3) / 6 (Howard et al. 2019), and hardSwish x times that; gelu of Hendrycks and Gimpel 2016. */
const RUN: Readonly<Record<Name, Run>> = {
  relu: (tf, x) => tf.relu(x),
  relu6: (tf, x) => tf.relu6(x),
  leakyRelu: (tf, x, alpha) => tf.leakyRelu(x, alpha),
  sigmoid: (tf, x) => tf.sigmoid(x),
  tanh: (tf, x) => tf.tanh(x),
  hardSigmoid,
  hardSwish: (tf, x) => tf.mul(x, hardSigmoid(tf, x, 0)),
  elu,
  selu: (tf, x) => tf.mul(elu(tf, x, SELU_ALPHA), SELU_SCALE),
  gelu: (tf, x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
  geluTanh: (tf, x) => {
    const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI));
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
  },
  softplus,
  mish: (tf, x) => tf.mul(x, tf.tanh(softplus(tf, x, 0))),
  erf: (tf, x) => tf.erf(x),
  exp: (tf, x) => tf.exp(x),
  abs: (tf, x) => tf.abs(x),
  sqrt: (tf, x) => tf.sqrt(x),
  reciprocal: (tf, x) => tf.reciprocal(x),
  power: (tf, x, alpha) => tf.pow(x, alpha),
};

/** Names in the order of the list. */
export const ACTIVATION_FUNCTIONS = Object.keys(RUN) as readonly Name[];

/** The activation of every element. */
export function runActivation(tf: Tf, layer: ActivationLayer, x: Tensor): Tensor {
  return RUN[layer.function](tf, x, layer.alpha ?? (layer.function === 'leakyRelu' ? DEFAULT_SLOPE : 1));
}

const clamp = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);
/** The product as bounds have it: values are finite, so zero times an infinite bound is zero. */
export const times = (a: number, b: number) => (a === 0 || b === 0 ? 0 : a * b);

/** Bounds of a function that is monotone between its turning points. */
function between(f: (x: number) => number, turns: readonly number[], x: Interval): Interval {
  const values = [x[0], x[1], ...turns.filter((turn) => turn > x[0] && turn < x[1])].map(f);
  return [Math.min(...values), Math.max(...values)];
}

/** x relu6(x + 3) / 6, which falls to -0.375 at -1.5 and is 0 below -3. */
const hardSwish = (x: number) => (x <= -3 ? 0 : x >= 3 ? x : (x * (x + 3)) / 6);
/** Of a function that dips to `least` below zero, and is at most x above: not tight. */
const dipping = (x: Interval, least: number): Interval => [x[0] >= 0 ? 0 : least, Math.max(x[1], 0)];

/** Bounds of a power: of an even one, and where x is not negative. */
function power(x: Interval, exponent: number): Interval {
  const f = (value: number) => value ** exponent;
  if (exponent > 0 && (x[0] >= 0 || (Number.isInteger(exponent) && exponent % 2 === 0))) return between(f, [0], x);
  return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
}

/** Bounds of a layer's values from those of its input. */
export function activationBounds(layer: ActivationLayer, x: Interval): Interval {
  switch (layer.function) {
    case 'relu':
      return between((value) => Math.max(value, 0), [], x);
    case 'relu6':
      return between((value) => clamp(value, 0, 6), [], x);
    case 'leakyRelu': {
      const slope = layer.alpha ?? DEFAULT_SLOPE;
      return between((value) => (value < 0 ? times(value, slope) : value), [0], x);
    }
    case 'sigmoid':
      return between((value) => 1 / (1 + Math.exp(-value)), [], x);
    case 'tanh':
      return between(Math.tanh, [], x);
    case 'hardSigmoid':
      return between((value) => clamp((value + 3) / 6, 0, 1), [], x);
    case 'hardSwish':
      return between(hardSwish, [-3, -1.5], x);
    case 'elu': {
      const alpha = layer.alpha ?? 1;
      return between((value) => (value > 0 ? value : alpha * Math.expm1(value)), [0], x);
    }
    case 'selu':
      return between((value) => SELU_SCALE * (value > 0 ? value : SELU_ALPHA * Math.expm1(value)), [], x);
    case 'gelu':
    case 'geluTanh':
      return dipping(x, -0.1701);
    case 'mish':
      return dipping(x, -0.3089);
    case 'softplus':
      return between((value) => Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value))), [], x);
    case 'erf':
      return [x[0] >= 0 ? 0 : -1, x[1] <= 0 ? 0 : 1];
    case 'exp':
      return between(Math.exp, [], x);
    case 'abs':
      return between(Math.abs, [0], x);
    case 'sqrt':
      return between((value) => Math.sqrt(Math.max(value, 0)), [], x);
    case 'reciprocal':
      if (x[0] <= 0 && x[1] >= 0) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
      return between((value) => 1 / value, [], x);
    case 'power':
      return power(x, layer.alpha ?? 1);
    default:
      return layer.function satisfies never;
  }
}
