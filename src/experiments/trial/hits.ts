/** Which images were classified correctly, as bits: image i is bit i & 7 (lowest first) of byte i >> 3; base64 in records. */

/** @param classes of each image. */
export function packHits(classes: ArrayLike<number>, labels: ArrayLike<number>): string {
  const bytes = new Uint8Array(Math.ceil(labels.length / 8));
  for (let i = 0; i < labels.length; i++) if (classes[i] === labels[i]) bytes[i >> 3]! |= 1 << (i & 7);
  return Buffer.from(bytes).toString('base64');
}

/** 1 for each image that was classified correctly, [images]. */
export function unpackHits(packed: string, images: number): Uint8Array {
  const bytes = Buffer.from(packed, 'base64');
  return Uint8Array.from({ length: images }, (_, i) => (bytes[i >> 3]! >> (i & 7)) & 1);
}
