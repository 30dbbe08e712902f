/** What names a trial: the hash of everything that its numbers depend on. */

import { sha256Hex } from '../../base/files.js';
import type { Dataset } from '../../datasets/types.js';
import type { Trial, TrialIdentity } from '../sweep/types.js';

/**
 * JSON without freedom: keys sorted by UTF-16 code units, no white space, members that are undefined left out, numbers as
 * JSON.stringify writes them (the shortest text that reads back as the same double).
 * @throws TypeError where a number is not finite: JSON has no text for it.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${value} has no canonical JSON`);
  return JSON.stringify(value);
}

/** SHA-256 of a data set, extended by the images' places in their split where those are not 0, 1, 2, ... */
export function datasetHash({ sha256, indices }: Pick<Dataset, 'sha256' | 'indices'>): string {
  if (!indices) return sha256;
  return sha256Hex(Buffer.concat([Buffer.from(sha256), Buffer.from(Int32Array.from(indices).buffer)]));
}

/** SHA-256 of the canonical JSON of an identity, the display name of its hardware left out. */
export function trialKey(identity: TrialIdentity): string {
  const { name: _, ...hardware } = identity.hardware;
  return sha256Hex(canonicalJson({ ...identity, hardware }));
}

/** What of a trial every computation of it must reproduce: names, times, threads, batch, adapter and versions set aside. */
function numbersOf({ result, hits, layerErrors }: Trial): unknown {
  const { hardware: _, run, ...numbers } = result;
  const {
    threads: _t,
    batch: _b,
    wallTime_s: _w,
    imagesPerSecond: _i,
    adapter: _a,
    versions: _v,
    ...reproducible
  } = run;
  return { result: { ...numbers, run: reproducible }, hits, layerErrors };
}

function differenceAt(a: unknown, b: unknown, path: string): string | null {
  if (Object.is(a, b)) return null;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return `${path} is ${JSON.stringify(a)} in one and ${JSON.stringify(b)} in the other`;
  }
  const [first, second] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const name of new Set([...Object.keys(first), ...Object.keys(second)])) {
    const found = differenceAt(first[name], second[name], path === '' ? name : `${path}.${name}`);
    if (found) return found;
  }
  return null;
}

/** Where two trials of one key have different numbers, in words; null if they have the same, bit for bit. */
export function trialDifference(a: Trial, b: Trial): string | null {
  return differenceAt(numbersOf(a), numbersOf(b), '');
}
