/** The points of a plan: the grid of its axes, or a Latin hypercube over them, less what it excludes. */
import { PlanError } from '../../base/errors.js';
import { philoxUniforms } from '../../base/random/philox.js';
import { excluder } from './exclude.js';
import { type PlannedAxis, planAxes, type Settings, valueAt } from './planAxes.js';
import { MAXIMUM_SWEEP_POINTS, type SweepPlan } from './planSchema.js';
import type { AxisValue } from './types.js';

/** More combinations than this are not looked through for those that `exclude` leaves. */
const MAXIMUM_COMBINATIONS = 1_000_000;

export interface PlannedPoint {
  /** By axis name. */
  readonly values: Readonly<Record<string, AxisValue>>;
  /** What the axes set, in their order. */
  readonly settings: Settings;
}

/** One value of an axis. */
type Choice = readonly [value: AxisValue, settings: Settings];

function pointOf(axes: readonly PlannedAxis[], choices: readonly Choice[]): PlannedPoint {
  return {
    values: Object.fromEntries(axes.map(({ name }, a) => [name, choices[a]![0]])),
    settings: choices.flatMap(([, settings]) => settings),
  };
}

/** Every combination, the last axis fastest. */
function* gridPoints(axes: readonly PlannedAxis[]): Generator<PlannedPoint> {
  const total = axes.reduce((product, { values }) => product * values.length, 1);
  for (let index = 0; index < total; index++) {
    let rest = index;
    const choices = axes
      .toReversed()
      .map(({ values, settings }): Choice => {
        const i = rest % values.length;
        rest = Math.floor(rest / values.length);
        return [values[i]!, settings[i]!];
      })
      .toReversed();
    yield pointOf(axes, choices);
  }
}

/** 0 .. count - 1 in an order drawn with a stream of its own (Fisher and Yates). */
function permutation(count: number, uniforms: Float64Array): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.min(Math.floor(uniforms[i]! * (i + 1)), i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/**
 * `count` values of an axis, one in each of `count` strata of equal width, in random order (McKay, Beckman and Conover,
 * Technometrics 21, 239 (1979)); the values of a list come equally often, but for one.
 */
function strataOf(
  { path, range, values, settings }: PlannedAxis & { path: string },
  count: number,
  draws: Float64Array,
) {
  const order = permutation(count, draws.subarray(0, count));
  return order.map((stratum, i): Choice => {
    if (!range) {
      const at = Math.floor((stratum * values.length) / count);
      return [values[at]!, settings[at]!];
    }
    const value = valueAt(range, (stratum + draws[count + i]!) / count);
    return [value, [[path, value]]];
  });
}

function hypercubePoints(axes: readonly PlannedAxis[], count: number, seed: number): PlannedPoint[] {
  const columns = axes.map((axis, a) =>
    strataOf({ ...axis, path: axis.paths[0]! }, count, philoxUniforms([seed, a], 0, 2 * count)),
  );
  return Array.from({ length: count }, (_, i) =>
    pointOf(
      axes,
      columns.map((column) => column[i]!),
    ),
  );
}

/** Axes of drawn points have the values that were drawn. */
function drawnAxes(axes: readonly PlannedAxis[], points: readonly PlannedPoint[]): PlannedAxis[] {
  return axes.map((axis) =>
    axis.range
      ? { ...axis, values: [...new Set(points.map(({ values }) => values[axis.name] as number))].sort((a, b) => a - b) }
      : axis,
  );
}

export interface PlannedPoints {
  readonly axes: readonly PlannedAxis[];
  readonly points: readonly PlannedPoint[];
}

/**
 * Axes and points of a plan.
 * @throws PlanError as `planAxes`, for too many points, or where none is left.
 */
export function planPoints(plan: SweepPlan, origin: string): PlannedPoints {
  const { sample } = plan;
  const axes = planAxes(plan.axes, origin, sample !== undefined);
  const isExcluded = excluder(plan.exclude, axes, origin);
  const total = sample ? sample.latinHypercube : axes.reduce((product, { values }) => product * values.length, 1);
  const tooMany = (what: string) =>
    new PlanError(`${origin}: ${what}; give fewer values, or draw points with sample.latinHypercube`);
  if (total > (plan.exclude.length > 0 ? MAXIMUM_COMBINATIONS : MAXIMUM_SWEEP_POINTS)) {
    throw tooMany(`the axes have ${total} combinations, at most ${MAXIMUM_SWEEP_POINTS} are run`);
  }
  const points: PlannedPoint[] = [];
  for (const point of sample ? hypercubePoints(axes, sample.latinHypercube, sample.seed) : gridPoints(axes)) {
    if (isExcluded(point.values, point.settings)) continue;
    if (points.length === MAXIMUM_SWEEP_POINTS) {
      throw tooMany(
        `exclude leaves more than ${MAXIMUM_SWEEP_POINTS} of ${total} combinations, which is the most that is run`,
      );
    }
    points.push(point);
  }
  if (points.length === 0) throw new PlanError(`${origin}: exclude leaves none of ${total} points; leave some in`);
  return { axes: drawnAxes(axes, points), points };
}
