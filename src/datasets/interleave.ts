/**
 * The order in which images of a folder stand: the first of every class, then the second of every class that has one, and
 * so on. The first images are a mixture of the classes whatever their number, and the same ones each time.
 * @param sizes images of each class
 * @param count how many of the order are wanted, at most the sum of sizes
 * @returns class of each image, [count]; the images of a class follow in their own order
 */
export function interleavedClasses(sizes: readonly number[], count: number): Uint32Array {
  const classes = new Uint32Array(count);
  let left = sizes.flatMap((size, label) => (size > 0 ? [label] : []));
  let filled = 0;
  for (let round = 1; filled < count && left.length > 0; round++) {
    for (const label of left.slice(0, count - filled)) classes[filled++] = label;
    left = left.filter((label) => sizes[label]! > round);
  }
  if (filled < count) throw new RangeError(`${count} images are wanted of classes that have ${filled}`);
  return classes;
}
