/** What a layer bears, read off its curve. */
import type { PairedDifference } from '../result/paired.js';

/** One measured value of a curve; `change` is against the reference, on the same images and chips. */
export interface CurvePoint {
  /** Share of zeros, or number of clusters. */
  readonly value: number;
  readonly accuracy: number;
  readonly interval95: readonly [number, number];
  readonly change: PairedDifference;
  /** Whether the layer's weights are what they were: it has as many zeros, or as few values, already. */
  readonly same: boolean;
}

/** Accuracy lost, a share; below 0 where some was won. */
export const lossOf = ({ change }: Pick<CurvePoint, 'change'>): number => 0 - change.difference;

/** The most that may have been lost: the upper end of the loss's 95 % interval, and nothing where nothing was changed. */
export const possibleLossOf = ({ change, same }: Pick<CurvePoint, 'change' | 'same'>): number =>
  same ? 0 : 0 - change.interval95[0];

/**
 * Place of the hardest point of a curve that loses at most `budget`, as do all milder ones: one beyond a worse one is chance.
 * @param curve from the mildest value to the hardest
 * @returns -1 where the mildest loses more
 */
export function hardestWithin(
  curve: readonly CurvePoint[],
  budget: number,
  loss: (point: CurvePoint) => number = lossOf,
): number {
  const beyond = curve.findIndex((point) => loss(point) > budget);
  return (beyond < 0 ? curve.length : beyond) - 1;
}
