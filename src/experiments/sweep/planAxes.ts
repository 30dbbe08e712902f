/** A plan's axes with what each of their values sets. */
import { PlanError } from '../../base/errors.js';
import { checkPath, hardwarePaths, RUN_PATHS } from './planPaths.js';
import type { PlanAxis } from './planSchema.js';
import type { AxisValue, SweepAxis } from './types.js';

/** Values by path. */
export type Settings = readonly (readonly [path: string, value: AxisValue])[];

export interface AxisRange {
  readonly from: number;
  readonly to: number;
  readonly scale: 'linear' | 'log';
  readonly integer: boolean;
}

export interface PlannedAxis extends SweepAxis {
  /** What value number i sets. */
  readonly settings: readonly Settings[];
  /** Of an axis that can be drawn from continuously. */
  readonly range: AxisRange | null;
}

/** The value a share `u` of the way along a range; twelve digits, so that 0.1 steps read as such. */
export function valueAt({ from, to, scale, integer }: AxisRange, u: number): number {
  const value = scale === 'log' ? from * (to / from) ** u : from + (to - from) * u;
  return integer ? Math.round(value) : Number(value.toPrecision(12));
}

function rangeOf({ range }: Extract<PlanAxis, { range: unknown }>, place: string): AxisRange {
  const { from, to, scale, round } = range;
  if (scale === 'log' && !(from > 0 && to > 0)) {
    throw new PlanError(`${place}: a log scale from ${from} to ${to}; both ends must be above 0, or the scale linear`);
  }
  return { from, to, scale, integer: round === 'integer' };
}

function scaleOf(values: readonly AxisValue[]): SweepAxis['scale'] {
  return values.every((value) => typeof value === 'number') ? 'linear' : 'categories';
}

function checkScale(scale: SweepAxis['scale'] | undefined, values: readonly AxisValue[], place: string) {
  if (scale === undefined) return scaleOf(values);
  if (scale !== 'categories' && scaleOf(values) === 'categories') {
    throw new PlanError(`${place}: scale ${scale} of values that are not all numbers; use categories`);
  }
  const isLog = (value: AxisValue) => (value as number) >= 0;
  if (scale === 'log' && !(values.every(isLog) && values.some((value) => (value as number) > 0))) {
    throw new PlanError(`${place}: scale log of values below 0, or of 0 alone; use linear`);
  }
  return scale;
}

function pathAxis(axis: Extract<PlanAxis, { path: string }>, place: string, isSampled: boolean): PlannedAxis {
  const { path } = axis;
  const common = { name: path, label: axis.label ?? path, paths: [path] };
  const of = (values: readonly AxisValue[]) => ({ values, settings: values.map((value) => [[path, value] as const]) });
  if ('values' in axis) {
    const values = [...new Set(axis.values)];
    return { ...common, ...of(values), scale: checkScale(axis.scale, values, place), range: null };
  }
  const range = rangeOf(axis, place);
  const { steps } = axis.range;
  if (steps === undefined && !isSampled) {
    throw new PlanError(
      `${place}.range: steps is missing; say how many values, or draw points with sample.latinHypercube`,
    );
  }
  // Points of a sample draw their own values.
  const count = isSampled ? 0 : steps!;
  const values = Array.from({ length: count }, (_, i) => valueAt(range, count > 1 ? i / (count - 1) : 0));
  return { ...common, ...of([...new Set(values)]), scale: range.scale, range };
}

function linkAxis({ name, link, label, scale }: Extract<PlanAxis, { link: unknown }>, place: string): PlannedAxis {
  const paths = Object.keys(link);
  const [first, ...others] = paths;
  if (first === undefined) throw new PlanError(`${place}.link is empty; name the paths that move together`);
  const values = link[first]!;
  const odd = others.find((path) => link[path]!.length !== values.length);
  if (odd !== undefined) {
    throw new PlanError(
      `${place}.link: ${first} has ${values.length} values and ${odd} ${link[odd]!.length}; paths that move together need as many`,
    );
  }
  if (new Set(values).size < values.length) {
    throw new PlanError(
      `${place}.link: ${first}, whose values name the points, has one of them twice; put a path first whose values differ`,
    );
  }
  return {
    name,
    label: label ?? name,
    paths,
    values,
    scale: checkScale(scale, values, place),
    ...(paths.every((path) => link[path]!.every((value, i) => value === values[i])) ? { same: true } : {}),
    settings: values.map((_, i) => paths.map((path) => [path, link[path]![i]!] as const)),
    range: null,
  };
}

function variantAxis({ name, variants, label }: Extract<PlanAxis, { variants: unknown }>, place: string): PlannedAxis {
  const values = Object.keys(variants);
  if (values.length === 0) throw new PlanError(`${place}.variants is empty; write label: { path: value, ... }`);
  const settings = values.map((value) => Object.entries(variants[value]!));
  const paths = [...new Set(settings.flatMap((ofOne) => ofOne.map(([path]) => path)))];
  return { name, label: label ?? name, paths, values, scale: 'categories', settings, range: null };
}

/**
 * Axes of a plan.
 * @param isSampled whether points are drawn, so that ranges need no steps.
 * @throws PlanError for an unknown path, one that two axes set, or values that do not go together.
 */
export function planAxes(axes: readonly PlanAxis[], origin: string, isSampled: boolean): PlannedAxis[] {
  const known = [...RUN_PATHS, ...hardwarePaths()];
  const owner = new Map<string, string>();
  return axes.map((axis, index) => {
    const place = `${origin}: axes.${index}`;
    const planned =
      'link' in axis
        ? linkAxis(axis, place)
        : 'variants' in axis
          ? variantAxis(axis, place)
          : pathAxis(axis, place, isSampled);
    for (const path of planned.paths) checkPath(path, place, known);
    for (const taken of new Set([planned.name, ...planned.paths])) {
      const other = owner.get(taken);
      if (other !== undefined) {
        throw new PlanError(`${place}: '${taken}' is already set or named by axis '${other}'; give it to one of them`);
      }
    }
    for (const taken of [planned.name, ...planned.paths]) owner.set(taken, planned.name);
    return planned;
  });
}
