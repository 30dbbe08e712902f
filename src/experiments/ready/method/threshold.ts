/**
 * Where along a curve accuracy is lost: between two points that were run, never at a value between them.
 *
 * Each point is judged by the interval of its loss: `lost` where all of it lies beyond the margin, `kept` where none does, else
 * `open`. Either verdict is wrong in at most one case of forty (an end of a two-sided 95 % interval).
 */
import type { Loss } from './evidence.js';

export type Verdict = 'kept' | 'open' | 'lost';

/** @param margin share that may be lost. */
export function verdictOn({ interval95: [low, high] }: Pick<Loss, 'interval95'>, margin: number): Verdict {
  if (low > margin) return 'lost';
  return high <= margin ? 'kept' : 'open';
}

/** A point of a curve: the axis' value, and what is lost there. */
export interface CurvePoint<V = number> {
  readonly value: V;
  readonly loss: Loss;
}

export type Threshold<V = number> =
  /** Kept last at `kept`, lost first at `lost`; `open` are those between. */
  | {
      readonly kind: 'bracketed';
      readonly kept: CurvePoint<V>;
      readonly lost: CurvePoint<V>;
      readonly open: readonly CurvePoint<V>[];
    }
  /** Kept up to the end of the curve. */
  | { readonly kind: 'never-lost'; readonly kept: CurvePoint<V> }
  /** Lost at the first point, and kept nowhere. */
  | { readonly kind: 'lost-from-start'; readonly lost: CurvePoint<V> }
  /** Lost at `lost`, and kept again where things should be worse. */
  | { readonly kind: 'not-monotone'; readonly lost: CurvePoint<V>; readonly kept: CurvePoint<V> }
  /** One side of the threshold, or both, is not shown by any point. */
  | {
      readonly kind: 'undecided';
      readonly kept: CurvePoint<V> | null;
      readonly lost: CurvePoint<V> | null;
      readonly open: readonly CurvePoint<V>[];
    }
  | { readonly kind: 'not-run' };

/** @param points in the order in which things get worse. */
export function thresholdOf<V>(points: readonly CurvePoint<V>[], margin: number): Threshold<V> {
  // One point is no curve.
  if (points.length < 2) return { kind: 'not-run' };
  const verdicts = points.map(({ loss }) => verdictOn(loss, margin));
  const firstLost = verdicts.indexOf('lost');
  const lastKept = verdicts.lastIndexOf('kept');
  if (firstLost >= 0 && lastKept > firstLost) {
    return { kind: 'not-monotone', lost: points[firstLost]!, kept: points[verdicts.indexOf('kept', firstLost)]! };
  }
  if (firstLost === 0) return { kind: 'lost-from-start', lost: points[0]! };
  const [kept, lost] = [points[lastKept] ?? null, points[firstLost] ?? null];
  const open = points.slice(lastKept + 1, firstLost < 0 ? points.length : firstLost);
  if (kept && lost) return { kind: 'bracketed', kept, lost, open };
  if (kept && open.length === 0) return { kind: 'never-lost', kept };
  return { kind: 'undecided', kept, lost, open };
}

/** Points that a threshold is read off. */
export function bearing<V>(threshold: Threshold<V>): readonly CurvePoint<V>[] {
  switch (threshold.kind) {
    case 'not-run':
      return [];
    case 'undecided': {
      const { kept, lost, open } = threshold;
      return [kept, lost, ...open].filter((point) => point !== null);
    }
    default:
      return ['kept' in threshold ? threshold.kept : null, 'lost' in threshold ? threshold.lost : null].filter(
        (point) => point !== null,
      );
  }
}
