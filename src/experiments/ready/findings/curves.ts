/** What findings are read off: curves of a sweep's points, where they cross a loss, and how steep they are. */
import { parseHardware } from '../../../hardware/description.js';
import type { AxisValue, PointSummary, SweepSummary } from '../../sweep/types.js';

/** Preset `sonic`, whose values are among those of every axis: the point that others are set beside. */
export const OPERATING = parseHardware({});

/** Accuracy lost to the hardware from which on a setting may count as broken: one point. */
export const BROKEN = 0.01;
/** How findings use the words. */
export const BROKEN_TEXT =
  'A point counts as lost where accuracy falls by more than a hundredth against the digital network, and by more than ' +
  'chance on these images leaves open (95 %).';

/** Accuracy of the digital network less the emulated one, a share. */
export const lossOf = ({ digital, accuracy }: PointSummary) => digital - accuracy;

/** More than a point lost, and more than the images leave open. */
export const isBroken = (point: PointSummary) => lossOf(point) > BROKEN && point.change.interval95[1] < 0;

/** Distinct values of an axis; none where the sweep has no such axis. */
export function valuesOf({ manifest }: SweepSummary, axis: string): readonly AxisValue[] {
  return manifest.axes.find(({ name }) => name === axis)?.values ?? [];
}

/** Points at which the axes have these values, in the order of `along`. */
export function curve(
  { points }: SweepSummary,
  along: string,
  fixed: Readonly<Record<string, AxisValue>> = {},
): PointSummary[] {
  return points
    .filter(({ values }) => Object.entries(fixed).every(([name, value]) => values[name] === value))
    .sort((a, b) => Number(a.values[along]) - Number(b.values[along]));
}

/** The one point at which the axes have these values. */
export function pointAt(summary: SweepSummary, values: Readonly<Record<string, AxisValue>>): PointSummary | undefined {
  return summary.points.find((point) => Object.entries(values).every(([name, value]) => point.values[name] === value));
}

/**
 * Where a curve first loses `BROKEN`, going from its end that is intact; between two points on a logarithmic axis.
 * @param points in the order in which things get worse.
 * @returns null where it never does, or where it is broken from the start.
 */
export function breaksAt(points: readonly PointSummary[], along: string): number | null {
  const broken = points.findIndex(isBroken);
  if (broken <= 0) return null;
  const [before, after] = [points[broken - 1]!, points[broken]!];
  const [x0, x1] = [Number(before.values[along]), Number(after.values[along])];
  const share = Math.max(0, (BROKEN - lossOf(before)) / (lossOf(after) - lossOf(before)));
  return x0 > 0 && x1 > 0 ? x0 * (x1 / x0) ** share : x0 + (x1 - x0) * share;
}

/** The least value of an axis from which on no point is broken; undefined where even the last is. */
export function leastIntact(points: readonly PointSummary[], along: string): number | undefined {
  const last = points.findLastIndex(isBroken);
  return last + 1 < points.length ? Number(points[last + 1]!.values[along]) : undefined;
}

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
  const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const [x, y] = [mean(xs), mean(ys)];
  const products = xs.map((xi, i) => (xi - x) * (ys[i]! - y));
  const squares = xs.map((xi) => (xi - x) ** 2);
  return mean(products) / mean(squares);
}

/** Ranks from 0, means of ties. */
function ranks(values: readonly number[]): number[] {
  return values.map((v) => values.filter((w) => w < v).length + (values.filter((w) => w === v).length - 1) / 2);
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

export const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
