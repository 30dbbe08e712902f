/** Numbers as people read them. */

/** SI prefixes, the largest first. */
export const SI_PREFIXES = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
  [1, ''],
  [1e-3, 'm'],
  [1e-6, 'u'],
  [1e-9, 'n'],
  [1e-12, 'p'],
] as const;

/** What a ratio with nothing below the line is. */
export const NOT_DEFINED = 'not defined';

const MOST_DECIMALS = 20;

/** A quantity with an SI prefix and `digits` significant digits: 1.57e-5 s -> '15.7 us'; null is not defined. */
export function formatSi(value: number | null, unit: string, digits = 3): string {
  if (value === null) return NOT_DEFINED;
  if (value === 0 || !Number.isFinite(value)) return `${value} ${unit}`.trim();
  const rounded = Number(value.toPrecision(digits));
  const [factor, prefix] = SI_PREFIXES.find(([size]) => Math.abs(rounded) >= size) ?? SI_PREFIXES.at(-1)!;
  const scaled = rounded / factor;
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(scaled))));
  // Far below the smallest prefix there are more zeros than toFixed can write, or anybody read.
  if (decimals > MOST_DECIMALS) return `${value.toExponential(digits - 1)} ${unit}`.trim();
  return `${scaled.toFixed(decimals)} ${prefix}${unit}`.trim();
}

/** A rate in running text, where the unit says what it is: '64.0 FPS', 'FPS not defined'. */
export function formatRate(value: number | null, unit: string, digits = 3): string {
  return value === null ? `${unit} ${NOT_DEFINED}` : formatSi(value, unit, digits);
}

/** A share as per cent with `decimals` places: 0.9851 -> '98.51 %'; null is not defined. */
export function formatShare(share: number | null, decimals = 2): string {
  if (share === null) return NOT_DEFINED;
  return `${(share * 100).toFixed(decimals)} %`;
}

/** A difference of shares in points: -0.003 -> '-0.30'. */
export function formatPoints(share: number): string {
  return (100 * share).toFixed(2).replace(/^(?!-)/, '+');
}

/** A difference of accuracies with its interval, in points: '-0.30 (-0.61 to +0.01)'. */
export function formatChange({
  difference,
  interval95: [low, high],
}: {
  readonly difference: number;
  readonly interval95: readonly [number, number];
}): string {
  return `${formatPoints(difference)} (${formatPoints(low)} to ${formatPoints(high)})`;
}

/** A count with thousands separators; a mean that is no integer keeps one decimal place. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 1 });
}

/** Seconds as a person says them: 75 -> '1 min 15 s'. */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
