/** Axes of a sweep as figures need them: places on a scale, texts of values. */
import { SonicError } from '../../base/errors.js';
import { nearest } from '../../base/text/nearest.js';
import type { AxisValue, PointSummary, SweepAxis, SweepSummary } from '../../experiments/sweep/types.js';
import { type ScaleKind, type Tick, tickText } from '../kit/figures/axes.js';

/** A value as people read it. */
export function valueText(value: AxisValue | undefined): string {
  if (value === undefined) return '–';
  if (value === null) return 'none';
  return typeof value === 'number' ? tickText(value) : String(value);
}

/** 'label value' of every axis, for texts that name a point. */
export function pointText(axes: readonly SweepAxis[], { values }: Pick<PointSummary, 'values'>): string {
  return axes.map(({ name, label }) => `${withoutUnit(label)} ${valueText(values[name])}`).join(', ');
}

/** A label without its unit in parentheses. */
export function withoutUnit(label: string): string {
  return label.replace(/\s*\([^()]*\)$/, '') || label;
}

/** Values that points of the summary take, in the axis's order; numbers in theirs where a sampled axis lists none. */
export function valuesOf({ manifest, points }: SweepSummary, { name }: SweepAxis): AxisValue[] {
  const taken = new Set(points.map(({ values }) => values[name] ?? null));
  const listed = manifest.axes.find((axis) => axis.name === name)?.values ?? [];
  return [...listed.filter((value) => taken.delete(value)), ...taken];
}

/** Axes on which the points that there are differ. */
export function varyingAxes(summary: SweepSummary): SweepAxis[] {
  return summary.manifest.axes.filter((axis) => valuesOf(summary, axis).length > 1);
}

/**
 * The axis of a name.
 * @throws SonicError naming the figure's wish, and the nearest axis.
 */
export function axisNamed({ manifest }: SweepSummary, name: string): SweepAxis {
  const axis = manifest.axes.find((one) => one.name === name);
  if (axis) return axis;
  const names = manifest.axes.map((one) => one.name);
  const near = nearest(name, names);
  throw new SonicError(
    `sweep '${manifest.name}': a figure asks for axis '${name}', which the sweep does not have; ` +
      (near ? `did you mean '${near}'?` : `its axes are ${names.join(', ') || 'none'}`),
  );
}

/** Where an axis's values stand on a scale. */
export interface AxisScale {
  readonly kind: ScaleKind;
  readonly isNumeric: boolean;
  readonly ticks: readonly Tick[];
  readonly domain?: readonly [number, number];
  /** NaN for a value that is not the axis's. */
  readonly place: (value: AxisValue | undefined) => number;
}

/** Most ticks that stand at the axis's own values. */
const MOST_TICKS = 20;

/** 0 on a logarithmic axis stands as far below the least other value as the next one stands above it, at most a decade. */
function placeOfZero(values: readonly number[]): number {
  const [least, next] = values.filter((value) => value > 0).sort((a, b) => a - b);
  return least! / Math.min(10, (next ?? 10 * least!) / least!);
}

/** Numbers where the axis has only numbers; else one place after the other. */
export function scaleOf(axis: SweepAxis, values: readonly AxisValue[]): AxisScale {
  const isNumeric =
    axis.scale !== 'categories' &&
    values.every((value) => typeof value === 'number' && (axis.scale === 'linear' || value >= 0)) &&
    (axis.scale === 'linear' || values.some((value) => Number(value) > 0));
  if (!isNumeric) {
    return {
      kind: 'linear',
      isNumeric,
      ticks: values.map((value, at) => ({ at, label: valueText(value) })),
      domain: [-0.5, values.length - 0.5],
      place: (value) => {
        const at = values.indexOf(value ?? null);
        return at < 0 ? Number.NaN : at;
      },
    };
  }
  const numbers = values as readonly number[];
  const zeroAt = axis.scale === 'log' ? placeOfZero(numbers) : 0;
  const place = (value: number) => (value === 0 ? zeroAt : value);
  return {
    kind: axis.scale as ScaleKind,
    isNumeric,
    ticks: numbers.length > MOST_TICKS ? [] : numbers.map((value) => ({ at: place(value), label: tickText(value) })),
    place: (value) => (typeof value === 'number' ? place(value) : Number.NaN),
  };
}
