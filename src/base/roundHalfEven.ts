/** From here on single integers are all that float64 holds: adding it rounds as float64 does, ties to even. */
const INTEGERS = 2 ** 52;

/** Nearest integer, ties to even. Exact for |x| < 2^52. */
export function roundHalfEven(x: number): number {
  if (x > 0) return x + INTEGERS - INTEGERS;
  return x < 0 ? x - INTEGERS + INTEGERS : x;
}
