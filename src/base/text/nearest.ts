/** The name a user may have meant. */

/** Edit distance of two strings (Levenshtein 1966), case ignored. */
function editDistance(a: string, b: string): number {
  const [s, t] = [a.toLowerCase(), b.toLowerCase()];
  let row = Array.from({ length: t.length + 1 }, (_, j) => j);
  for (let i = 1; i <= s.length; i++) {
    const next = [i];
    for (let j = 1; j <= t.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (s[i - 1] === t[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[t.length]!;
}

/** Longer texts are no slips of the pen, and the distance of two of them takes the product of their lengths. */
const LONGEST = 200;

/** The candidate nearest to `name`, or undefined where none is near enough to be a slip of the pen. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  if (name.length > LONGEST) return undefined;
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    // The distance is at least the difference of the lengths.
    if (candidate.length > LONGEST || Math.abs(candidate.length - name.length) >= least) continue;
    const distance = editDistance(name, candidate);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best !== undefined && least <= Math.max(2, Math.floor(best.length / 2)) ? best : undefined;
}
