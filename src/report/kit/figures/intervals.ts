/** Intervals about points: bars with ends, or a band. */
import * as Plot from '@observablehq/plot';
import { CAP } from './symbols.js';

export interface Interval {
  readonly x: number;
  readonly low: number;
  readonly high: number;
}

/** A vertical bar for each, with horizontal ends. */
export function intervalBars(intervals: readonly Interval[], stroke: string): Plot.Markish[] {
  if (intervals.length === 0) return [];
  const end = { x: 'x', symbol: CAP, stroke, strokeWidth: 1.2, fill: 'none', ariaDescription: 'interval end' } as const;
  return [
    Plot.ruleX(intervals, { x: 'x', y1: 'low', y2: 'high', stroke, strokeWidth: 1.2, ariaDescription: 'interval' }),
    Plot.dot(intervals, { ...end, y: 'low' }),
    Plot.dot(intervals, { ...end, y: 'high' }),
  ];
}

/** One band through all of them. */
export function intervalBand(intervals: readonly Interval[], fill: string): Plot.Markish[] {
  if (intervals.length === 0) return [];
  return [
    Plot.areaY(intervals, { x: 'x', y1: 'low', y2: 'high', fill, fillOpacity: 0.18, ariaDescription: 'interval' }),
  ];
}
