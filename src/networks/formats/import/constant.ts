/** Arrays that are known while loading: weights, and the numbers of shape arithmetic. */

import { sizeOf } from '../../../base/batch.js';

export type NumberArray = Float32Array | Float64Array;

/** Row-major. Real numbers are a Float32Array; integers a Float64Array, so exact up to 2^53. */
export interface Constant {
  readonly shape: readonly number[];
  readonly data: NumberArray;
}

/** An array of the same kind. */
export function arrayLike<T extends NumberArray>(data: T, length: number): T {
  return new (data.constructor as new (length: number) => T)(length);
}

/** A constant of integers. */
export function constantOf(values: readonly number[], shape: readonly number[] = [values.length]): Constant {
  return { shape, data: Float64Array.from(values) };
}

/** Steps, in elements, from one index to the next on each axis of a row-major array. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  return strides;
}

/**
 * Reads an array along strides into row-major order.
 * @param shape of the result
 * @param strides elements of `data` from one index of each axis to the next
 */
export function gatherStrided<T extends NumberArray>(
  data: T,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): T {
  const result = arrayLike(data, sizeOf(shape));
  const rank = shape.length;
  if (rank === 0) {
    result[0] = data[offset]!;
    return result;
  }
  const index = new Array<number>(rank).fill(0);
  const [length, step] = [shape[rank - 1]!, strides[rank - 1]!];
  let from = offset;
  for (let to = 0; to < result.length; to += length) {
    for (let i = 0; i < length; i++) result[to + i] = data[from + i * step]!;
    for (let axis = rank - 2; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

/** Axis i of the result is axis permutation[i] of the constant. */
export function transposeConstant({ shape, data }: Constant, permutation: readonly number[]): Constant {
  if (permutation.every((axis, i) => axis === i)) return { shape, data };
  const strides = stridesOf(shape);
  const result = permutation.map((axis) => shape[axis]!);
  return {
    shape: result,
    data: gatherStrided(
      data,
      result,
      permutation.map((axis) => strides[axis]!),
    ),
  };
}

/** The constant repeated to `shape`, to which it must be broadcastable (numpy's rule). */
export function broadcastConstant(constant: Constant, shape: readonly number[]): Constant {
  const padded = [...new Array<number>(shape.length - constant.shape.length).fill(1), ...constant.shape];
  if (padded.every((length, axis) => length === shape[axis])) return { shape, data: constant.data };
  const strides = stridesOf(padded).map((step, axis) => (padded[axis] === 1 ? 0 : step));
  return { shape, data: gatherStrided(constant.data, shape, strides) };
}

/** float32 of the numbers; the same array where it is that already. */
export function toFloat32(data: NumberArray): Float32Array {
  return data instanceof Float32Array ? data : Float32Array.from(data);
}
