/** What a trial is known by: the hash of everything that its numbers depend on. */
import { sha256Hex } from '../../files.js';
import type { TrialIdentity } from './types.js';

/** JSON with the keys of every object sorted, so that equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(',')}}`;
}

/** SHA-256 of the canonical JSON of an identity, the display name of its hardware left out. */
export function trialKey(identity: TrialIdentity): string {
  const { name: _, ...hardware } = identity.hardware;
  return sha256Hex(canonicalJson({ ...identity, hardware }));
}
