/** Means of numbers, and what they are spread about them. */

/** NaN of no values. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** Of positive values. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(mean(values.map(Math.log)));
}

/** Sum of the squares of the distances to `centre`. */
export function squaresAbout(values: ArrayLike<number>, centre: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! - centre) ** 2;
  return sum;
}

/** Of a sample: with one degree of freedom less; 0 for a single value. */
export function standardDeviation(values: ArrayLike<number>): number {
  return values.length > 1 ? Math.sqrt(squaresAbout(values, mean(values)) / (values.length - 1)) : 0;
}

/** Root of the mean square; 0 of no values. */
export function rootMeanSquare(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return values.length === 0 ? 0 : Math.sqrt(sum / values.length);
}
