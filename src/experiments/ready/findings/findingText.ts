/** Numbers in findings. */
import type { AxisValue } from '../../sweep/types.js';
import { type EvidencePoint, lossOf } from '../method/evidence.js';
import { lossText, standing } from '../method/words.js';
import type { Range } from './curves.js';

/** 'loses 0.4 points (-0.1 to 0.9)'. */
export const loses = (point: EvidencePoint) => `loses ${lossText(lossOf(point))}`;

/** What is read off points themselves is no claim where they are too little. */
export const standingOfPoints = (points: readonly (EvidencePoint | undefined)[]) =>
  standing(points.filter((point) => point !== undefined));

/** '3 to 10'. */
export const rangeText = ([low, high]: Range) => `${three(low)} to ${three(high)}`;

/** Three significant digits, without exponent. */
export function three(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A value in nm, in pm. */
export const picometres = (value_nm: AxisValue) => `${three(1000 * Number(value_nm))} pm`;

export const kelvin = (value_K: AxisValue) => `${value_K} K`;

export const percent = (share: number, decimals = 1) => `${(100 * share).toFixed(decimals)} %`;

/** 'a, b and c'. */
export function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
