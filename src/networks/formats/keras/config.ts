/** The configuration of a Keras layer or model: JSON from a file, every value checked as it is read. */

import { printableValue } from '../../../base/text/printable.js';
import type { Pair } from '../../types.js';
import { type Site, siteError } from '../import/site.js';

export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export class Config {
  constructor(
    readonly site: Site,
    private readonly values: Json,
  ) {}

  fail(problem: string): never {
    throw siteError(this.site, problem);
  }

  /** The value as it stands; null where it is absent. */
  raw(key: string): unknown {
    return Object.hasOwn(this.values, key) ? (this.values[key] ?? null) : null;
  }

  private wrong(key: string, expected: string): never {
    this.fail(
      `${key} is ${printableValue(this.raw(key))}, expected ${expected}; the file is damaged or of an unknown version`,
    );
  }

  number(key: string, otherwise: number): number {
    const value = this.raw(key) ?? otherwise;
    return typeof value === 'number' ? value : this.wrong(key, 'a number');
  }

  text(key: string, otherwise: string): string {
    const value = this.raw(key) ?? otherwise;
    return typeof value === 'string' ? value : this.wrong(key, 'a text');
  }

  flag(key: string, otherwise: boolean): boolean {
    const value = this.raw(key) ?? otherwise;
    return typeof value === 'boolean' ? value : this.wrong(key, 'true or false');
  }

  /** Whole numbers. */
  list(key: string): readonly number[] | null {
    const value = this.raw(key);
    if (value === null) return null;
    const isList = Array.isArray(value) && value.length <= 64 && value.every((item) => Number.isSafeInteger(item));
    return isList ? (value as number[]) : this.wrong(key, 'a list of whole numbers');
  }

  /** One number for both axes, or two. */
  pair(key: string, otherwise: Pair): Pair {
    const value = this.raw(key) ?? otherwise;
    if (typeof value === 'number') return [value, value];
    const isPair = Array.isArray(value) && value.length === 2 && value.every((item) => Number.isSafeInteger(item));
    return isPair ? (value as unknown as Pair) : this.wrong(key, 'two whole numbers');
  }

  /** [[top, bottom], [left, right]] out of one number, two, or two pairs. */
  edges(key: string): readonly [Pair, Pair] {
    const value = this.raw(key) ?? [1, 1];
    if (typeof value === 'number')
      return [
        [value, value],
        [value, value],
      ];
    if (Array.isArray(value) && value.length === 2) {
      const sides = value.map((side: unknown) => (typeof side === 'number' ? [side, side] : side));
      const fits = (side: unknown) =>
        Array.isArray(side) && side.length === 2 && side.every((item) => Number.isSafeInteger(item));
      if (sides.every(fits)) return sides as unknown as readonly [Pair, Pair];
    }
    return this.wrong(key, 'a number, two numbers or two pairs');
  }

  /** Refuses a setting that would change the result. */
  require(key: string, ...allowed: readonly unknown[]): void {
    const value = this.raw(key);
    if (value !== null && !allowed.includes(value))
      this.fail(`${key} ${printableValue(value)} is not supported; only ${allowed.map(printableValue).join(', ')}`);
  }
}
