/** JSON has no text for NaN and infinity, and `JSON.stringify` writes null for them without a word: here is the word. */

/**
 * What to write as JSON for `value`: itself if all its numbers are finite; otherwise with a field `notFinite` beside its
 * own, which maps the path of each number that will be null to what it is ("layers.0.effectiveBits": "Infinity"). What is no
 * object becomes { value, notFinite }.
 */
export function withNotFinite(value: unknown): unknown {
  const notFinite: Record<string, string> = {};
  const collect = (part: unknown, path: string): void => {
    if (typeof part === 'number' && !Number.isFinite(part)) notFinite[path] = String(part);
    if (typeof part !== 'object' || part === null) return;
    for (const [key, member] of Object.entries(part)) collect(member, path === '' ? key : `${path}.${key}`);
  };
  collect(value, '');
  if (Object.keys(notFinite).length === 0) return value;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? { ...value, notFinite } : { value, notFinite };
}

/** The same number as `encodeNotFinite` wrote it into JSON, where it must come back bit for bit. */
export function decodeNotFinite(value: unknown): unknown {
  const { $number } = (typeof value === 'object' && value !== null ? value : {}) as { $number?: unknown };
  return typeof $number === 'string' ? Number($number) : value;
}

/** `{ $number: 'Infinity' }` for a number that JSON cannot hold (-0 too); anything else as it is. */
export function encodeNotFinite(value: unknown): unknown {
  const isPlain = typeof value !== 'number' || (Number.isFinite(value) && !Object.is(value, -0));
  return isPlain ? value : { $number: Object.is(value, -0) ? '-0' : String(value) };
}
