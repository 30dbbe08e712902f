import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interleavedClasses } from '../../src/datasets/interleave.js';

describe('the order of the classes of a folder', () => {
  it('takes one image of each in turn, while a class has any', () => {
    expect([...interleavedClasses([2, 0, 3, 1], 6)]).toEqual([0, 2, 3, 0, 2, 2]);
  });

  it('holds each image once, mixes the classes in any prefix, and begins alike whatever is wanted', () => {
    const sizesOf = fc.array(fc.nat(6), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(sizesOf, fc.nat(50), (sizes, wanted) => {
        const total = sizes.reduce((sum, size) => sum + size, 0);
        const [whole, count] = [[...interleavedClasses(sizes, total)], Math.min(wanted, total)];
        expect([...interleavedClasses(sizes, count)]).toEqual(whole.slice(0, count));
        const used = sizes.map((_, label) => whole.slice(0, count).filter((of) => of === label).length);
        // A class may be behind another by more than one image only where it has no more.
        const most = Math.max(...used);
        sizes.forEach((size, label) => {
          expect(used[label]).toBeGreaterThanOrEqual(Math.min(size, most - 1));
          expect(whole.filter((of) => of === label)).toHaveLength(size);
        });
      }),
    );
  });

  it('is refused for more images than there are', () => {
    expect(() => interleavedClasses([1, 1], 3)).toThrow(RangeError);
  });
});
