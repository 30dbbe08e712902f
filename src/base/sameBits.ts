/** Whether plain data are the same, bit for bit. */

type TypedArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** Its bytes, as few and wide words as they are whole ones. */
function wordsOf({ buffer, byteOffset, byteLength }: TypedArray): Int32Array | Uint8Array {
  if (byteOffset % 4 !== 0 || byteLength % 4 !== 0) return new Uint8Array(buffer, byteOffset, byteLength);
  return new Int32Array(buffer, byteOffset, byteLength / 4);
}

function sameArrays(a: TypedArray, b: TypedArray): boolean {
  if (a.constructor !== b.constructor || a.length !== b.length) return false;
  const [left, right] = [wordsOf(a), wordsOf(b)];
  if (left.length !== right.length) return [...a].every((value, at) => Object.is(value, b[at]));
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return false;
  return true;
}

/**
 * Whether two values of plain data (numbers, text, null, undefined, typed arrays, and arrays and objects of them) are the same.
 * 0 and -0 differ; a key whose value is undefined differs from none.
 */
export function sameBits(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (ArrayBuffer.isView(a) || ArrayBuffer.isView(b))
    return ArrayBuffer.isView(a) && ArrayBuffer.isView(b) && sameArrays(a as TypedArray, b as TypedArray);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a, b] as [Record<string, unknown>, Record<string, unknown>];
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameBits(left[key], right[key]))
  );
}

/** Bytes of all typed arrays in plain data. */
export function bytesOf(data: unknown): number {
  if (ArrayBuffer.isView(data)) return data.byteLength;
  if (typeof data !== 'object' || data === null) return 0;
  return Object.values(data).reduce((sum: number, value) => sum + bytesOf(value), 0);
}
