/** Domains and ticks of axes. */
import type { ScaleOptions } from '@observablehq/plot';

export type ScaleKind = 'linear' | 'log';

/** Decades from which on only powers of ten are labelled. */
const MANY_DECADES = 2.5;
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** 0.01, 5, 2000 as they are; from a million on and below a thousandth as power of ten: 10⁻⁴, 2·10⁶. */
export function tickText(value: number): string {
  const exponent = Math.floor(Math.log10(Math.abs(value)) + 1e-9);
  if (value === 0 || (exponent >= -3 && exponent < 6)) return String(Number(value.toPrecision(6)));
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)]).join('');
  const power = `10${exponent < 0 ? '⁻' : ''}${digits}`;
  const factor = Number((value / 10 ** exponent).toPrecision(3));
  return factor === 1 ? power : `${factor}·${power}`;
}

/** Ticks of a logarithmic axis: powers of ten, with 2 and 5 times them where there are few. */
export function logTicks([low, high]: readonly [number, number]): number[] {
  const factors = Math.log10(high / low) > MANY_DECADES ? [1] : [1, 2, 5];
  const first = Math.floor(Math.log10(low));
  const decades = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, i) => first + i);
  const ticks = decades.flatMap((decade) => factors.map((factor) => Number(`${factor}e${decade}`)));
  return ticks.filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
}

/** Values that a scale of the kind can show. */
export function shownValues(values: readonly number[], kind: ScaleKind): number[] {
  return values.filter((value) => Number.isFinite(value) && (kind === 'linear' || value > 0));
}

/**
 * From the least to the largest value with a share of that as room on both sides; around a single value, or 0 to 1 (1 to
 * 10) without any.
 */
export function domainOf(values: readonly number[], kind: ScaleKind, room: number): [number, number] {
  const shown = shownValues(values, kind);
  if (shown.length === 0) return kind === 'log' ? [1, 10] : [0, 1];
  const low = shown.reduce((least, value) => Math.min(least, value));
  const high = shown.reduce((most, value) => Math.max(most, value));
  if (kind === 'log') {
    const factor = high === low ? 2 : (high / low) ** room;
    return [low / factor, high * factor];
  }
  const space = high === low ? Math.abs(high) * 0.1 || 1 : (high - low) * room;
  return [low - space, high + space];
}

/** A place on an axis that has a text. */
export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** Options of a scale over `domain`; ticks of its own where none are given. */
export function axisOptions(
  kind: ScaleKind,
  label: string,
  domain: readonly [number, number],
  ticks?: readonly Tick[],
): ScaleOptions {
  const shared = { label, domain: [...domain], type: kind };
  if (ticks) {
    const labels = new Map(ticks.map((tick) => [tick.at, tick.label]));
    return { ...shared, ticks: [...labels.keys()], tickFormat: (at: number) => labels.get(at) ?? '' };
  }
  // Over less than half a decade there may be no power of ten, its double or its fivefold.
  if (kind === 'linear' || logTicks(domain).length < 2) return shared;
  return { ...shared, ticks: logTicks(domain), tickFormat: tickText };
}
