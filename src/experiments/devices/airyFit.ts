/**
 * The Airy curve that comes nearest to a measured response, by least squares over linewidth and extinction; the free
 * spectral range is that of the description, since one notch does not tell it. For a given linewidth the curve is linear
 * in its depth, which is solved for, so that one variable is left to search (variable projection: Golub and Pereyra, SIAM
 * J. Numer. Anal. 10, 413 (1973)).
 */
import type { ResponseRows } from '../../hardware/optics/measuredResponse.js';

export interface AiryFit {
  readonly qualityFactor: number;
  readonly linewidth_nm: number;
  readonly freeSpectralRange_nm: number;
  /** Infinite where the best curve goes down to nothing. */
  readonly extinction_dB: number;
  readonly Tmin: number;
  readonly finesseCoefficient: number;
  /** Root of the mean squared distance of the rows from the curve. */
  readonly rmsDeviation: number;
  /** The row furthest from it. */
  readonly largestDeviation: { readonly detuning_nm: number; readonly deviation: number };
}

type Curve = Pick<AiryFit, 'Tmin' | 'finesseCoefficient' | 'freeSpectralRange_nm'>;

/** T(d) of a fitted curve. */
export function airyTransmission(
  { Tmin, finesseCoefficient, freeSpectralRange_nm }: Curve,
  distance_nm: number,
): number {
  const excess = finesseCoefficient * Math.sin((Math.PI * distance_nm) / freeSpectralRange_nm) ** 2;
  return (Tmin + excess) / (1 + excess);
}

/** The best curve of a linewidth, and its sum of squared deviations. */
function curveOf(rows: ResponseRows, range_nm: number, linewidth_nm: number): Curve & { readonly squares: number } {
  const finesseCoefficient = 1 / Math.sin((Math.PI * linewidth_nm) / (2 * range_nm)) ** 2;
  let [products, norm] = [0, 0];
  for (const [d, t] of rows) {
    const notch = 1 / (1 + finesseCoefficient * Math.sin((Math.PI * d) / range_nm) ** 2);
    products += (1 - t) * notch;
    norm += notch * notch;
  }
  const curve = { Tmin: 1 - Math.min(products / norm, 1), finesseCoefficient, freeSpectralRange_nm: range_nm };
  let squares = 0;
  for (const [d, t] of rows) squares += (t - airyTransmission(curve, d)) ** 2;
  return { ...curve, squares };
}

const GRID = 400;
const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** Golden sections: the bracket of two steps of the grid shrinks below the resolution of a minimum in float64. */
const SECTIONS = 60;

/** The logarithm of the linewidth with the fewest squares: the best of a grid, refined. */
function bestLogLinewidth(squaresAt: (log: number) => number, low: number, high: number): number {
  const step = (high - low) / GRID;
  let best = low;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i <= GRID; i++) {
    const squares = squaresAt(low + i * step);
    if (squares < least) [least, best] = [squares, low + i * step];
  }
  let [from, to] = [Math.max(best - step, low), Math.min(best + step, high)];
  for (let i = 0; i < SECTIONS; i++) {
    const [left, right] = [to - GOLDEN * (to - from), from + GOLDEN * (to - from)];
    if (squaresAt(left) <= squaresAt(right)) to = right;
    else from = left;
  }
  return (from + to) / 2;
}

/** Fits the Airy curve to rows of detuning and transmission. */
export function fitAiry(rows: ResponseRows, freeSpectralRange_nm: number, wavelength_nm: number): AiryFit {
  const squaresAt = (log: number) => curveOf(rows, freeSpectralRange_nm, Math.exp(log)).squares;
  // A linewidth of a whole range is no notch any more.
  const log = bestLogLinewidth(squaresAt, Math.log(freeSpectralRange_nm * 1e-5), Math.log(freeSpectralRange_nm));
  const linewidth_nm = Math.exp(log);
  const { squares, ...curve } = curveOf(rows, freeSpectralRange_nm, linewidth_nm);
  let largest = { detuning_nm: 0, deviation: 0 };
  for (const [d, t] of rows) {
    const deviation = t - airyTransmission(curve, d);
    if (Math.abs(deviation) > Math.abs(largest.deviation)) largest = { detuning_nm: d, deviation };
  }
  return {
    qualityFactor: wavelength_nm / linewidth_nm,
    linewidth_nm,
    extinction_dB: curve.Tmin > 0 ? -10 * Math.log10(curve.Tmin) : Number.POSITIVE_INFINITY,
    ...curve,
    rmsDeviation: Math.sqrt(squares / rows.length),
    largestDeviation: largest,
  };
}
