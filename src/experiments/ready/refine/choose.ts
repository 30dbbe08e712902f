/** Which points a refined experiment runs in full: those that its sentences name, and those that narrow a threshold down. */
import type { AxisValue, SweepAxis } from '../../sweep/types.js';
import type { Findings } from '../findings/index.js';
import { type Curve, lossesOf, marginOf, pointsOf, thresholdAlong, type Values } from '../method/curve.js';
import type { Evidence } from '../method/evidence.js';
import { bearing } from '../method/threshold.js';
import { midpoint } from './midpoint.js';

/** Values of a point as text, whatever their order. */
export const pointKey = (values: Values) => JSON.stringify(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));

const curvesOf = ({ curves }: Findings, evidence: Evidence) => curves?.(evidence) ?? [];

/** On either side of where the few images of the coarse grid first lose more than the margin, and wherever else they cross it. */
function crossings(evidence: Evidence, curve: Curve): AxisValue[] {
  const losses = lossesOf(evidence, curve);
  const isLost = losses.map(({ loss }) => loss.share > marginOf(evidence, curve));
  const chosen = losses.filter((_, i) => (i > 0 && isLost[i] !== isLost[i - 1]) || isLost[i + 1] === !isLost[i]);
  if (chosen.length > 0) return chosen.map(({ value }) => value);
  const end = isLost[0] ? losses[0] : losses.at(-1);
  return end ? [end.value] : [];
}

/** Where to spend the chips and images first, after the coarse grid. */
export function firstPoints(findings: Findings, evidence: Evidence): Values[] {
  if (findings.everywhere) return evidence.points.map(({ values }) => values);
  const named = (findings.points?.(evidence) ?? []).filter((wanted) =>
    evidence.points.some(({ values }) => pointKey(values) === pointKey(wanted)),
  );
  return [
    ...named,
    ...curvesOf(findings, evidence).flatMap((curve) =>
      crossings(evidence, curve).map((value) => ({ ...curve.fixed, [curve.along]: value })),
    ),
  ];
}

/** Values between those of a bracket, one between each two that were run. */
function between(evidence: Evidence, curve: Curve, ends: readonly AxisValue[]): Values[] {
  const axis = evidence.manifest.axes.find(({ name }) => name === curve.along) as SweepAxis;
  const { axes } = evidence.manifest;
  const along = pointsOf({ axes, points: evidence.points }, curve).map(({ values }) => values[curve.along]!);
  const inside = along.slice(along.indexOf(ends[0]!), along.indexOf(ends[1]!) + 1);
  return inside.slice(1).flatMap((value, i) => {
    const middle = midpoint(axis, inside[i]!, value);
    return middle === null ? [] : [{ ...curve.fixed, [curve.along]: middle }];
  });
}

/**
 * Points to run next; none where the sentences rest on points run in full, and brackets were halved `rounds` times.
 * @param full keys of the points that were.
 * @param halved how often each curve's bracket was; counted up here.
 */
export function nextPoints(
  findings: Findings,
  evidence: Evidence,
  full: ReadonlySet<string>,
  halved: Map<string, number>,
  rounds: number,
): Values[] {
  return curvesOf(findings, evidence).flatMap((curve) => {
    const threshold = thresholdAlong(evidence, curve);
    const named = bearing(threshold)
      .map(({ value }) => ({ ...curve.fixed, [curve.along]: value }))
      .filter((values) => !full.has(pointKey(values)));
    if (named.length > 0 || threshold.kind !== 'bracketed') return named;
    const key = JSON.stringify(curve);
    const done = halved.get(key) ?? 0;
    if (done >= rounds) return [];
    halved.set(key, done + 1);
    return between(evidence, curve, [threshold.kept.value, threshold.lost.value]);
  });
}
