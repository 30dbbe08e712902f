/** Numbers in findings. */
import type { PointSummary } from '../../sweep/types.js';
import { lossOf } from './curves.js';

/** 0.0123 -> '1.2 points'; a gain is a negative loss. */
export function points(share: number): string {
  const value = (100 * share).toFixed(1);
  return `${value === '-0.0' ? '0.0' : value} points`;
}

/** Three significant digits, without exponent. */
export function three(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** 'loses 0.4 points'. */
export const loses = (point: PointSummary) => `loses ${points(lossOf(point))}`;

/** Of the last point of a curve that is broken to its end: what the other errors of the hardware cost by themselves. */
export const stillLost = (curve: readonly PointSummary[]) => `${points(lossOf(curve.at(-1)!))} are lost`;

export const percent = (share: number, decimals = 1) => `${(100 * share).toFixed(decimals)} %`;

/** 'a, b and c'. */
export function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
