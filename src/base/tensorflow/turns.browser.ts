/** What `turns.ts` is in a web page: a worker takes one message after the other, so that all work has its turn. */

/** Does the work. */
export function takeTurn<T>(work: () => Promise<T>): Promise<T> {
  return work();
}
