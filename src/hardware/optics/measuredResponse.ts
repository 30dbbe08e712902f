/**
 * A measured through-port response in place of the Airy form (section 3 of the contract): rows of detuning_nm =
 * wavelength - resonance and transmission, linear between rows, the nearer end's value beyond them, periodic in the free
 * spectral range.
 */
import { linearAt } from '../../base/bisection.js';
import { DescriptionError } from '../../base/errors.js';
import { nearestLevel } from './converter.js';

export interface MeasuredResponse {
  /** Ascending, with a row at 0, [rows]. */
  readonly detuning_nm: Float64Array;
  /** In [0, 1], [rows]; with the effect `extinction` off moved so that T(0) = 0. */
  readonly transmission: Float64Array;
  /** Full width at half depth, nm. */
  readonly linewidth_nm: number;
}

/** Step of the difference quotient that stands for dT/dd, nm. */
const SLOPE_STEP_nm = 0.001;
/** Fewest and most rows: a period of 18 nm in steps of 1 pm, and still a description that people can save as YAML. */
export const RESPONSE_ROWS = { least: 8, most: 20_000 } as const;

/** Rows as the description holds them. */
export type ResponseRows = readonly (readonly [detuning_nm: number, transmission: number])[];

/** T at `d` within one period, between the rows or beyond them. */
function interpolate({ detuning_nm: x, transmission: y }: MeasuredResponse, period_nm: number, d: number): number {
  const last = x.length - 1;
  if (d >= x[0]! && d <= x[last]!) return linearAt(x, y, d);
  // Beyond the rows: the nearer end over the period's gap; exactly between them the last row's.
  const above = d > x[last]! ? d - x[last]! : d + period_nm - x[last]!;
  const gap = x[0]! + period_nm - x[last]!;
  return above <= gap - above ? y[last]! : y[0]!;
}

/** T(d), periodic. */
export function measuredTransmission(response: MeasuredResponse, period_nm: number, distance_nm: number): number {
  const { detuning_nm: x } = response;
  // Into the period that begins at the first row, so that rows are met as they stand.
  let d = distance_nm;
  if (d < x[0]! || d >= x[0]! + period_nm) d -= Math.floor((d - x[0]!) / period_nm) * period_nm;
  return interpolate(response, period_nm, d);
}

/** (T(d + 0.001) - T(d - 0.001)) / 0.002, 1/nm. */
export function measuredSlope_per_nm(response: MeasuredResponse, period_nm: number, distance_nm: number): number {
  const at = (d: number) => measuredTransmission(response, period_nm, d);
  return (at(distance_nm + SLOPE_STEP_nm) - at(distance_nm - SLOPE_STEP_nm)) / (2 * SLOPE_STEP_nm);
}

/** The smallest delta >= 0 with T(-delta) = t, along the negative flank; the flank's last row where t lies above it. */
export function measuredDetuning_nm({ detuning_nm: x, transmission: y }: MeasuredResponse, t: number): number {
  let at = nearestLevel(x, 0);
  if (t <= y[at]!) return 0;
  while (at > 0 && y[at - 1]! < t) at--;
  if (at === 0) return -x[0]!;
  return -(x[at]! + ((x[at - 1]! - x[at]!) * (t - y[at]!)) / (y[at - 1]! - y[at]!));
}

/** Distance from 0 at which T first reaches `level`, going outwards by `step` (-1 or 1) rows; null where it never does. */
function crossing(x: Float64Array, y: Float64Array, zero: number, step: 1 | -1, level: number): number | null {
  for (let at = zero; at + step >= 0 && at + step < x.length; at += step) {
    const next = at + step;
    if (y[next]! >= level) return Math.abs(x[at]! + ((x[next]! - x[at]!) * (level - y[at]!)) / (y[next]! - y[at]!));
  }
  return null;
}

/** Full width at half depth, nm; or the side on which the rows never reach it. */
function linewidthOf(x: Float64Array, y: Float64Array, zero: number): number | 'negative' | 'positive' {
  const half = (1 + y[zero]!) / 2;
  const left = crossing(x, y, zero, -1, half);
  const right = crossing(x, y, zero, 1, half);
  return left === null ? 'negative' : right === null ? 'positive' : left + right;
}

/**
 * Rows as a response.
 * @param withExtinction false: T becomes (T - T(0)) / (1 - T(0)).
 * @throws DescriptionError where the rows were named by a path that nobody read, or have no half-depth crossing.
 */
export function measuredResponse(rows: ResponseRows | string, withExtinction: boolean): MeasuredResponse {
  if (typeof rows === 'string')
    throw new DescriptionError(
      `microring.response is the path '${rows}': load the description from a file, or give its rows`,
    );
  const detuning_nm = Float64Array.from(rows, ([d]) => d);
  const measured = Float64Array.from(rows, ([, t]) => t);
  const zero = detuning_nm.indexOf(0);
  const floor = measured[zero]!;
  const transmission = withExtinction ? measured : measured.map((t) => (t - floor) / (1 - floor));
  const linewidth_nm = linewidthOf(detuning_nm, transmission, zero);
  if (typeof linewidth_nm === 'string') throw new DescriptionError(`microring.response ${neverHalf(linewidth_nm)}`);
  return { detuning_nm, transmission, linewidth_nm };
}

const neverHalf = (side: string) => `never reaches half of the notch's depth on the ${side} side; measure further out`;

/**
 * What is wrong with rows as a description of a ring, as the rest of a sentence that begins with the place; null: nothing.
 * @param fullScaleDetuning_linewidths how far down the negative flank values are imprinted.
 */
export function responseProblem(
  rows: ResponseRows,
  period_nm: number,
  fullScaleDetuning_linewidths: number,
): string | null {
  if (rows.length < RESPONSE_ROWS.least || rows.length > RESPONSE_ROWS.most)
    return `has ${rows.length} rows; give from ${RESPONSE_ROWS.least} to ${RESPONSE_ROWS.most}`;
  for (const [at, [d, t]] of rows.entries()) {
    const place = `row ${at + 1} (detuning ${d} nm, transmission ${t})`;
    if (!Number.isFinite(d) || !Number.isFinite(t)) return `${place}: both must be finite numbers`;
    if (t < 0 || t > 1) return `${place}: a transmission is from 0 to 1; divide by the light beside the notch`;
    if (at > 0 && !(d > rows[at - 1]![0])) return `${place}: detunings must ascend; sort the rows, each detuning once`;
  }
  const span_nm = rows.at(-1)![0] - rows[0]![0];
  if (span_nm > period_nm)
    return `spans ${span_nm} nm, more than one microring.freeSpectralRange_nm of ${period_nm}; cut it to one period`;
  const zero = rows.findIndex(([d]) => d === 0);
  if (zero < 0) return 'has no row at detuning 0; move the detunings so that the notch is at 0';
  const floor = rows[zero]![1];
  if (!(floor < 1))
    return `row ${zero + 1}: the transmission at detuning 0 is ${floor} and must be below 1; there is no notch to hold values with`;
  const lower = rows.findIndex(([, t]) => t < floor);
  if (lower >= 0)
    return `row ${lower + 1} transmits ${rows[lower]![1]}, less than ${floor} at detuning 0; move the detunings so that the notch is at 0`;
  const linewidth_nm = linewidthOf(
    Float64Array.from(rows, ([d]) => d),
    Float64Array.from(rows, ([, t]) => t),
    zero,
  );
  if (typeof linewidth_nm === 'string') return neverHalf(linewidth_nm);
  const fullScale_nm = fullScaleDetuning_linewidths * linewidth_nm;
  for (let at = zero; rows[at]![0] > -fullScale_nm; at--) {
    if (at === 0) {
      return (
        `ends at ${rows[0]![0]} nm, before the full-scale detuning of -${fullScale_nm.toPrecision(4)} nm ` +
        `(${fullScaleDetuning_linewidths} linewidths of ${linewidth_nm.toPrecision(4)} nm); measure further out`
      );
    }
    if (!(rows[at - 1]![1] > rows[at]![1]))
      return (
        `row ${at} (detuning ${rows[at - 1]![0]} nm, transmission ${rows[at - 1]![1]}) does not exceed the row after it: ` +
        `outwards from 0 to ${-fullScale_nm.toPrecision(4)} nm the flank must rise; smooth the rows there`
      );
  }
  return null;
}
