/** Ratios of costs, of which some do not exist: a network without work takes neither time nor energy. */

/** a / b; null, which reads "not defined", where b is 0. */
export function quotient(a: number, b: number): number | null {
  return b > 0 ? a / b : null;
}
