/** Numbers that papers print, as data with their source. They are set beside results and used in tests, never in a model. */
import { SonicError } from '../../base/errors.js';

/**
 * How a number came here: `read` in the work's own text or abstract; `second-hand` from another work's account of it;
 * `derived` by arithmetic from such numbers; `remembered`: no text at hand confirms it.
 */
export const STANDINGS = ['read', 'second-hand', 'derived', 'remembered'] as const;

export interface PublishedNumber {
  readonly value: number;
  readonly unit: string;
  readonly what: string;
  readonly source: string;
  readonly standing: string;
}

/** The content of a published.json. */
export interface Published {
  readonly accelerator: string;
  readonly citation: string;
  readonly numbers: Readonly<Record<string, PublishedNumber>>;
}

/** Numbers by their names. @throws SonicError if there is no such number */
export function publishedNumbers(published: Published, ...ids: string[]): PublishedNumber[] {
  return ids.map((id) => {
    publishedValue(published, id);
    return published.numbers[id]!;
  });
}

/** @throws SonicError if there is no such number. */
export function publishedValue(published: Published, id: string): number {
  const found = published.numbers[id];
  if (!found) throw new SonicError(`published numbers of ${published.accelerator}: there is no '${id}'`);
  return found.value;
}
