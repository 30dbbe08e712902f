/**
 * Measured noise of a receiver: standard deviations over the noiseless partial sum, added at every conversion (effect
 * `converterNoise`). Linear between rows, beyond them the nearer end's value.
 *
 * A table is the rows of its CSV with the header first, which says what its numbers are parts of: `u_over_range,
 * sigma_over_range` of the ADC's full-scale range, which is calibrated per layer by the gain before it (how a converter is
 * measured: codes against codes); `u,sigma` of one full-scale product, as u everywhere here (what is referred to the light:
 * a photocurrent over I c, which differs between CONV and FC units and between link budgets).
 */
import { linearAt } from '../../base/bisection.js';

export type NoiseTableRows = readonly (readonly [string | number, string | number])[];

/** Headers, with what the numbers below them are parts of. */
export const NOISE_TABLE_HEADERS = {
  range: ['u_over_range', 'sigma_over_range'],
  product: ['u', 'sigma'],
} as const;

/** Fewest and most rows below the header: a curve has two points; one at every code of 12 bits is more than noise needs. */
export const NOISE_TABLE_ROWS = { least: 2, most: 4096 } as const;
/** Largest |u| and sigma: a million times full scale leaves no signal, and its square is still a float32 in steps of 24 bits. */
const LARGEST = 1e6;
/** Least distance of neighbours over the largest |u|: single precision tells rows apart down to a tenth of that. */
const LEAST_STEP = 1e-6;

/** In units of u, one full-scale product being 1. */
export interface NoiseTable {
  /** Ascending, [rows]. */
  readonly u: Float64Array;
  /** At least 0, [rows]. */
  readonly sigma: Float64Array;
}

type Scale = keyof typeof NOISE_TABLE_HEADERS;

function scaleOf(header: readonly unknown[] | undefined): Scale | null {
  const scales = Object.keys(NOISE_TABLE_HEADERS) as Scale[];
  return scales.find((scale) => NOISE_TABLE_HEADERS[scale].every((name, at) => header?.[at] === name)) ?? null;
}

/** What headers may be, for messages. */
export const NOISE_TABLE_FORMS =
  `'${NOISE_TABLE_HEADERS.range.join(',')}' (parts of the ADC's range) or '${NOISE_TABLE_HEADERS.product.join(',')}' ` +
  '(parts of one full-scale product)';

/**
 * What is wrong with a table, as the rest of a sentence that begins with the place; null: nothing.
 * @param table header and rows.
 */
export function noiseTableProblem(table: NoiseTableRows): string | null {
  const [header, ...rows] = table;
  if (scaleOf(header) === null)
    return `begins with ${JSON.stringify(header)}, not with a header; write ${NOISE_TABLE_FORMS}`;
  if (rows.length < NOISE_TABLE_ROWS.least || rows.length > NOISE_TABLE_ROWS.most)
    return `has ${rows.length} row${rows.length === 1 ? '' : 's'} below its header; give from ${NOISE_TABLE_ROWS.least} to ${NOISE_TABLE_ROWS.most}`;
  const placeOf = (at: number) => `row ${at + 1} (${header![0]} ${rows[at]![0]}, ${header![1]} ${rows[at]![1]})`;
  for (const [at, [u, sigma]] of rows.entries()) {
    const place = placeOf(at);
    if (!Number.isFinite(u) || !Number.isFinite(sigma)) return `${place}: both must be finite numbers`;
    if ((sigma as number) < 0) return `${place}: a standard deviation is not negative; is it a variance or an offset?`;
    if (Math.abs(u as number) > LARGEST || (sigma as number) > LARGEST)
      return `${place}: beyond ${LARGEST} times full scale; divide by ${header![0] === 'u' ? 'one full-scale product' : "the converter's full scale"}`;
  }
  const largest = rows.reduce((most, [u]) => Math.max(most, Math.abs(u as number)), 0);
  for (const [at, [u]] of rows.entries()) {
    const place = placeOf(at);
    const before = rows[at - 1]?.[0] as number | undefined;
    if (before === undefined) continue;
    if (!((u as number) > before)) return `${place}: ${header![0]} must ascend; sort the rows, each value once`;
    if ((u as number) - before < LEAST_STEP * largest)
      return `${place}: closer to the row before than single precision tells apart; leave one of them out`;
  }
  return null;
}

/**
 * A table in units of u; null where it adds nothing.
 * @param rows header and rows without `noiseTableProblem`.
 * @param range the ADC's full-scale range in units of u.
 */
export function noiseTable(rows: NoiseTableRows, range: number): NoiseTable | null {
  const [header, ...numbers] = rows;
  const unit = scaleOf(header) === 'range' ? range : 1;
  if (numbers.every(([, sigma]) => sigma === 0)) return null;
  return {
    u: Float64Array.from(numbers, ([u]) => unit * (u as number)),
    sigma: Float64Array.from(numbers, ([, sigma]) => unit * (sigma as number)),
  };
}

/** The standard deviation at a noiseless u. */
export function tableSigma({ u: x, sigma }: NoiseTable, u: number): number {
  const last = x.length - 1;
  if (u <= x[0]!) return sigma[0]!;
  if (u >= x[last]!) return sigma[last]!;
  return linearAt(x, sigma, u);
}

/** The variance that a table adds at a noiseless u; 0 without one. */
export function tableVariance(table: NoiseTable | undefined, u: number): number {
  return table ? tableSigma(table, u) ** 2 : 0;
}

/** Least and largest variance anywhere within -reach to reach; 0 without a table. */
export function tableVariances(table: NoiseTable | undefined, reach: number): { least: number; most: number } {
  if (!table) return { least: 0, most: 0 };
  const inside = table.sigma.filter((_, at) => Math.abs(table.u[at]!) <= reach);
  const all = [tableSigma(table, -reach), tableSigma(table, reach), ...inside];
  const of = (sigma: number) => sigma ** 2;
  return {
    least: of(all.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)),
    most: of(all.reduce((a, b) => Math.max(a, b), 0)),
  };
}

/** Mean of the variance that a table adds where u is anything from -reach to reach; 0 without one. */
export function meanTableVariance(table: NoiseTable | undefined, reach: number): number {
  if (!table) return 0;
  const ends = [-reach, ...table.u.filter((u) => Math.abs(u) < reach), reach];
  // The square of a line from a to b has the mean (a^2 + a b + b^2) / 3.
  const parts = ends.slice(1).map((end, at) => {
    const [a, b] = [tableSigma(table, ends[at]!), tableSigma(table, end)];
    return ((end - ends[at]!) * (a * a + a * b + b * b)) / 3;
  });
  return parts.reduce((sum, part) => sum + part, 0) / (2 * reach);
}

/**
 * The table as linear pieces for kernels of single precision: sigma = at + slope (x - from) right of each row.
 * @param step unit of what kernels count in, in u.
 * @returns [rows + 1] each: the first piece, from -infinity, is flat; the last one too.
 */
export function tablePieces({ u, sigma }: NoiseTable, step: number) {
  const rows = u.length;
  const from = Float32Array.from({ length: rows + 1 }, (_, piece) => u[Math.max(piece - 1, 0)]! / step);
  const at = Float32Array.from({ length: rows + 1 }, (_, piece) => sigma[Math.max(piece - 1, 0)]! / step);
  const slope = Float32Array.from({ length: rows + 1 }, (_, piece) => {
    if (piece === 0 || piece === rows) return 0;
    return (sigma[piece]! - sigma[piece - 1]!) / (u[piece]! - u[piece - 1]!);
  });
  return { from, at, slope };
}
