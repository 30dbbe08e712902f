/** Slices and splits as TensorFlow writes them, on operands. Axes count the batch. */
import { type Context, type Cut, cut, fullShape, squeeze } from './graphTensor.js';
import { siteError } from './site.js';
import type { Operand } from './value.js';

/** What stands for "to the end". */
const FAR = 2 ** 31 - 1;

/** Bit i of a mask. */
const isSet = (mask: number, i: number) => Math.floor(mask / 2 ** i) % 2 === 1;

/** A slice of StridedSlice: bit i of a mask opens or drops axis i. */
export interface StridedSlice {
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly strides: readonly number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly shrinkMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
}

export function stridedSlice(context: Context, operand: Operand, given: StridedSlice): Operand {
  const { begin, end, strides, shrinkMask } = given;
  if (given.ellipsisMask !== 0 || given.newAxisMask !== 0)
    throw siteError(context.site, 'an ellipsis or a new axis within a slice is not supported');
  const shape = fullShape(context, operand);
  if (begin.length > shape.length || end.length !== begin.length || strides.length !== begin.length)
    throw siteError(context.site, `begin [${begin}], end [${end}] and strides [${strides}] do not fit [${shape}]`);
  const dropped = begin.map((_, i) => isSet(shrinkMask, i));
  const cuts = new Map<number, Cut>();
  for (const [axis, step] of strides.entries()) {
    const first = begin[axis]!;
    if (dropped[axis]) {
      cuts.set(axis, { begin: first, end: first === -1 ? FAR : first + 1, step: 1 });
      continue;
    }
    const openBegin = isSet(given.beginMask, axis);
    const openEnd = isSet(given.endMask, axis);
    cuts.set(axis, {
      begin: openBegin ? (step > 0 ? 0 : FAR) : first,
      end: openEnd ? (step > 0 ? FAR : -FAR) : end[axis]!,
      step,
    });
  }
  const sliced = cut(context, operand, cuts);
  const axes = dropped.flatMap((drop, axis) => (drop ? [axis] : []));
  return axes.length === 0 ? sliced : squeeze(context, sliced, axes);
}

/** `size` elements from `begin` on, on every axis; -1 takes the rest. */
export function sliceOfSize(
  context: Context,
  operand: Operand,
  begin: readonly number[],
  size: readonly number[],
): Operand {
  const shape = fullShape(context, operand);
  if (begin.length !== shape.length || size.length !== shape.length)
    throw siteError(context.site, `begin [${begin}] and size [${size}] do not fit [${shape}]`);
  const cuts = new Map(
    begin.map((first, axis): [number, Cut] => [
      axis,
      { begin: first, end: size[axis] === -1 ? shape[axis]! : first + size[axis]!, step: 1 },
    ]),
  );
  return cut(context, operand, cuts);
}

/** The operand in pieces of the given sizes, of which one may be -1: the rest. */
export function pieces(context: Context, operand: Operand, axis: number, given: readonly number[]): Operand[] {
  const whole = fullShape(context, operand)[axis]!;
  const known = given.reduce((sum, size) => (size === -1 ? sum : sum + size), 0);
  const sizes = given.map((size) => (size === -1 ? whole - known : size));
  if (given.filter((size) => size === -1).length > 1 || sizes.reduce((sum, size) => sum + size, 0) !== whole)
    throw siteError(context.site, `it splits ${whole} elements into [${given}]`);
  let begin = 0;
  return sizes.map((size) => {
    const piece = cut(context, operand, new Map([[axis, { begin, end: begin + size, step: 1 }]]));
    begin += size;
    return piece;
  });
}

/** The operand in `count` equal pieces. */
export function equalPieces(context: Context, operand: Operand, axis: number, count: number): Operand[] {
  const whole = fullShape(context, operand)[axis]!;
  if (!(count >= 1 && count <= 1024) || whole % count !== 0)
    throw siteError(context.site, `it splits ${whole} elements into ${count} parts`);
  return pieces(context, operand, axis, new Array<number>(count).fill(whole / count));
}
