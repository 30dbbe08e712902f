/** Numbers of a few bits each, one after the other, lowest bit first (numpy: packbits with bitorder='little'). */

/** Bits that hold 0 .. count - 1. */
export function bitsFor(count: number): number {
  return count <= 1 ? 0 : 32 - Math.clz32(count - 1);
}

/** Bytes that `count` numbers of `width` bits take. */
export function packedBytes(count: number, width: number): number {
  return Math.ceil((count * width) / 8);
}

/** `values` in `width` (0 to 8) bits each; the last byte is filled with zeros. */
export function packBits(values: Uint8Array, width: number): Uint8Array {
  const packed = new Uint8Array(packedBytes(values.length, width));
  for (let i = 0; i < values.length; i++) {
    const bit = i * width;
    const byte = Math.floor(bit / 8);
    const shifted = values[i]! << (bit % 8);
    if (width > 0) packed[byte]! |= shifted & 0xff;
    if (shifted > 0xff) packed[byte + 1]! |= shifted >> 8;
  }
  return packed;
}

/** The `count` numbers of `width` (0 to 8) bits that `packed` begins with. */
export function unpackBits(packed: Uint8Array, count: number, width: number): Uint8Array {
  const values = new Uint8Array(count);
  if (width === 0) return values;
  const mask = 2 ** width - 1;
  // Bits that were read and belong to numbers to come.
  let [ahead, held, at] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    if (held < width) {
      ahead |= packed[at++]! << held;
      held += 8;
    }
    values[i] = ahead & mask;
    ahead >>= width;
    held -= width;
  }
  return values;
}

/** Whether the bits behind the last number are all zero. */
export function paddingIsZero(packed: Uint8Array, count: number, width: number): boolean {
  const used = (count * width) % 8;
  return used === 0 || packed.at(-1)! >> used === 0;
}
