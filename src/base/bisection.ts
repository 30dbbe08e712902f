/** Searches that halve. */

/** First index below `count` at which `holds`, which is false before some index and true from it on; `count` where it never does. */
export function firstIndex(count: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Index of the last of ascending `values` that is at most `x`, or of the nearest that another follows: from 0 to length - 2. */
export function intervalOf(values: ArrayLike<number>, x: number): number {
  let [low, high] = [0, values.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (values[middle]! <= x) low = middle;
    else high = middle;
  }
  return low;
}

/** Value at `x` of the line through the points left and right of it. @param xs ascending, at least two, [points]. */
export function linearAt(xs: ArrayLike<number>, ys: ArrayLike<number>, x: number): number {
  const low = intervalOf(xs, x);
  return ys[low]! + ((ys[low + 1]! - ys[low]!) * (x - xs[low]!)) / (xs[low + 1]! - xs[low]!);
}
