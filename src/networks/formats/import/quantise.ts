/** Grids of quantised models, whatever the format: codes become the numbers that they stand for. */
import type { Pair } from '../../types.js';
import { type Constant, stridesOf } from './constant.js';
import { axisOf, type FoldingBudget } from './fold.js';
import type { GraphBuilder } from './networkBuilder.js';
import { type Site, siteError } from './site.js';
import type { Value } from './value.js';

/** The grid of an activation: the value of a code is (code - zeroPoint) * scale. */
export interface Grid {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** The grids of a constant: one, or one for each index of `axis`. No zero point is 0. */
export interface ConstantGrids {
  readonly scales: ArrayLike<number>;
  readonly zeroPoints: ArrayLike<number>;
  readonly axis: number;
}

/** The tensor on its grid of codes from `low` to `high`. */
export function quantise(
  builder: GraphBuilder,
  site: Site,
  value: Value,
  { scale, zeroPoint }: Grid,
  [low, high]: Pair,
): Value {
  if (!(scale > 0 && Number.isFinite(scale)))
    throw siteError(site, `its scale is ${scale}; a number above 0 is needed`);
  if (!(Number.isInteger(zeroPoint) && zeroPoint >= low && zeroPoint <= high))
    throw siteError(site, `its zero point ${zeroPoint} is none of its codes ${low} to ${high}`);
  return builder.map(site, { kind: 'quantise', scale, zeroPoint, low, high }, value);
}

/** f of each element with the scale and zero point of its place. */
export function withGrids(
  site: Site,
  budget: FoldingBudget,
  constant: Constant,
  { scales, zeroPoints, axis: given }: ConstantGrids,
  f: (x: number, scale: number, zero: number) => number,
): Float32Array {
  const count = scales.length;
  const axis = count === 1 ? 0 : axisOf(site, given, constant.shape.length);
  if ((count !== 1 && count !== constant.shape[axis]) || (zeroPoints.length > 0 && zeroPoints.length !== count))
    throw siteError(site, `it has ${count} scales and ${zeroPoints.length} zero points for [${constant.shape}]`);
  budget.spend(site, constant.data.length);
  const step = count === 1 ? 1 : stridesOf(constant.shape)[axis]!;
  return Float32Array.from(constant.data, (x: number, i: number) => {
    const at = count === 1 ? 0 : Math.floor(i / step) % count;
    return f(x, scales[at]!, zeroPoints[at] ?? 0);
  });
}

/** What codes stand for. */
export function dequantised(site: Site, budget: FoldingBudget, codes: Constant, grids: ConstantGrids): Constant {
  const data = withGrids(site, budget, codes, grids, (code, scale, zero) => (code - zero) * scale);
  return { shape: codes.shape, data };
}

/** Nearest whole number, halves to even. */
export function toEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
