/** What `time.ts` is in a web page: work runs in a worker that its page can end. */
import type { Origin } from './tree.js';

/** The result of `work`. */
export function withinTime<T>(work: () => T, _origin: Origin): T {
  return work();
}
