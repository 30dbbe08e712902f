/** Points that no other point is better than. */

/** Whether a is at least as good as b everywhere and better somewhere; larger is better. */
export function dominates(a: readonly number[], b: readonly number[]): boolean {
  let better = false;
  for (let i = 0; i < a.length; i++) {
    if (a[i]! < b[i]!) return false;
    if (a[i]! > b[i]!) better = true;
  }
  return better;
}

/**
 * Indices of the points that none dominates, best in the first coordinate first; larger is better. Equal points all count.
 */
export function paretoFront(scores: readonly (readonly number[])[]): number[] {
  // Sorted like this, a point can only be dominated by one before it.
  const order = scores
    .map((_, i) => i)
    .sort((a, b) => {
      const [p, q] = [scores[a]!, scores[b]!];
      const differs = p.findIndex((value, i) => value !== q[i]);
      return differs < 0 ? a - b : q[differs]! - p[differs]!;
    });
  const front: number[] = [];
  for (const i of order) if (!front.some((j) => dominates(scores[j]!, scores[i]!))) front.push(i);
  return front;
}
