/**
 * Rows of a convolution that can hold its largest |u| or noise variance. What a row can come to is known before anything runs,
 * since no activation is above 1; those that cannot come to what others have reached need not run, and the maxima are the same.
 */

import { readerOf } from '../program/coded.js';
import { type Conv2dProgram, hasOptics, type MacProgram } from '../program/types.js';

/** What no |u| and no noise variance of a row is above, the kernels' rounding included, [R]. */
export interface RowBounds {
  readonly u: Float64Array;
  readonly variance: Float64Array;
}

/** What has been reached. */
interface Maxima {
  readonly maximumAbsoluteU: number;
  readonly maximumVariance: number;
}

/** Each rounding of a float32 and each of its operations errs by half of it at most, relative to the sum of magnitudes. */
const FLOAT32_EPSILON = 2 ** -23;
/** Roundings of a sum besides those of its terms: coefficients, scales and the first of each. */
const MORE_ROUNDINGS = 16;
/** In steps: more than what numbers below the normal ones of float32 lose. */
const UNDERFLOW_steps = 2 ** -100;
/** What the kernels take for an intensity noise that is not there. */
const LEAST_INTENSITY = 2 ** -80;

/** Null where a row's largest values do not follow from its coefficients alone. */
export function rowBounds(program: MacProgram): RowBounds | null {
  if (program.kind !== 'conv2d' || !hasOptics(program)) return null;
  const { rowFilter, rowStart, hPlus, hMinus, gain, c, noise, adc, chirp_nm, light } = program;
  // Chirp bends signals, an image's own light changes its noise, and that of a table depends on u.
  if (chirp_nm !== 0 || light || noise.table) return null;
  const rows = rowFilter.length;
  const bounds = { u: new Float64Array(rows), variance: new Float64Array(rows) };
  const intensity = Math.max(noise.intensity, LEAST_INTENSITY);
  for (let r = 0; r < rows; r++) {
    const g = Math.abs(gain[rowFilter[r]!]!);
    let [plus, minus, variance] = [0, 0, noise.constant];
    for (let e = rowStart[r]!; e < rowStart[r + 1]!; e++) {
      const signal = g * (hPlus[e]! - hMinus[e]!);
      if (signal > 0) plus += signal;
      else minus -= signal;
      variance += noise.shot * g * (Math.abs(hPlus[e]!) + Math.abs(hMinus[e]!)) + intensity * signal * signal;
    }
    const error = (rowStart[r + 1]! - rowStart[r]! + MORE_ROUNDINGS) * FLOAT32_EPSILON;
    bounds.u[r] = (Math.max(plus, minus) + error * (plus + minus)) / c + UNDERFLOW_steps * adc.step;
    bounds.variance[r] = variance * (1 + error) + UNDERFLOW_steps * adc.step ** 2;
  }
  return bounds;
}

/** Places of values that `isTaken`. */
function placesOf(values: Float64Array, isTaken: (value: number) => boolean): number[] {
  const places: number[] = [];
  for (let at = 0; at < values.length; at++) if (isTaken(values[at]!)) places.push(at);
  return places;
}

const inOrder = (rows: readonly number[]) => [...new Set(rows)].sort((a, b) => a - b);

/** Of all rows, the share that is tried first: they have the highest bounds. */
const TRIED = 1 / 64;
const FEWEST_TRIED = 8;

/** Rows with the highest bounds of either kind, ascending. */
export function likelyRows({ u, variance }: RowBounds): number[] {
  const wanted = Math.max(FEWEST_TRIED, TRIED * u.length);
  const highest = (values: Float64Array) => {
    const most = values.reduce((a, b) => Math.max(a, b), 0);
    for (let share = 0.95; ; share -= 0.05) {
      const rows = placesOf(values, (value) => value >= share * most);
      if (rows.length >= wanted || share <= 0) return rows;
    }
  };
  return inOrder([...highest(u), ...highest(variance)]);
}

/** Rows that can come to more than what has been reached, ascending. */
export function openRows({ u, variance }: RowBounds, reached: Maxima): number[] {
  return inOrder([
    ...placesOf(u, (value) => !(value < reached.maximumAbsoluteU)),
    ...placesOf(variance, (value) => !(value < reached.maximumVariance)),
  ]);
}

/** A convolution of some of its rows, ascending. */
export function withRows(program: Conv2dProgram, rows: readonly number[]): Conv2dProgram {
  const { rowStart } = program;
  const starts = Int32Array.from({ length: rows.length + 1 });
  rows.forEach((row, at) => {
    starts[at + 1] = starts[at]! + rowStart[row + 1]! - rowStart[row]!;
  });
  const ofRows = <A extends Int32Array | Float64Array | Uint8Array>(values: A): A => {
    const taken = values.slice(0, rows.length) as A;
    rows.forEach((row, at) => {
      taken[at] = values[row]!;
    });
    return taken;
  };
  const ofEntries = <A extends Int32Array | Float64Array>(values: A): A => {
    const taken = values.slice(0, starts.at(-1)) as A;
    rows.forEach((row, at) => {
      taken.set(values.subarray(rowStart[row]!, rowStart[row + 1]!), starts[at]!);
    });
    return taken;
  };
  const heldAt = readerOf(program.held);
  const heldOf = (row: number) =>
    Array.from({ length: rowStart[row + 1]! - rowStart[row]! }, (_, i) => heldAt(rowStart[row]! + i));
  const { rowFilter, entryK, hPlus, hMinus, dPlus, dMinus, rowEoShift_nm, rowToShift_nm, rowSlow } = program;
  return {
    ...program,
    rowStart: starts,
    rowFilter: ofRows(rowFilter),
    rowEoShift_nm: ofRows(rowEoShift_nm),
    rowToShift_nm: ofRows(rowToShift_nm),
    rowSlow: ofRows(rowSlow),
    entryK: ofEntries(entryK),
    held: Float64Array.from(rows.flatMap((row) => heldOf(row))),
    hPlus: ofEntries(hPlus),
    hMinus: ofEntries(hMinus),
    dPlus: dPlus && ofEntries(dPlus),
    dMinus: dMinus && ofEntries(dMinus),
  };
}
