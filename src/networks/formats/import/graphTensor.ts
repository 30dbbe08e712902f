/**
 * What ONNX and TensorFlow graphs have in common: nodes take and give operands by name, tensors have a batch axis in
 * front, and one operation works on constants while loading or becomes layers.
 */
import { sizeOf } from '../../../base/batch.js';
import { type Arithmetic, combine, withConstant } from './arithmetic.js';
import { type Constant, constantOf, toFloat32 } from './constant.js';
import {
  axisOf,
  cutConstant,
  type FoldingBudget,
  joinConstants,
  pickConstant,
  reshapeConstant,
  turnConstant,
  zipConstants,
} from './fold.js';
import type { GraphBuilder } from './networkBuilder.js';
import { concat, slice, take, transpose } from './rearrange.js';
import { type Site, siteError } from './site.js';
import { type Operand, ofConstant, ofValue, type Value } from './value.js';

/** What every operation needs. */
export interface Context {
  readonly builder: GraphBuilder;
  readonly budget: FoldingBudget;
  readonly site: Site;
  /** Images a graph computes at once: 1 unless the file fixes another number. */
  readonly batch: number;
}

/** Shape with the batch axis. */
export function fullShape({ batch }: Context, operand: Operand): number[] {
  if (operand.kind === 'constant') return [...operand.constant.shape];
  return operand.value.whole ? [...operand.value.shape] : [batch, ...operand.value.shape];
}

/** The tensor with its batch axis, of length 1, in its shape. */
export function asWhole({ builder, site }: Context, value: Value): Value {
  return value.whole ? value : { ...builder.reshape(site, value, [1, ...value.shape]), whole: true };
}

/** A tensor whose shape has the batch axis, without it where it is in front again. */
export function settled({ builder, site }: Context, value: Value): Value {
  if (!value.whole || value.shape[0] !== 1 || value.shape.length < 2) return value;
  const { whole: _, ...rest } = value;
  return builder.reshape(site, rest, value.shape.slice(1));
}

/** All tensors with the batch axis in their shape, or none. */
export function alike(context: Context, values: readonly Value[]): readonly Value[] {
  return values.some(({ whole }) => whole) ? values.map((value) => asWhole(context, value)) : values;
}

export function asValue({ site }: Context, operand: Operand, what = 'its input'): Value {
  if (operand.kind === 'value') return operand.value;
  throw siteError(site, `${what} is a constant; only tensors computed from the network's input are supported there`);
}

export function asConstant({ site }: Context, operand: Operand, what: string): Constant {
  if (operand.kind === 'constant') return operand.constant;
  throw siteError(site, `${what} is computed while the network runs; only constants are supported there`);
}

/** An axis of the full tensor as one of the value's; the batch axis is refused. */
export function valueAxis({ site }: Context, axis: number, value: Value): number {
  if (value.whole) return axisOf(site, axis, value.shape.length);
  const full = axisOf(site, axis, value.shape.length + 1);
  if (full === 0) throw siteError(site, 'it works along the batch axis; only operations on one image are supported');
  return full - 1;
}

const CALCULATE: Record<Arithmetic, (x: number, y: number) => number> = {
  add: (x, y) => x + y,
  subtract: (x, y) => x - y,
  multiply: (x, y) => x * y,
  divide: (x, y) => x / y,
};

/** a op b for any mixture of constants and values. */
export function arithmetic(context: Context, operation: Arithmetic, a: Operand, b: Operand, whole = false): Operand {
  const { builder, budget, site } = context;
  if (a.kind === 'constant' && b.kind === 'constant') {
    const f = CALCULATE[operation];
    const calculate = whole && operation === 'divide' ? (x: number, y: number) => Math.trunc(x / y) : f;
    return ofConstant(zipConstants(site, budget, a.constant, b.constant, calculate));
  }
  const withOther = (value: Value, constant: Constant, first: boolean) =>
    ofValue(withConstant(builder, site, operation, ranked(context, value, constant.shape.length), constant, first));
  if (b.kind === 'constant') return withOther(asValue(context, a), b.constant, false);
  if (a.kind === 'constant') return withOther(b.value, a.constant, true);
  return ofValue(
    settled(context, combine(builder, site, operation, alike(context, [asValue(context, a), asValue(context, b)]))),
  );
}

/** The tensor with as many axes as what it meets, batch included: axes of 1 in front, where one image is computed at a time. */
function ranked(context: Context, value: Value, rank: number): Value {
  const missing = rank - fullShape(context, ofValue(value)).length;
  if (missing <= 0 || context.batch !== 1) return value;
  const { builder, site } = context;
  const shape = [...new Array<number>(missing).fill(1), ...fullShape(context, ofValue(value))];
  return settled(context, { ...builder.reshape(site, value, shape), whole: true });
}

/** Fills in the -1 of a new shape, and checks it. */
function resolvedShape({ site }: Context, from: readonly number[], shape: readonly number[]): number[] {
  const open = shape.filter((length) => length === -1).length;
  if (open > 1 || shape.some((length) => !Number.isSafeInteger(length) || length < -1))
    throw siteError(site, `the new shape [${shape}] is not one`);
  const known = shape.reduce((product, length) => (length === -1 ? product : product * length), 1);
  return shape.map((length) => (length === -1 ? sizeOf(from) / known : length));
}

/** `shape` counts the batch axis and may hold one -1. */
export function reshape(context: Context, operand: Operand, shape: readonly number[]): Operand {
  const { builder, site, batch } = context;
  const resolved = resolvedShape(context, fullShape(context, operand), shape);
  if (operand.kind === 'constant') return ofConstant(reshapeConstant(site, operand.constant, resolved));
  // A tensor of nothing but the batch axis is one number an image.
  const isMoved = operand.value.whole || resolved[0] !== batch || resolved.length === 1;
  if (isMoved && batch === 1) {
    const { whole: _, ...value } = operand.value;
    return ofValue(settled(context, { ...builder.reshape(site, value, resolved), whole: true }));
  }
  if (isMoved) {
    throw siteError(
      site,
      `it makes [${fullShape(context, operand)}] into [${shape}]; only shapes whose first axis stays the batch are supported`,
    );
  }
  return ofValue(builder.reshape(site, operand.value, resolved.slice(1)));
}

/** A constant as a tensor, so that it can be joined with others: a class token. `like` is any tensor to begin from. */
export function constantValue(context: Context, constant: Constant, like: Value): Value {
  const { builder, site } = context;
  const [first, ...shape] = constant.shape;
  if (first !== 1 || shape.length === 0)
    throw siteError(site, `a constant [${constant.shape}] and a tensor cannot be joined; its batch axis is not 1`);
  const { layer } = builder.flat(site, like);
  const one = builder.emit(site, { kind: 'slice', begin: [0], end: [1], strides: [1] }, [layer]);
  const count = constant.data.length;
  const wide = builder.emit(site, { kind: 'tile', repeats: [count] }, [one]);
  const fields = { kind: 'affine', scale: new Float32Array(count), shift: toFloat32(constant.data) } as const;
  const flat: Value = { layer: builder.emit(site, fields, [wide]), shape: [count], axes: [0] };
  return builder.reshape(site, flat, shape);
}

/** Joins along an axis that counts the batch. */
export function join(context: Context, operands: readonly Operand[], axis: number): Operand {
  const { builder, budget, site } = context;
  if (operands.length === 0) throw siteError(site, 'it joins no tensors');
  const constants = operands.flatMap((operand) => (operand.kind === 'constant' ? [operand.constant] : []));
  if (constants.length === operands.length) {
    return ofConstant(joinConstants(site, budget, constants, axisOf(site, axis, constants[0]!.shape.length)));
  }
  const tensors = operands.flatMap((operand) => (operand.kind === 'value' ? [operand.value] : []));
  const values = alike(
    context,
    operands.map((operand) =>
      operand.kind === 'value' ? operand.value : constantValue(context, operand.constant, tensors[0]!),
    ),
  );
  return ofValue(settled(context, concat(builder, site, values, valueAxis(context, axis, values[0]!))));
}

/** A cut of one axis: begin (inclusive), end (exclusive), step other than 0; numbers beyond the axis are brought to it. */
export interface Cut {
  readonly begin: number;
  readonly end: number;
  readonly step: number;
}

/** Where a cut of `length` elements begins and how many it takes; begin and end may count from the end. */
function resolvedCut({ site }: Context, length: number, { begin, end, step }: Cut) {
  if (step === 0 || ![begin, end, step].every(Number.isInteger)) throw siteError(site, `it cuts by steps of ${step}`);
  const clamp = (x: number) => {
    const positive = x < 0 ? x + length : x;
    return step > 0 ? Math.min(Math.max(positive, 0), length) : Math.min(Math.max(positive, -1), length - 1);
  };
  const first = clamp(begin);
  const count = Math.max(0, Math.ceil((clamp(end) - first) / step));
  return { begin: first, count, stride: step };
}

/** Cuts axes, which count the batch; those not named stay whole. */
export function cut(context: Context, operand: Operand, cuts: ReadonlyMap<number, Cut>): Operand {
  const { builder, budget, site } = context;
  const shape = fullShape(context, operand);
  const resolved = shape.map((length, axis) =>
    resolvedCut(context, length, cuts.get(axis) ?? { begin: 0, end: length, step: 1 }),
  );
  if (operand.kind === 'constant') return ofConstant(cutConstant(site, budget, operand.constant, resolved));
  const [front, ...behind] = resolved as [(typeof resolved)[0], ...typeof resolved];
  const [ofBatch, ofImage] = operand.value.whole
    ? [{ begin: 0, count: context.batch, stride: 1 }, resolved]
    : [front, behind];
  if (ofBatch.begin !== 0 || ofBatch.count !== context.batch || ofBatch.stride !== 1)
    throw siteError(site, 'it cuts the batch axis; only operations on one image are supported');
  const empty = ofImage.findIndex(({ count }) => count === 0);
  if (empty >= 0)
    throw siteError(site, `nothing is left of axis ${empty + shape.length - ofImage.length} of [${shape}]`);
  const forward = ofImage.map(({ begin, count, stride }, axis) =>
    stride > 0
      ? { begin, end: begin + (count - 1) * stride + 1, stride }
      : { begin: 0, end: shape.at(axis - ofImage.length)!, stride: 1 },
  );
  const value = slice(builder, site, operand.value, forward);
  const turned = ofImage.reduce(
    (sofar, { begin, count, stride }, axis) =>
      stride > 0
        ? sofar
        : take(
            builder,
            site,
            sofar,
            axis,
            Array.from({ length: count }, (_, i) => begin + i * stride),
          ),
    value,
  );
  return ofValue(settled(context, turned));
}

/** Picks constant indices of an axis, which counts the batch: the axis becomes those of the indices, a single number drops it. */
export function pick(context: Context, operand: Operand, indices: Constant, axis: number): Operand {
  const { builder, budget, site } = context;
  if (operand.kind === 'constant') {
    const own = axisOf(site, axis, operand.constant.shape.length);
    return ofConstant(pickConstant(site, budget, operand.constant, indices, own));
  }
  const { value } = operand;
  const own = valueAxis(context, axis, value);
  const positive = [...indices.data].map((index) => (index < 0 ? index + value.shape[own]! : index));
  const taken = take(builder, site, value, own, positive);
  if (indices.shape.length === 1) return ofValue(settled(context, taken));
  const rest = taken.shape.flatMap((length, i) => (i === own ? indices.shape : [length]));
  if (!value.whole) return ofValue(builder.reshape(site, taken, rest));
  return ofValue(settled(context, { ...builder.reshape(site, taken, rest), whole: true }));
}

/** Turns axes, which count the batch. */
export function turn(context: Context, operand: Operand, permutation: readonly number[]): Operand {
  const { builder, budget, site } = context;
  if (operand.kind === 'constant') return ofConstant(turnConstant(site, budget, operand.constant, permutation));
  if (operand.value.whole || permutation[0] !== 0) {
    if (context.batch !== 1) throw siteError(site, `it moves the batch axis: [${permutation}]`);
    return ofValue(settled(context, transpose(builder, site, asWhole(context, operand.value), permutation)));
  }
  return ofValue(
    transpose(
      builder,
      site,
      operand.value,
      permutation.slice(1).map((axis) => axis - 1),
    ),
  );
}

/** Without axes of length 1 (counted with the batch); all of them but the batch where none is named. */
export function squeeze(context: Context, operand: Operand, axes: readonly number[] | null): Operand {
  const shape = fullShape(context, operand);
  const dropped = axes
    ? axes.map((axis) => axisOf(context.site, axis, shape.length))
    : shape.flatMap((length, axis) => (length === 1 && (operand.kind === 'constant' || axis > 0) ? [axis] : []));
  const long = dropped.find((axis) => shape[axis] !== 1);
  if (long !== undefined) throw siteError(context.site, `axis ${long} of [${shape}] is not of length 1`);
  return reshape(
    context,
    operand,
    shape.filter((_, axis) => !dropped.includes(axis)),
  );
}

/** With axes of length 1 put in; axes count in the result. */
export function unsqueeze(context: Context, operand: Operand, axes: readonly number[]): Operand {
  const shape = fullShape(context, operand);
  const rank = shape.length + axes.length;
  const added = new Set(axes.map((axis) => axisOf(context.site, axis, rank)));
  if (added.size !== axes.length) throw siteError(context.site, `axes [${axes}] name one twice`);
  const rest = shape.values();
  return reshape(
    context,
    operand,
    Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : rest.next().value!)),
  );
}

/** The full shape as a constant. */
export function shapeOperand(context: Context, operand: Operand): Operand {
  return ofConstant(constantOf(fullShape(context, operand)));
}
