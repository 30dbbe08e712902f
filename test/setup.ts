/**
 * The matcher all numeric tests use: |actual - expected| <= atol + rtol * |expected|; NaN equals nothing. And the seed of
 * the property tests: the same tree passes or fails twice alike. `SONIC_TEST_SEED=$RANDOM npm test` looks elsewhere.
 */
import fc from 'fast-check';
import { expect } from 'vitest';

fc.configureGlobal({ seed: Number(process.env['SONIC_TEST_SEED'] ?? 20_261_126) });

// Commands whose stderr is compared must not depend on how busy the machine is.
process.env['SONIC_PROGRESS_s'] ??= '0';

/** A number, or numbers nested to any depth; typed arrays included. */
type Numbers = number | ArrayLike<number> | readonly Numbers[];

interface Tolerance {
  /** Absolute, in the unit of the values; default 0. */
  readonly atol?: number;
  /** Of the expected value; default 1e-12. */
  readonly rtol?: number;
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: the declaration merged with has this default.
  interface Matchers<T = any> {
    /** Every number within atol + rtol * |expected|, and as many numbers as expected; NaN equals nothing. */
    toBeAllclose(expected: Numbers, tolerance?: Tolerance): T;
  }
}

function flatten(values: Numbers): number[] {
  return typeof values === 'number' ? [values] : Array.from(values as ArrayLike<Numbers>).flatMap(flatten);
}

expect.extend({
  toBeAllclose(received: Numbers, wanted: Numbers, { atol = 0, rtol = 1e-12 }: Tolerance = {}) {
    const [actual, expected] = [flatten(received), flatten(wanted)];
    const isClose = (a: number, e: number) =>
      a === e || (Number.isFinite(e) && Math.abs(a - e) <= atol + rtol * Math.abs(e));
    const different = expected.flatMap((e, at) => (at < actual.length && isClose(actual[at]!, e) ? [] : [at]));
    const pass = actual.length === expected.length && different.length === 0;
    return {
      pass,
      message: () => {
        if (pass) return `expected ${expected.length} numbers not to be close (atol ${atol}, rtol ${rtol})`;
        if (actual.length !== expected.length) return `expected ${expected.length} numbers, got ${actual.length}`;
        const lines = different
          .slice(0, 5)
          .map(
            (at) =>
              `  [${at}] ${actual[at]}, expected ${expected[at]}, off by ${Math.abs(actual[at]! - expected[at]!)}`,
          );
        return `${different.length} of ${expected.length} numbers are not close (atol ${atol}, rtol ${rtol}):\n${lines.join('\n')}`;
      },
    };
  },
});
