/** Learning rates over the course of training, `progress` going from 0 to 1. */

export type LearningRate =
  | { readonly kind: 'constant'; readonly rate: number }
  /** From `rate` down to 0 along half a cosine (Loshchilov and Hutter 2017). */
  | { readonly kind: 'cosine'; readonly rate: number }
  /** Up from rate / 10 to `rate` during the first `warmUp` (default 0.3), then down to 0 (Smith and Topin 2018). */
  | { readonly kind: 'oneCycle'; readonly rate: number; readonly warmUp?: number };

const halfCosine = (from: number, to: number, share: number) =>
  to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2;

/** Learning rate at `progress`, the share of all steps that have been done. */
export function learningRateAt(schedule: LearningRate, progress: number): number {
  switch (schedule.kind) {
    case 'constant':
      return schedule.rate;
    case 'cosine':
      return halfCosine(schedule.rate, 0, progress);
    case 'oneCycle': {
      const { rate, warmUp = 0.3 } = schedule;
      if (progress < warmUp) return halfCosine(rate / 10, rate, progress / warmUp);
      return halfCosine(rate, 0, (progress - warmUp) / (1 - warmUp));
    }
    default:
      return schedule satisfies never;
  }
}
