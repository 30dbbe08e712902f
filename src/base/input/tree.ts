/** Trees of values out of a user's text: how deep and how large they may be. */
import type { SonicErrorClass } from '../errors.js';

/** What a text may hold, whatever reads it. */
export interface TreeLimits {
  /** Lists and maps within each other. */
  readonly maximumDepth: number;
  /** Values altogether: lists, maps and what they hold. */
  readonly maximumNodes: number;
}

/** For files that people write by hand: hardware, plans, architectures, tables. */
export const HAND_WRITTEN: TreeLimits = { maximumDepth: 32, maximumNodes: 200_000 };
/** For files that programs write: results, model configurations, conformance cases. */
export const MACHINE_WRITTEN: TreeLimits = { maximumDepth: 64, maximumNodes: 2 ** 23 };

/** What to call a text in messages, and which error to throw. */
export interface Origin {
  /** The file's name, or what stands for it. */
  readonly place: string;
  readonly ErrorClass: SonicErrorClass;
}

/**
 * Checks a value as its reader will walk it: what stands in it twice counts twice.
 * @throws ErrorClass where it contains itself, nests too deep or holds too much.
 */
export function checkTree(root: unknown, { place, ErrorClass }: Origin, limits: TreeLimits): void {
  const { maximumDepth, maximumNodes } = limits;
  const open = new Set<object>();
  let nodes = 0;
  const walk = (value: unknown): void => {
    if (++nodes > maximumNodes) {
      throw new ErrorClass(
        `${place}: holds more than ${maximumNodes} values, aliases counted as what they stand for; leave out what is not needed`,
      );
    }
    if (typeof value !== 'object' || value === null) return;
    if (open.has(value)) throw new ErrorClass(`${place}: a part of it contains itself by an alias; write it out`);
    open.add(value);
    // Never deeper than the limit: recursion is safe.
    if (open.size > maximumDepth) {
      throw new ErrorClass(`${place}: nests more than ${maximumDepth} deep; the file is damaged or hostile`);
    }
    for (const inner of Object.values(value)) walk(inner);
    open.delete(value);
  };
  walk(root);
}
