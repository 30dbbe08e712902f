/** Expected numbers of chunks: how many rows a vector with a random number of non-zero entries is cut into. */

/** Natural logarithm of the gamma function (Lanczos, g = 7, 9 terms; Press et al., Numerical Recipes). */
function logGamma(x: number): number {
  const terms = [
    676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
    -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const series = terms.reduce((sum, term, i) => sum + term / (x + i), 0.99999999999980993);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(series);
}

/** Probability of `count` successes in `trials`. */
export function binomial(trials: number, share: number, count: number): number {
  if (share === 0 || share === 1) return count === trials * share ? 1 : 0;
  const ways = logGamma(trials + 1) - logGamma(count + 1) - logGamma(trials - count + 1);
  return Math.exp(ways + count * Math.log(share) + (trials - count) * Math.log1p(-share));
}

/**
 * E[ceil(x / size)] of a number x of non-zero entries among `length`, each non-zero with probability `share`. Where the
 * mean is above one chunk, x modulo the size is taken as uniform: x/m + (m - 1)/(2m); the binomial's sum below.
 */
export function expectedChunks(length: number, share: number, size: number): number {
  const mean = length * share;
  if (mean > size) return mean / size + (size - 1) / (2 * size);
  const last = Math.min(length, Math.ceil(mean + 10 * Math.sqrt(mean + 1)) + size);
  let sum = 0;
  for (let x = 1; x <= last; x++) sum += Math.ceil(x / size) * binomial(length, share, x);
  return sum;
}

/** Distribution function of the standard normal (Abramowitz and Stegun 7.1.26, error below 1e-7). */
export function normalCdf(z: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(z)) / Math.SQRT2);
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = 0.5 * poly * Math.exp((-z * z) / 2);
  return z < 0 ? tail : 1 - tail;
}

/** So many chunk rows with this probability. */
export interface ChunkOutcome {
  readonly rows: number;
  readonly probability: number;
}

/**
 * How many chunks x non-zero entries give, x being normal with mean and deviation, rounded, within 0 .. length.
 * Probabilities add up to 1.
 */
export function chunkDistribution(mean: number, deviation: number, length: number, size: number): ChunkOutcome[] {
  const last = Math.ceil(length / size);
  if (!(deviation > 0)) return [{ rows: Math.min(Math.ceil(mean / size), last), probability: 1 }];
  const below = (count: number) => normalCdf((count + 0.5 - mean) / deviation);
  const from = Math.max(0, Math.floor((mean - 8 * deviation) / size));
  const to = Math.min(last, Math.ceil((mean + 8 * deviation) / size));
  const outcomes: ChunkOutcome[] = [];
  let before = 0;
  for (let rows = from; rows <= to; rows++) {
    const upTo = rows === to ? 1 : below(rows * size);
    if (upTo - before > 1e-9) outcomes.push({ rows, probability: upTo - before });
    before = upTo;
  }
  const sum = outcomes.reduce((total, { probability }) => total + probability, 0);
  return outcomes.map(({ rows, probability }) => ({ rows, probability: probability / sum }));
}
