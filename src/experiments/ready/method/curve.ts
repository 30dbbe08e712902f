/** Curves of a sweep on which a threshold is looked for: the sentences read them, and refining adds points to them. */
import type { AxisValue, SweepManifest, SweepSummary } from '../../sweep/types.js';
import { type Evidence, type EvidencePoint, type Loss, lossAgainst, lossOf } from './evidence.js';
import { type CurvePoint, type Threshold, thresholdOf } from './threshold.js';

/** Values of axes, by name. */
export type Values = Readonly<Record<string, AxisValue>>;

export interface Curve {
  /** The axis. */
  readonly along: string;
  /** What the other axes are held at. */
  readonly fixed: Values;
  /** Which way along the axis things get worse. */
  readonly worse: 'up' | 'down';
  /** Only values of this sign, and 0. */
  readonly side?: 1 | -1;
  /** The point that losses are counted against; the digital network where absent. */
  readonly against?: Values;
  /** Share of the margin that may be lost on it; 1 where absent. */
  readonly ofMargin?: number;
}

const has = (values: Values, wanted: Values) => Object.entries(wanted).every(([name, value]) => values[name] === value);

/** Axes and the points on them: a manifest, or a summary with its manifest's axes. */
interface Grid<P> {
  readonly axes: SweepManifest['axes'];
  readonly points: readonly P[];
}

const valuesIn = (axes: SweepManifest['axes'], axis: string) => axes.find(({ name }) => name === axis)?.values ?? [];

/** Distinct values of an axis; none where the sweep has no such axis. */
export function valuesOf({ manifest }: Pick<SweepSummary, 'manifest'>, axis: string): readonly AxisValue[] {
  return valuesIn(manifest.axes, axis);
}

/** The one point at which the axes have these values. */
export function pointAt<P extends { readonly values: Values }>(
  { points }: { readonly points: readonly P[] },
  values: Values,
): P | undefined {
  return points.find((point) => has(point.values, values));
}

function sorted<P extends { readonly values: Values }>({ axes, points }: Grid<P>, along: string, fixed: Values): P[] {
  const order = valuesIn(axes, along);
  const place = ({ values }: P) =>
    typeof values[along] === 'number' ? (values[along] as number) : order.indexOf(values[along]!);
  return points.filter(({ values }) => has(values, fixed)).sort((a, b) => place(a) - place(b));
}

/** Points at which the axes have these values, along an axis: numbers by size, others as the plan has them. */
export const pointsAlong = ({ manifest, points }: Evidence, along: string, fixed: Values = {}): EvidencePoint[] =>
  sorted({ axes: manifest.axes, points }, along, fixed);

/** Points of a curve in the order in which things get worse. */
export function pointsOf<P extends { readonly values: Values }>(
  grid: Grid<P>,
  { along, fixed, worse, side }: Curve,
): P[] {
  const rising = sorted(grid, along, fixed).filter(
    ({ values }) => side === undefined || side * Number(values[along]) >= 0,
  );
  return worse === 'up' ? rising : rising.reverse();
}

/** The curve with what is lost at each of its points. */
export function lossesOf(evidence: Evidence, curve: Curve): CurvePoint<AxisValue>[] {
  const reference = curve.against && pointAt(evidence, curve.against);
  if (curve.against && !reference) return [];
  const lossAt = (point: EvidencePoint): Loss | null => (reference ? lossAgainst(reference, point) : lossOf(point));
  return pointsOf({ axes: evidence.manifest.axes, points: evidence.points }, curve).flatMap((point) => {
    const loss = lossAt(point);
    return loss ? [{ value: point.values[curve.along]!, loss }] : [];
  });
}

/** What may be lost on a curve, a share. */
export const marginOf = ({ margin }: Evidence, { ofMargin = 1 }: Curve): number => ofMargin * margin;

export function thresholdAlong(evidence: Evidence, curve: Curve): Threshold<AxisValue> {
  return thresholdOf(lossesOf(evidence, curve), marginOf(evidence, curve));
}
