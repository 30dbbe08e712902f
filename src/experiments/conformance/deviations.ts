/** Holding computed quantities against expected ones. NaN equals nothing; a missing or surplus element is a failure. */
import type { NestedNumbers } from './caseSchema.js';

/** One quantity of one case. */
export interface Comparison {
  readonly quantity: string;
  /** Largest deviation in units of the tolerance's kind (absolute, or relative), or how many elements differ. */
  readonly deviation: number;
  readonly tolerance: number;
  readonly passed: boolean;
}

type Numbers = ArrayLike<number> | NestedNumbers;

/** All numbers of nested arrays, in order. */
export function flatten(values: Numbers): number[] {
  return Array.from(values as ArrayLike<number | NestedNumbers>).flatMap((value) =>
    typeof value === 'number' ? [value] : flatten(value),
  );
}

/** How a tolerance is meant: absolute, of the value, or of the value where that is above 1. */
export type ToleranceKind = 'absolute' | 'relative' | 'mixed';

const unitOf: Record<ToleranceKind, (expected: number) => number> = {
  absolute: () => 1,
  relative: (expected) => Math.max(Math.abs(expected), Number.MIN_VALUE),
  mixed: (expected) => Math.max(Math.abs(expected), 1),
};

/** Largest deviation of two sets of numbers in the tolerance's units. */
export function compareNumbers(
  quantity: string,
  actual: Numbers | number,
  expected: Numbers | number,
  tolerance: number,
  kind: ToleranceKind = 'absolute',
): Comparison {
  const [a, e] = [actual, expected].map((values) => (typeof values === 'number' ? [values] : flatten(values))) as [
    number[],
    number[],
  ];
  let deviation = a.length === e.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < Math.min(a.length, e.length); i++) {
    const difference = Math.abs(a[i]! - e[i]!);
    const here = difference === 0 ? 0 : difference / unitOf[kind](e[i]!);
    if (!(here <= deviation)) deviation = Number.isNaN(here) ? Number.POSITIVE_INFINITY : here;
  }
  return { quantity, deviation, tolerance, passed: deviation <= tolerance };
}

/** Integers that must be equal, but for `allowed` of them, which may be one off. */
export function compareIntegers(
  quantity: string,
  actual: Numbers | number,
  expected: Numbers | number,
  allowed = 0,
): Comparison {
  const [a, e] = [actual, expected].map((values) => (typeof values === 'number' ? [values] : flatten(values))) as [
    number[],
    number[],
  ];
  let different = a.length === e.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < Math.min(a.length, e.length); i++) {
    const difference = Math.abs(a[i]! - e[i]!);
    if (difference === 1 && allowed > 0) different++;
    else if (difference !== 0) different = Number.POSITIVE_INFINITY;
  }
  return { quantity, deviation: different, tolerance: allowed, passed: different <= allowed };
}

/** Two words that must be the same. */
export function compareWords(quantity: string, actual: string, expected: string): Comparison {
  return {
    quantity,
    deviation: actual === expected ? 0 : Number.POSITIVE_INFINITY,
    tolerance: 0,
    passed: actual === expected,
  };
}
