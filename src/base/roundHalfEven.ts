/** From here on all float64 are integers: adding it to less rounds as float64 does, ties to even. */
const INTEGERS = 2 ** 52;

/** Nearest integer, ties to even; NaN and infinities as they are. */
export function roundHalfEven(x: number): number {
  if (x > 0) return x < INTEGERS ? x + INTEGERS - INTEGERS : x;
  return x < 0 && x > -INTEGERS ? x - INTEGERS + INTEGERS : x;
}
