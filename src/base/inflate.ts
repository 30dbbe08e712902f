/** Deflate (RFC 1951); `inflate.browser.ts` stands for this file in a web page. */
import { inflateRawSync } from 'node:zlib';

/** What `data` inflates to; null where it is damaged or does not give exactly `size` bytes. Never makes more than `size`. */
export function inflateRaw(data: Uint8Array, size: number): Uint8Array | null {
  try {
    const content = inflateRawSync(data, { maxOutputLength: Math.max(1, size) });
    return content.length === size ? new Uint8Array(content.buffer, content.byteOffset, size) : null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE' || code?.startsWith('Z_')) return null;
    throw error;
  }
}
