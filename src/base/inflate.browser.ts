/** What `inflate.ts` is in a web page, where Node's zlib is not. */
import { inflateSync } from 'fflate';

/** What `data` inflates to; null where it is damaged or does not give exactly `size` bytes. Never makes more than `size`. */
export function inflateRaw(data: Uint8Array, size: number): Uint8Array | null {
  try {
    // fflate drops what does not fit: one byte more shows that there was more.
    const content = inflateSync(data, { out: new Uint8Array(size + 1) });
    return content.length === size ? content : null;
  } catch {
    return null;
  }
}
