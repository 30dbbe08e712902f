/** Operations on constants: what exporters write to compute shapes and to rearrange weights. */
import { sizeOf } from '../../../base/batch.js';
import {
  arrayLike,
  broadcastConstant,
  type Constant,
  constantOf,
  gatherStrided,
  type NumberArray,
  stridesOf,
  transposeConstant,
} from './constant.js';
import { MAXIMUM_FOLDED } from './limits.js';
import { type Site, siteError } from './site.js';

/** Counts what is allocated for constants, over a whole file. */
export class FoldingBudget {
  private used = 0;

  /** @throws FormatError where the constants of a file take more than MAXIMUM_FOLDED numbers */
  spend(site: Site, count: number): void {
    this.used += count;
    if (!(this.used <= MAXIMUM_FOLDED))
      throw siteError(site, `its constants grow beyond ${MAXIMUM_FOLDED} numbers; the file is damaged or hostile`);
  }
}

/** The shape that two shapes broadcast to. */
export function broadcastShape(site: Site, a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [x, y] = [a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1];
    if (x !== y && x !== 1 && y !== 1) throw siteError(site, `constants [${a}] and [${b}] do not fit together`);
    return x === 1 ? y : x;
  });
}

/** f of every pair of elements, broadcast. */
export function zipConstants(
  site: Site,
  budget: FoldingBudget,
  a: Constant,
  b: Constant,
  f: (x: number, y: number) => number,
): Constant {
  const shape = broadcastShape(site, a.shape, b.shape);
  budget.spend(site, 3 * sizeOf(shape));
  const [left, right] = [broadcastConstant(a, shape).data, broadcastConstant(b, shape).data];
  const data = arrayLike(left instanceof Float32Array ? left : right, left.length);
  return { shape, data: data.map((_: number, i: number) => f(left[i]!, right[i]!)) };
}

/** f of every element. */
export function mapConstant(site: Site, budget: FoldingBudget, a: Constant, f: (x: number) => number): Constant {
  budget.spend(site, a.data.length);
  return { shape: a.shape, data: a.data.map(f) };
}

export function reshapeConstant(site: Site, a: Constant, shape: readonly number[]): Constant {
  if (sizeOf(shape) !== a.data.length) throw siteError(site, `a constant [${a.shape}] cannot become [${shape}]`);
  return { shape, data: a.data };
}

export function turnConstant(site: Site, budget: FoldingBudget, a: Constant, permutation: readonly number[]): Constant {
  const sorted = [...permutation].sort((x, y) => x - y);
  if (sorted.length !== a.shape.length || sorted.some((axis, i) => axis !== i))
    throw siteError(site, `[${permutation}] is not an order of the axes of [${a.shape}]`);
  budget.spend(site, a.data.length);
  return transposeConstant(a, permutation);
}

export function joinConstants(site: Site, budget: FoldingBudget, parts: readonly Constant[], axis: number): Constant {
  const first = parts[0]!.shape;
  const fits = ({ shape }: Constant) =>
    shape.length === first.length && shape.every((length, i) => i === axis || length === first[i]);
  if (!(axis >= 0 && axis < first.length) || !parts.every(fits))
    throw siteError(
      site,
      `constants ${parts.map(({ shape }) => `[${shape}]`).join(', ')} cannot be joined along axis ${axis}`,
    );
  const length = parts.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  const shape = first.map((old, i) => (i === axis ? length : old));
  budget.spend(site, sizeOf(shape));
  const data = arrayLike(parts[0]!.data, sizeOf(shape));
  const inner = sizeOf(first.slice(axis + 1));
  const outer = sizeOf(first.slice(0, axis));
  let before = 0;
  for (const part of parts) {
    const run = part.shape[axis]! * inner;
    for (let i = 0; i < outer; i++) data.set(part.data.subarray(i * run, (i + 1) * run), i * length * inner + before);
    before += run;
  }
  return { shape, data };
}

/** One [begin, count, stride] per axis; strides may be negative. All within the shape. */
export function cutConstant(
  site: Site,
  budget: FoldingBudget,
  a: Constant,
  cuts: readonly { readonly begin: number; readonly count: number; readonly stride: number }[],
): Constant {
  const shape = cuts.map(({ count }) => count);
  budget.spend(site, sizeOf(shape));
  const steps = stridesOf(a.shape);
  const offset = cuts.reduce((sum, { begin, count }, axis) => (count > 0 ? sum + begin * steps[axis]! : sum), 0);
  const data = gatherStrided(
    a.data,
    shape,
    cuts.map(({ stride }, axis) => stride * steps[axis]!),
    offset,
  );
  return { shape, data };
}

/** Elements at `indices` of an axis; the axis becomes those of the indices. */
export function pickConstant(
  site: Site,
  budget: FoldingBudget,
  a: Constant,
  indices: Constant,
  axis: number,
): Constant {
  const length = a.shape[axis];
  if (length === undefined) throw siteError(site, `a constant [${a.shape}] has no axis ${axis}`);
  const outer = sizeOf(a.shape.slice(0, axis));
  const inner = sizeOf(a.shape.slice(axis + 1));
  const shape = [...a.shape.slice(0, axis), ...indices.shape, ...a.shape.slice(axis + 1)];
  budget.spend(site, sizeOf(shape));
  const data = arrayLike(a.data, sizeOf(shape));
  const count = indices.data.length;
  for (const [i, given] of indices.data.entries()) {
    const index = given < 0 ? given + length : given;
    if (!Number.isInteger(index) || index < 0 || index >= length)
      throw siteError(site, `index ${given} is not one of the ${length} of axis ${axis}`);
    for (let o = 0; o < outer; o++) {
      const from = (o * length + index) * inner;
      data.set(a.data.subarray(from, from + inner), (o * count + i) * inner);
    }
  }
  return { shape, data };
}

/** A constant of one value, given as an array of one; sizes are bounded by the budget before anything is allocated. */
export function filledConstant(
  site: Site,
  budget: FoldingBudget,
  shape: readonly number[],
  value: NumberArray,
): Constant {
  if (shape.some((length) => !(Number.isSafeInteger(length) && length >= 0)))
    throw siteError(site, `[${shape}] is not a shape`);
  budget.spend(site, sizeOf(shape));
  return { shape, data: arrayLike(value, sizeOf(shape)).fill(value[0] ?? 0) };
}

/** first, first + step, ... before `limit`. */
export function rangeConstant(site: Site, budget: FoldingBudget, first: number, limit: number, step: number): Constant {
  const count = Math.max(0, Math.ceil((limit - first) / step));
  budget.spend(site, count);
  return constantOf(Array.from({ length: count }, (_, i) => first + i * step));
}

/** A constant's numbers where few whole ones are expected: shapes, axes, paddings. */
export function wholeNumbers(site: Site, what: string, constant: Constant): number[] {
  if (constant.data.length > 1024) throw siteError(site, `${what} has ${constant.data.length} numbers`);
  const bad = constant.data.find((x: number) => !Number.isInteger(x));
  if (bad !== undefined) throw siteError(site, `${what} holds ${bad}; whole numbers are needed`);
  return [...constant.data];
}

/** An axis that may count from the end. */
export function axisOf(site: Site, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(positive) || positive < 0 || positive >= rank)
    throw siteError(site, `axis ${axis} is not one of the tensor's ${rank}`);
  return positive;
}
