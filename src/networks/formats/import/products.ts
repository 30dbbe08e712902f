/** The matrix product of two tensors that both depend on the image, as attention has it: electronic. */

import type { Constant } from './constant.js';
import { turnConstant } from './fold.js';
import { alike, asWhole, type Context, fullShape, settled } from './graphTensor.js';
import { dense } from './macs.js';
import { broadcastTo, transpose } from './rearrange.js';
import { siteError } from './site.js';
import { ofValue, type Value } from './value.js';

/** With axes of 1 in front, so that it has as many as `rank`. */
function lifted(context: Context, value: Value, rank: number): Value {
  const missing = rank - value.shape.length;
  if (missing === 0) return value;
  const { builder, site } = context;
  const shape = [...new Array<number>(missing).fill(1), ...value.shape];
  const { whole: _, ...rest } = value;
  return { ...builder.reshape(site, rest, shape), whole: true };
}

/** a @ b over the last two axes; axes before them broadcast. */
export function matMulOf(context: Context, a: Value, b: Value): Value {
  const { builder, site } = context;
  const sameRank = a.shape.length === b.shape.length && a.whole === b.whole;
  const pair = sameRank ? [a, b] : [asWhole(context, a), asWhole(context, b)];
  const rank = Math.max(...pair.map(({ shape }) => shape.length));
  const [left, right] = alike(
    context,
    pair.map((value) => lifted(context, value, rank)),
  ) as [Value, Value];
  if (rank < 2 || left.shape.at(-1) !== right.shape.at(-2)) {
    const shapes = [a, b].map((value) => `[${fullShape(context, ofValue(value))}]`).join(' and ');
    throw siteError(site, `${shapes} have no matrix product for one image`);
  }
  const front = left.shape.slice(0, -2).map((length, axis) => Math.max(length, right.shape[axis]!));
  const inputs = [left, right].map((value) =>
    builder.inSourceOrder(site, broadcastTo(builder, site, value, [...front, ...value.shape.slice(-2)])),
  );
  const layer = builder.emit(
    site,
    { kind: 'matMul' },
    inputs.map((input) => input.layer),
  );
  return settled(context, { ...inputs[0]!, layer, shape: [...left.shape.slice(0, -1), right.shape.at(-1)!] });
}

/** weight @ x for a matrix of weights: x turned, a dense layer, and back. */
export function denseFromLeft(context: Context, weight: Constant, value: Value): Value {
  const { builder, site, budget } = context;
  const rank = value.shape.length;
  if (rank < 2) throw siteError(site, `weights [${weight.shape}] in front of [${value.shape}] are not supported`);
  const swap = Array.from({ length: rank }, (_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
  const turned = transpose(builder, site, value, swap);
  const product = dense(builder, site, turned, turnConstant(site, budget, weight, [1, 0]), null);
  return transpose(builder, site, value.whole ? { ...product, whole: true } : product, swap);
}
