/** Shapes: reshaping, cutting, joining, padding, and the arithmetic exporters write for it. */
import { sizeOf } from '../../../base/batch.js';
import type { Pair } from '../../types.js';
import { broadcastConstant, type Constant, constantOf } from '../import/constant.js';
import { axisOf, broadcastShape, filledConstant, rangeConstant, wholeNumbers, zipConstants } from '../import/fold.js';
import {
  asValue,
  type Cut,
  cut,
  fullShape,
  join,
  pick,
  reshape,
  settled,
  squeeze,
  turn,
  unsqueeze,
} from '../import/graphTensor.js';
import { broadcastTo, type PadMode, pad, padWithInput } from '../import/rearrange.js';
import { type Operand, ofConstant, ofValue } from '../import/value.js';
import type { OnnxNode } from './onnxNode.js';

/** What stands for "to the end" in a slice: any number this large. */
const FAR = 2 ** 31 - 1;

export function reshapeOf(node: OnnxNode): Operand {
  const shape = node.numbers('shape', 1) ?? node.fail('its new shape is missing');
  const copyZero = node.int('allowzero', 0) === 0;
  const old = fullShape(node.context, node.operand(0));
  return reshape(
    node.context,
    node.operand(0),
    shape.map((length, axis) => (length === 0 && copyZero ? (old[axis] ?? 0) : length)),
  );
}

export function flattenOf(node: OnnxNode): Operand {
  const old = fullShape(node.context, node.operand(0));
  const axis = node.int('axis', 1);
  const at = axis === old.length ? axis : axisOf(node.context.site, axis, old.length);
  return reshape(node.context, node.operand(0), [sizeOf(old.slice(0, at)), sizeOf(old.slice(at))]);
}

export const squeezeOf = (node: OnnxNode) => squeeze(node.context, node.operand(0), node.numbers('axes', 1));

export const unsqueezeOf = (node: OnnxNode) =>
  unsqueeze(node.context, node.operand(0), node.numbers('axes', 1) ?? node.fail('its axes are missing'));

export function transposeOf(node: OnnxNode): Operand {
  const rank = fullShape(node.context, node.operand(0)).length;
  return turn(node.context, node.operand(0), node.ints('perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i));
}

export function concatOf(node: OnnxNode): Operand {
  return join(node.context, node.all(), node.int('axis', 1));
}

export function sliceOf(node: OnnxNode): Operand {
  const starts = node.numbers('starts', 1) ?? node.fail('its starts are missing');
  const ends = node.numbers('ends', 2) ?? node.fail('its ends are missing');
  const axes = node.numbers('axes', 3) ?? starts.map((_, i) => i);
  const steps = (node.has(4) ? node.numbers('steps', 4) : null) ?? starts.map(() => 1);
  if ([ends, axes, steps].some((list) => list.length !== starts.length))
    node.fail('starts, ends, axes and steps differ in length');
  const operand = node.operand(0);
  const rank = fullShape(node.context, operand).length;
  const near = (x: number) => Math.max(-FAR, Math.min(FAR, x));
  const cuts = new Map<number, Cut>();
  for (const [i, axis] of axes.entries()) {
    cuts.set(axisOf(node.context.site, axis, rank), { begin: near(starts[i]!), end: near(ends[i]!), step: steps[i]! });
  }
  return cut(node.context, operand, cuts);
}

export function splitOf(node: OnnxNode): Operand[] {
  const operand = node.operand(0);
  const shape = fullShape(node.context, operand);
  const axis = axisOf(node.context.site, node.int('axis', 0), shape.length);
  const count = node.proto.output.length;
  node.ignore('num_outputs');
  const piece = Math.ceil(shape[axis]! / count);
  const parts =
    node.numbers('split', 1) ?? Array.from({ length: count }, (_, i) => Math.min(piece, shape[axis]! - i * piece));
  if (parts.length !== count || parts.reduce((sum, part) => sum + part, 0) !== shape[axis])
    node.fail(`it splits ${shape[axis]} elements into [${parts}] for ${count} outputs`);
  let begin = 0;
  return parts.map((part) => {
    const piece = cut(node.context, operand, new Map([[axis, { begin, end: begin + part, step: 1 }]]));
    begin += part;
    return piece;
  });
}

export function gatherOf(node: OnnxNode): Operand {
  return pick(node.context, node.operand(0), node.constant(1), node.int('axis', 0));
}

export function padOf(node: OnnxNode): Operand {
  const mode = node.string('mode', 'constant');
  if (!['constant', 'reflect', 'edge', 'wrap'].includes(mode))
    node.fail(`mode '${mode}' is not supported; constant, reflect, edge and wrap are`);
  const value = node.value(0);
  const rank = value.shape.length + 1;
  const given = node.ints('paddings') ?? node.numbers('pads', 1) ?? node.fail('its pads are missing');
  const axes = node.has(3)
    ? wholeNumbers(node.context.site, 'its axes', node.constant(3)).map((axis) => axisOf(node.context.site, axis, rank))
    : Array.from({ length: rank }, (_, axis) => axis);
  if (given.length !== 2 * axes.length) node.fail(`its pads [${given}] are not two for each of ${axes.length} axes`);
  const sides = new Map(axes.map((axis, i): [number, Pair] => [axis, [given[i]!, given[i + axes.length]!]]));
  if (sides.get(0)?.some((side) => side !== 0))
    node.fail('it pads the batch axis; only operations on one image are supported');
  const filler = node.has(2) ? (node.constant(2).data[0] ?? 0) : node.float('value', 0);
  const padding = value.shape.map((_, axis): Pair => sides.get(axis + 1) ?? [0, 0]);
  if (mode !== 'constant') {
    const { builder, site } = node.context;
    return ofValue(padWithInput(builder, site, value, padding, mode as PadMode));
  }
  return ofValue(pad(node.context.builder, node.context.site, value, padding, filler));
}

export function shapeOf(node: OnnxNode): Operand {
  const shape = fullShape(node.context, node.operand(0));
  const start = node.int('start', 0);
  return ofConstant(constantOf(shape.slice(start, node.int('end', shape.length))));
}

export function constantNode(node: OnnxNode): Operand {
  const tensor = node.tensor('value');
  if (tensor) return ofConstant(tensor);
  const integers = node.ints('value_ints');
  if (integers) return ofConstant(constantOf(integers));
  const reals = node.floats('value_floats');
  if (reals) return ofConstant({ shape: [reals.length], data: Float32Array.from(reals) });
  const integer = node.int('value_int', Number.NaN);
  if (!Number.isNaN(integer)) return ofConstant(constantOf([integer], []));
  const real = node.float('value_float', Number.NaN);
  if (Number.isNaN(real)) node.fail('it holds no numbers; only numbers are supported');
  return ofConstant({ shape: [], data: Float32Array.of(real) });
}

export function constantOfShape(node: OnnxNode): Operand {
  const shape = wholeNumbers(node.context.site, 'its shape', node.constant(0));
  const value = node.tensor('value')?.data ?? Float32Array.of(0);
  return ofConstant(filledConstant(node.context.site, node.context.budget, shape, value));
}

/** Integer types of ONNX, to which a cast cuts off fractions. */
const INTEGERS = [2, 3, 4, 5, 6, 7, 9, 12, 13];

export function castOf(node: OnnxNode): Operand {
  const to = node.int('to', 1);
  node.ignore('saturate');
  const operand = node.operand(0);
  if (operand.kind === 'constant') {
    const { site, budget } = node.context;
    const { shape, data } = operand.constant;
    budget.spend(site, data.length);
    return ofConstant({
      shape,
      data: INTEGERS.includes(to) ? Float64Array.from(data, Math.trunc) : Float32Array.from(data),
    });
  }
  if (INTEGERS.includes(to)) node.fail('a cast to integers within the network is not supported');
  return operand;
}

/** Repeated so many times along each axis; the batch only once. */
export function tileOf(node: OnnxNode): Operand {
  const { builder, site, batch } = node.context;
  const repeats = wholeNumbers(site, 'its repeats', node.constant(1));
  const old = fullShape(node.context, node.operand(0));
  if (repeats.length !== old.length || repeats.some((count) => count < 1))
    node.fail(`it repeats [${old}] by [${repeats}]; a number from 1 on for each axis is needed`);
  const operand = node.operand(0);
  if (operand.kind === 'constant') {
    const joined = repeats.reduce(
      (sofar: Operand, count, axis) => join(node.context, new Array<Operand>(count).fill(sofar), axis),
      operand,
    );
    return joined;
  }
  const value = node.value(0);
  if (repeats[0] !== 1) node.fail(`it repeats the batch axis of ${batch}; only operations on one image are supported`);
  const given = builder.materialised(site, value);
  const own = given.axes.map((axis) => repeats[axis + 1]!);
  const layer = builder.emit(site, { kind: 'tile', repeats: own }, [given.layer]);
  return ofValue({ ...given, layer, shape: given.shape.map((length, axis) => length * repeats[axis + 1]!) });
}

/** A constant or a tensor repeated to a shape. */
export function expandOf(node: OnnxNode): Operand {
  const { site, budget } = node.context;
  const wanted = wholeNumbers(site, 'its shape', node.constant(1));
  const operand = node.operand(0);
  if (operand.kind === 'value') {
    const full = broadcastShape(site, fullShape(node.context, operand), wanted);
    const extra = full.length - fullShape(node.context, operand).length;
    const lifted =
      extra > 0
        ? reshape(node.context, operand, [...full.slice(0, extra).map(() => 1), ...fullShape(node.context, operand)])
        : operand;
    const value = asValue(node.context, lifted);
    const shape = value.whole ? full : full.slice(1);
    if (!value.whole && full[0] !== node.context.batch)
      node.fail(`it repeats the batch axis to ${full[0]}; only operations on one image are supported`);
    return ofValue(settled(node.context, broadcastTo(node.context.builder, site, value, shape)));
  }
  const { constant } = operand;
  const shape = broadcastShape(site, constant.shape, wanted);
  budget.spend(site, sizeOf(shape));
  return ofConstant(broadcastConstant(constant, shape));
}

export function whereOf(node: OnnxNode): Operand {
  const { site, budget } = node.context;
  const [condition, a, b] = [0, 1, 2].map((index) => node.constant(index)) as [Constant, Constant, Constant];
  const chosen = zipConstants(site, budget, condition, a, (c, x) => (c ? x : Number.NaN));
  return ofConstant(zipConstants(site, budget, chosen, b, (x, y) => (Number.isNaN(x) ? y : x)));
}

export function rangeOf(node: OnnxNode): Operand {
  const [first, limit, step] = [0, 1, 2].map((index) => node.constant(index).data[0] ?? Number.NaN) as [
    number,
    number,
    number,
  ];
  if (![first, limit, step].every(Number.isFinite) || step === 0)
    node.fail(`it counts from ${first} to ${limit} by ${step}`);
  return ofConstant(rangeConstant(node.context.site, node.context.budget, first, limit, step));
}

export function reduceProduct(node: OnnxNode): Operand {
  const constant = node.constant(0);
  node.ignore('keepdims', 'noop_with_empty_axes');
  const axes = node.numbers('axes', 1);
  if (constant.shape.length > 1 || (axes && axes.length > 1)) node.fail('only the product of a list is supported');
  return ofConstant(constantOf([sizeOf([...constant.data])], node.int('keepdims', 1) ? [1] : []));
}

/** Nothing happens when the network runs: Identity, Dropout. */
export function passThrough(node: OnnxNode): Operand {
  node.ignore('ratio', 'seed', 'is_test', 'consumed_inputs');
  if (node.has(2) && node.constant(2).data[0] !== 0) node.fail('training_mode is on; export the network for inference');
  return node.operand(0);
}
