/** Rounding, DACs and the VCSEL floor (section 2 of the contract). */

import { intervalOf } from '../../base/bisection.js';
import { roundHalfEven } from '../../base/roundHalfEven.js';

/** Code of |v| / scale on a DAC whose last code is `last`. */
export function dacCode(magnitude: number, scale: number, last: number): number {
  return roundHalfEven(Math.min(Math.max(Math.abs(magnitude) / scale, 0), 1) * last);
}

/** |v| / scale clipped to [0, 1], rounded to the DAC's levels if it quantises. */
export function dacValue(magnitude: number, scale: number, last: number, quantise: boolean): number {
  return quantise ? dacCode(magnitude, scale, last) / last : Math.min(Math.abs(magnitude) / scale, 1);
}

/** What a VCSEL emits for v >= 0, `floor` being the smallest lit value: gated below half of it. */
export function emitted(v: number, floor: number): number {
  if (v === 0 || v < floor / 2) return 0;
  return Math.max(v, floor);
}

/** Index of the level nearest to v among ascending `levels`; of two equally near the lower. */
export function nearestLevel(levels: ArrayLike<number>, v: number): number {
  const low = intervalOf(levels, v);
  const high = Math.min(low + 1, levels.length - 1);
  return v - levels[low]! <= levels[high]! - v ? low : high;
}
