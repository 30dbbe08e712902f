/** What the reports of the device explorer share. */
import { type Column, renderTable } from '../kit/table.js';

/** More bits than this come of float64 rounding, not of a device. */
const EXACT_BITS = 40;

/** Effective bits with one decimal place; 'exact' where nothing but rounding is left. */
export function bitsText(bits: number | null): string {
  if (bits === null) return '-';
  return bits > EXACT_BITS ? 'exact' : bits.toFixed(1);
}

/** `digits` significant digits without an exponent where that is readable; 0 as 0, what is not finite as '-'. */
export function numberText(value: number, digits = 4): string {
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  return size < 1e-4 || size >= 1e6 ? value.toExponential(digits - 1) : Number(value.toPrecision(digits)).toString();
}

/** Names with values below one another: ['linewidth', '0.1938 nm']. */
export function renderFacts(facts: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

/** A table with a line above that says what it is. */
export function titledTable<Row>(title: string, rows: readonly Row[], columns: readonly Column<Row>[]): string {
  return `${title}\n${renderTable(rows, { columns })}`;
}

/** A quality factor to a tenth: a measured one has more digits than meaning. */
export function qualityText(qualityFactor: number): string {
  return String(Math.round(qualityFactor * 10) / 10);
}
