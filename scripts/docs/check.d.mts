/** Types of check.mjs, for tests. */
export function documentedPages(root?: string): string[];
export function shellLine(command: string): string;
export function shownLines(output: string, marker: { readonly part?: number; readonly skip?: number }): string[];
export function firstDifference(
  shown: readonly string[],
  now: readonly string[],
  except?: string,
): { readonly line: number; readonly was: string; readonly now: string } | null;
