import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitsFor, packBits, packedBytes, paddingIsZero, unpackBits } from '../../../src/networks/formats/bits.js';

/** The stream as one big integer, value i at bit i * width. */
function byBigInt(values: readonly number[], width: number): Uint8Array {
  const stream = values.reduce((sum, value, i) => sum + (BigInt(value) << BigInt(i * width)), 0n);
  return Uint8Array.from({ length: Math.ceil((values.length * width) / 8) }, (_, i) =>
    Number((stream >> BigInt(8 * i)) & 255n),
  );
}

const arbitrary = fc
  .integer({ min: 0, max: 8 })
  .chain((width) =>
    fc.tuple(fc.constant(width), fc.array(fc.integer({ min: 0, max: 2 ** width - 1 }), { maxLength: 50 })),
  );

describe('packed bits', () => {
  it('are one little-endian integer', () => {
    fc.assert(
      fc.property(arbitrary, ([width, values]) => {
        const packed = packBits(Uint8Array.from(values), width);
        expect(packed).toEqual(byBigInt(values, width));
        expect(packed.length).toBe(packedBytes(values.length, width));
        expect(unpackBits(packed, values.length, width)).toEqual(Uint8Array.from(values));
        expect(paddingIsZero(packed, values.length, width)).toBe(true);
      }),
    );
  });

  it('show what stands behind the last value', () => {
    expect(paddingIsZero(Uint8Array.of(0b1111), 4, 1)).toBe(true);
    expect(paddingIsZero(Uint8Array.of(0b11111), 4, 1)).toBe(false);
    expect(paddingIsZero(Uint8Array.of(255, 0x80), 5, 3)).toBe(false);
    expect(paddingIsZero(Uint8Array.of(255, 0x7f), 5, 3)).toBe(true);
  });

  it('take the least width', () => {
    for (let count = 1; count <= 256; count++) {
      const width = bitsFor(count);
      expect(2 ** width >= count && (width === 0 || 2 ** (width - 1) < count)).toBe(true);
    }
    expect(bitsFor(0)).toBe(0);
  });
});
