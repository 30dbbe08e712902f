/**
 * Tensors of a source graph on their way into a Network. Sources keep images as [channels, rows, columns] or as
 * [rows, columns, channels]; the network always has channels last. A Value remembers how the axes of the source lie in the
 * network's tensor, so that transposes cost nothing until an operation cannot do without.
 */
import type { Shape } from '../../types.js';
import type { Constant } from './constant.js';

export interface Value {
  /** The layer whose output it is, or 'input'. */
  readonly layer: string;
  /** As the source sees it, without the batch axis. */
  readonly shape: Shape;
  /** Axis p of the layer's output is axis axes[p] of `shape`. */
  readonly axes: readonly number[];
  /**
   * Set on a flattened tensor whose elements the source orders otherwise than the layer: what was flattened. `layer` is
   * still the layer before the flatten.
   */
  readonly unflattened?: Value;
  /**
   * Set where `shape` has the batch axis, of length 1, in it: the source moved it from its place in front, as attention does.
   * Only in graphs that compute one image at a time.
   */
  readonly whole?: true;
}

/** What a node takes or gives: known while loading, or only when the network runs. */
export type Operand =
  | { readonly kind: 'constant'; readonly constant: Constant }
  | { readonly kind: 'value'; readonly value: Value };

export const ofConstant = (constant: Constant): Operand => ({ kind: 'constant', constant });
export const ofValue = (value: Value): Operand => ({ kind: 'value', value });

/** 0, 1, ... rank - 1. */
export const naturalAxes = (rank: number): readonly number[] => Array.from({ length: rank }, (_, axis) => axis);

/** Shape of the layer's output. */
export const physicalShape = (value: Value): Shape => value.axes.map((axis) => value.shape[axis]!);

/** Whether the elements lie in memory in the source's order: axes of length 1 may be anywhere. */
export function isInSourceOrder({ shape, axes }: Value): boolean {
  const long = axes.filter((axis) => shape[axis]! > 1);
  return long.every((axis, i) => i === 0 || long[i - 1]! < axis);
}
