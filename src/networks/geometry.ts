/** Sizes along one axis of windows that slide over it: convolutions and pools. */
import type { Padding2d, Pair } from './types.js';

/** Elements that a kernel of `size` reaches over when `dilation - 1` elements lie between its taps. */
function reach(size: number, dilation: number): number {
  return (size - 1) * dilation + 1;
}

/** Positions of a window of `size` (dilated) over `length` padded elements; 0 or less where it does not fit. */
export function positions(length: number, size: number, stride: number, padding: Pair, dilation = 1): number {
  return Math.floor((length + padding[0] + padding[1] - reach(size, dilation)) / stride) + 1;
}

/** TensorFlow's 'same' padding along one axis: ceil(length / stride) positions, the odd element at the end. */
export function samePadding(length: number, size: number, stride: number, dilation = 1): Pair {
  const total = Math.max(0, (Math.ceil(length / stride) - 1) * stride + reach(size, dilation) - length);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

export const NO_PADDING: Padding2d = [
  [0, 0],
  [0, 0],
];
