/** Trials divided among machines by their keys: disjoint, complete, and the same whatever else is in the sweep. */
import { UsageError } from '../../base/errors.js';

/** Shard `index` of `count`, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** @throws UsageError unless the text is i/n with 1 <= i <= n. */
export function parseShard(text: string): Shard {
  const [index, count] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text.trim()) ?? []).slice(1).map(Number);
  if (index === undefined || count === undefined || index < 1 || index > count) {
    throw new UsageError(`--shard ${text}: write i/n with i from 1 to n, as in 1/4`);
  }
  return { index, count };
}

/** Whether a trial belongs to a shard; the first 48 bits of its key say so. */
export function isInShard(key: string, { index, count }: Shard): boolean {
  return Number.parseInt(key.slice(0, 12), 16) % count === index - 1;
}
