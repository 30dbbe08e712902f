import { describe, expect, it } from 'vitest';
import { imagesOf, sizeOf } from '../../src/base/batch.js';

describe('sizeOf', () => {
  it('multiplies the lengths, 1 for a scalar', () => {
    expect(sizeOf([3, 4, 5])).toBe(60);
    expect(sizeOf([])).toBe(1);
    expect(sizeOf([7, 0])).toBe(0);
  });
});

describe('imagesOf', () => {
  const values = Float32Array.from({ length: 12 }, (_, i) => i);

  it('is a view of the images asked for', () => {
    expect([...imagesOf(values, 4, 2)]).toEqual([6, 7, 8]);
    expect([...imagesOf(values, 4, 1, 2)]).toEqual([3, 4, 5, 6, 7, 8]);
    imagesOf(values, 4, 3)[0] = -1;
    expect(values[9]).toBe(-1);
  });

  it('keeps the kind of the array', () => {
    expect(imagesOf(new Uint8Array(6), 3, 0)).toBeInstanceOf(Uint8Array);
  });

  it('refuses values that are not so many images', () => {
    expect(() => imagesOf(values, 5, 0)).toThrow(new RangeError('12 values are not 5 images'));
    expect(imagesOf(new Uint8Array(0), 0, 0)).toHaveLength(0);
  });
});
