/** Keras activations by name. */

import { printable, printableValue } from '../../../base/text/printable.js';
import { activation, hardSigmoid, softmax, swish } from '../import/arithmetic.js';
import type { GraphBuilder } from '../import/networkBuilder.js';
import { type Site, unsupported } from '../import/site.js';
import type { Value } from '../import/value.js';
import { isObject } from './config.js';

/** Settings that differ between Keras versions. */
export interface KerasDialect {
  /** Major version; TensorFlow.js layers count as 2. */
  readonly major: 2 | 3;
}

type Apply = (builder: GraphBuilder, site: Site, value: Value, dialect: KerasDialect) => Value;

const named =
  (name: Parameters<typeof activation>[3], alpha?: number): Apply =>
  (builder, site, value) =>
    activation(builder, site, value, name, alpha);

const ACTIVATIONS: Readonly<Record<string, Apply>> = {
  linear: (_builder, _site, value) => value,
  relu: named('relu'),
  relu6: named('relu6'),
  leaky_relu: named('leakyRelu', 0.2),
  sigmoid: named('sigmoid'),
  tanh: named('tanh'),
  hard_swish: named('hardSwish'),
  hard_silu: named('hardSwish'),
  softmax: (builder, site, value) => softmax(builder, site, value, value.shape.length - 1),
  swish: (builder, site, value) => swish(builder, site, value),
  silu: (builder, site, value) => swish(builder, site, value),
  // Keras 3 took over PyTorch's definition, relu6(x + 3) / 6.
  hard_sigmoid: (builder, site, value, { major }) =>
    major === 3 ? activation(builder, site, value, 'hardSigmoid') : hardSigmoid(builder, site, value, 0.2, 0.5),
};

/** TensorFlow.js writes some names in its own spelling. */
const SPELLINGS: Readonly<Record<string, string>> = { hardSigmoid: 'hard_sigmoid', leakyRelu: 'leaky_relu' };

/** Applies what a configuration calls an activation: a name, null, or a serialised function. */
export function applyActivation(
  builder: GraphBuilder,
  site: Site,
  value: Value,
  given: unknown,
  dialect: KerasDialect,
): Value {
  if (given === null || given === undefined) return value;
  const inner = isObject(given) ? (typeof given['config'] === 'string' ? given['config'] : given['class_name']) : given;
  const name = typeof inner === 'string' ? (SPELLINGS[inner] ?? inner) : '';
  if (!Object.hasOwn(ACTIVATIONS, name)) {
    const shown = typeof inner === 'string' ? printable(inner) : printableValue(given);
    throw unsupported(site, `the activation '${shown}'`);
  }
  return ACTIVATIONS[name]!(builder, site, value, dialect);
}
