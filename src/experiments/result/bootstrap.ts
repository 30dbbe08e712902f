/**
 * Bootstrap interval of a mean over chips and images, each drawn from a larger population: every chip classified every image,
 * so both ways of the table are drawn anew, and independently of each other (Efron and Tibshirani, An Introduction to the
 * Bootstrap, 1993, chapters 8 and 13; of a crossed table: the pigeonhole bootstrap of Owen, Ann. Appl. Stat. 1, 386 (2007)).
 *
 * Two things keep it from being too narrow where the plain percentile interval is:
 * - n chips drawn from n deviate from their mean by less than n chips of the population, and few chips say little of how much
 *   that is: what the draw of chips moves is multiplied by (t / z) sqrt(n / (n - 1)), Student's t of n - 1 degrees (Hesterberg,
 *   Am. Stat. 69, 371 (2015), "expanded percentile interval").
 * - a sample in which nothing is ever lost would give an interval of width 0: as in Agresti and Min's interval of a paired
 *   difference (Statistics in Medicine 24, 729 (2005)) two images are added, here of +-sqrt(1/2), whose squares sum to one.
 *
 * Draws come from Philox streams of their own, so that an interval is the same wherever it is computed.
 */
import { philoxUniforms } from '../../base/random/philox.js';
import { Z95 } from '../../base/statistics/wilson.js';
import { studentT975 } from './chipDistribution.js';

/** Samples drawn; 50 of them lie beyond each end of the interval. */
const REPLICATES = 2000;
/** First word of the seed pair of replicate r; the second is r for images, `CHIPS` + r for chips. */
const SEED = 0x424f4f54;
const CHIPS = 0x100000;

/** Of the images added. */
const ADDED = [Math.SQRT1_2, -Math.SQRT1_2];

const drawOf = (uniform: number, count: number) => Math.min(Math.floor(uniform * count), count - 1);

/** Remembers the last two results: points of a sweep ask for the same, those of a refined one for few images and for many. */
function lastTwoOf<T>(make: (count: number) => T): (count: number) => T {
  let last: { readonly count: number; readonly made: T }[] = [];
  return (count) => {
    const known = last.find((one) => one.count === count) ?? { count, made: make(count) };
    last = [known, ...last.filter((one) => one !== known)].slice(0, 2);
    return known.made;
  };
}

/** How often each of `count` is drawn, [replicates][count]. */
const drawnCounts = (first: number) =>
  lastTwoOf((count) =>
    Array.from({ length: REPLICATES }, (_, replicate) => {
      const own = new Uint16Array(count);
      for (const uniform of philoxUniforms([SEED, first + replicate], 0, count)) own[drawOf(uniform, count)]!++;
      return own;
    }),
  );
const imageCounts = drawnCounts(0);
const chipCounts = drawnCounts(CHIPS);

/** An image on which some chip differs, with what each chip has there. */
function informative(table: readonly ArrayLike<number>[]): { at: number; values: number[] }[] {
  const images = table[0]!.length;
  const rows: { at: number; values: number[] }[] = [];
  for (let at = 0; at < images; at++) {
    const values = table.map((row) => row[at]!);
    if (values.some((value) => value !== 0)) rows.push({ at, values });
  }
  return [...rows, ...ADDED.map((value, k) => ({ at: images + k, values: table.map(() => value) }))];
}

/** Value below which a share of the sorted values lies. */
const quantile = (sorted: Float64Array, share: number) => sorted[Math.round(share * (sorted.length - 1))]!;

/**
 * 95 % interval of the mean of a table, [chips][images], of values from -1 to 1 that are mostly 0: what each image lost.
 * Of a single chip it covers images alone.
 */
export function bootstrapInterval95(table: readonly ArrayLike<number>[]): [number, number] {
  const chips = table.length;
  const images = table[0]!.length + ADDED.length;
  const rows = informative(table);
  const widened = chips > 1 ? (studentT975(chips - 1) / Z95) * Math.sqrt(chips / (chips - 1)) : 0;
  const drawnChips = chipCounts(chips);
  const means = Float64Array.from(imageCounts(images), (counts, replicate) => {
    const ofChips = new Float64Array(chips);
    for (const { at, values } of rows) {
      const count = counts[at]!;
      if (count > 0) for (let c = 0; c < chips; c++) ofChips[c]! += count * values[c]!;
    }
    const all = ofChips.reduce((sum, value) => sum + value, 0) / (chips * images);
    if (chips === 1) return all;
    const drawn = ofChips.reduce((sum, value, c) => sum + drawnChips[replicate]![c]! * value, 0);
    return all + widened * (drawn / (chips * images) - all);
  }).sort();
  return [Math.max(-1, quantile(means, 0.025)), Math.min(1, quantile(means, 0.975))];
}
