/** Arrays of numbers by their shape, and what lies in them: batches of images, one after the other. */

/** Numbers in an array of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

interface Sliceable<A> {
  readonly length: number;
  subarray(begin: number, end: number): A;
}

/**
 * Images `first` to `first + count - 1` of values [images, ...], not copied; one image where no count is given.
 * @throws RangeError where the values are not so many images.
 */
export function imagesOf<A extends Sliceable<A>>(values: A, images: number, first: number, count = 1): A {
  const size = values.length / images;
  if (images > 0 && !Number.isInteger(size)) throw new RangeError(`${values.length} values are not ${images} images`);
  return values.subarray(first * size, (first + count) * size);
}
