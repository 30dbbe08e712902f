/** What findings are read off beside thresholds: bits of layers, slopes, ranks, ranges. */
import { mean } from '../../../base/statistics/moments.js';
import { parseHardware } from '../../../hardware/parseHardware.js';
import type { PointSummary } from '../../sweep/types.js';
import type { Threshold } from '../method/threshold.js';

/** Preset `sonic`, whose values are among those of every axis: the point that others are set beside. */
export const OPERATING = parseHardware({});

/** Effective bits of a layer at a point. */
export function layerBits(point: PointSummary, layer: string): number {
  return point.layers.find(({ name }) => name === layer)?.effectiveBits ?? Number.NaN;
}

/** Names of the layers whose bits are finite at all points. */
export function measuredLayers(points: readonly PointSummary[]): string[] {
  const names = points[0]?.layers.map(({ name }) => name) ?? [];
  return names.filter((name) => points.every((point) => Number.isFinite(layerBits(point, name))));
}

/** Fewest effective bits of any layer. */
export function worstBits({ layers }: PointSummary): number {
  return Math.min(...layers.map(({ effectiveBits }) => effectiveBits));
}

/** Slope of a least-squares line. */
export function slope(xs: readonly number[], ys: readonly number[]): number {
  const [x, y] = [mean(xs), mean(ys)];
  const products = xs.map((xi, i) => (xi - x) * (ys[i]! - y));
  const squares = xs.map((xi) => (xi - x) ** 2);
  return mean(products) / mean(squares);
}

/** Ranks from 0, means of ties. */
function ranks(values: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  const rankOf = new Map<number, number>();
  for (let first = 0, end = 0; first < sorted.length; first = end) {
    while (end < sorted.length && (end === first || sorted[end] === sorted[first])) end++;
    rankOf.set(sorted[first]!, (first + end - 1) / 2);
  }
  return values.map((value) => rankOf.get(value)!);
}

/** Spearman's correlation of ranks; 0 where one side does not vary. */
export function rankCorrelation(xs: readonly number[], ys: readonly number[]): number {
  const [a, b] = [ranks(xs), ranks(ys)];
  const centre = (xs.length - 1) / 2;
  const dot = (u: readonly number[], v: readonly number[]) =>
    u.reduce((sum, ui, i) => sum + (ui - centre) * (v[i]! - centre), 0);
  const spread = Math.sqrt(dot(a, a) * dot(b, b));
  return spread === 0 ? 0 : dot(a, b) / spread;
}

/** From the smallest to the largest value that a threshold may have. */
export type Range = readonly [number, number];

/** Where the threshold lies, by its absolute value; null where it has not two ends. */
export function rangeOf<V>(threshold: Threshold<V>): Range | null {
  if (threshold.kind !== 'bracketed') return null;
  const ends = [Math.abs(Number(threshold.kept.value)), Math.abs(Number(threshold.lost.value))];
  return [Math.min(...ends), Math.max(...ends)];
}

/** Whether one value may lie in all of them. */
export const overlap = (ranges: readonly Range[]) =>
  Math.max(...ranges.map(([low]) => low)) <= Math.min(...ranges.map(([, high]) => high));
