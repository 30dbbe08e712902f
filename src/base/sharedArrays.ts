/**
 * Large arrays in memory that threads can share: what lies there is not copied for each of them. A page that is not isolated
 * has no such memory; its arrays are plain ones.
 */

/** Smaller arrays are not worth it. */
const LEAST_BYTES = 2 ** 16;

/** Zeros, of so many bytes. */
export function shareableBytes(bytes: number): ArrayBufferLike {
  return bytes < LEAST_BYTES || typeof SharedArrayBuffer === 'undefined'
    ? new ArrayBuffer(bytes)
    : new SharedArrayBuffer(bytes);
}

/** Zeros, [length]. */
export const shareableFloat64 = (length: number): Float64Array => new Float64Array(shareableBytes(8 * length));

/** Zeros, [length]. */
export const shareableFloat32 = (length: number): Float32Array => new Float32Array(shareableBytes(4 * length));

/** Zeros, [length]. */
export const shareableInt32 = (length: number): Int32Array => new Int32Array(shareableBytes(4 * length));

/** Zeros, [length]. */
export const shareableUint16 = (length: number): Uint16Array => new Uint16Array(shareableBytes(2 * length));

/** Zeros, [length]. */
export const shareableUint8 = (length: number): Uint8Array => new Uint8Array(shareableBytes(length));
