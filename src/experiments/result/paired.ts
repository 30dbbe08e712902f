/** Difference of two accuracies on the same images. */
import { Z95 } from '../../base/statistics/wilson.js';

export interface PairedDifference {
  /** Accuracy of the second minus accuracy of the first, a share. */
  readonly difference: number;
  /** 95 % interval (Agresti and Min, Statistics in Medicine 24, 729 (2005): Wald's with half an image added to each cell). */
  readonly interval95: readonly [number, number];
  /** Images that only the first classifies correctly, and that only the second does. */
  readonly lost: number;
  readonly won: number;
}

/** Interval of (won - lost) / images; as in Wilson's interval, counts need not be whole. */
export function pairedDifference(lost: number, won: number, images: number): PairedDifference {
  const [b, c, n] = [lost + 0.5, won + 0.5, images + 2];
  const centre = (c - b) / n;
  const half = (Z95 * Math.sqrt(b + c - (c - b) ** 2 / n)) / n;
  return {
    difference: images === 0 ? 0 : (won - lost) / images,
    interval95: [Math.max(-1, centre - half), Math.min(1, centre + half)],
    lost,
    won,
  };
}
