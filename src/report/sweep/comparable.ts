/** Which points of a sweep may be ranked by their accuracy. */
import { CLAIM } from '../../experiments/ready/method/evidence.js';
import type { PointSummary } from '../../experiments/sweep/types.js';

/**
 * Those on as many images as any, and on as many chips, up to what a claim wants: all of 200 images on one chip are no more than
 * 99 % of 2,000 on four. Points without hardware have no chips.
 */
export function comparablePoints<P extends Pick<PointSummary, 'images' | 'chips' | 'cost'>>(points: readonly P[]): P[] {
  const images = Math.max(...points.map((point) => point.images));
  const measured = points.filter((point) => point.images === images);
  const chips = Math.min(CLAIM.chips, Math.max(...measured.map((point) => point.chips)));
  return measured.filter((point) => point.chips >= chips || point.cost === null);
}
