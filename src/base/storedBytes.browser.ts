/** What `storedBytes.ts` is in a web page, where all bytes are in memory. */

/** Bytes `begin` to `end` - 1. */
export function readBytes(bytes: Uint8Array, begin = 0, end = bytes.length): Uint8Array {
  return bytes.subarray(begin, end);
}
