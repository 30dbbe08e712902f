/** The method in words: thresholds as "between a and b", losses with their interval, and what is no claim. */
import { CLAIM, type Loss } from './evidence.js';
import { bearing, type CurvePoint, type Threshold } from './threshold.js';

const count = (n: number) => n.toLocaleString('en-US');
const tenths = (share: number) => {
  const value = (100 * share).toFixed(1);
  return value === '-0.0' ? '0.0' : value;
};

/** 0.0123 -> '1.2 points'; a gain is a negative loss. */
const points = (share: number) => `${tenths(share)} points`;

/** '1 point', '0.5 points'. */
export const marginText = (margin: number) => {
  const value = Number((100 * margin).toPrecision(3));
  return `${value} ${value === 1 ? 'point' : 'points'}`;
};

/** '0.4 points (-0.1 to 0.9)'. */
export const lossText = ({ share, interval95: [low, high] }: Pick<Loss, 'share' | 'interval95'>) =>
  `${points(share)} (${tenths(low)} to ${tenths(high)})`;

/** What findings rest on: those of the fewest chips and images of the points that a sentence is read off. */
type Counted = Pick<Loss, 'chips' | 'images'>;

/** ' (preliminary, no claim: 1 chip and 600 images a point)' where that is too little; else nothing. */
export function standing(from: readonly Counted[]): string {
  if (from.length === 0) return '';
  const chips = Math.min(...from.map((one) => one.chips));
  const images = Math.min(...from.map((one) => one.images));
  if (chips >= CLAIM.chips && images >= CLAIM.images) return '';
  return ` (preliminary, no claim: ${chips} ${chips === 1 ? 'chip' : 'chips'} and ${count(images)} images a point)`;
}

/** Of sentences on thresholds. */
export const standingOf = <V>(thresholds: readonly Threshold<V>[]) =>
  standing(thresholds.flatMap((threshold) => bearing(threshold).map(({ loss }) => loss)));

export interface PhraseOptions<V> {
  /** A value of the axis, with its unit. */
  readonly show: (value: V) => string;
  /** With what is lost at the points that it names. */
  readonly detail?: boolean;
}

/** Where more than the margin is lost: goes on from 'more than 1 point is lost'. */
export function wherePhrase<V>(threshold: Threshold<V>, { show, detail = false }: PhraseOptions<V>): string {
  const at = ({ value, loss }: CurvePoint<V>, what: string) =>
    `${show(value)} (${detail ? `${what}: ${lossText(loss)}` : what})`;
  switch (threshold.kind) {
    case 'bracketed': {
      const { kept, lost, open } = threshold;
      const between = open.length === 0 ? '' : `, ${open.map(({ value }) => show(value)).join(' and ')} left open`;
      return `between ${at(kept, 'kept')} and ${at(lost, 'lost')}${between}`;
    }
    case 'never-lost':
      return `nowhere up to the end of the sweep, ${at(threshold.kept, 'kept')}`;
    case 'lost-from-start':
      return `from the start of the sweep on, ${at(threshold.lost, 'lost')}`;
    case 'not-monotone':
      return `at no single threshold: at ${at(threshold.lost, 'lost')} but not beyond it at ${at(threshold.kept, 'kept')}`;
    case 'undecided': {
      const { kept, lost, open } = threshold;
      if (kept) return `beyond ${at(kept, 'kept')} if anywhere, open from ${at(open[0]!, 'open')} on`;
      if (lost)
        return `at ${at(lost, 'lost')} at the latest, open from the start of the sweep, ${at(open[0]!, 'open')}`;
      return `at no value for certain, all are open from ${at(open[0]!, 'open')} on`;
    }
    case 'not-run':
      return 'at values that were not run';
    default:
      return threshold satisfies never;
  }
}

/** How sentences use the words. */
export const methodText = (margin: number) =>
  `A setting counts as lost where the whole 95 % interval of the accuracy that it loses lies beyond ${marginText(margin)}, as kept where ` +
  'none of it does, and else as open; losses are paired by image, against the digital network unless said otherwise, and ' +
  'intervals come from a bootstrap over chips and images. "Between" names the last point that is kept and the first that is ' +
  `lost, each by an end of its 95 % interval. What rests on fewer than ${CLAIM.chips} chips or ${count(CLAIM.images)} images a point is ` +
  'preliminary, and no claim.';
