/** Turns schema issues into one line each: path, value, remedy; an unknown key names the nearest known one. */
import type { z } from 'zod';
import { nearest } from '../base/text/nearest.js';
import { MOST_PROBLEMS, moreThan, printable, printablePath, printableValue } from '../base/text/printable.js';

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );
}

/**
 * One line for one issue of a description that was given as `root`.
 * @param keysAt the keys that there are below a path.
 */
function describeIssue(
  issue: z.core.$ZodIssue,
  root: unknown,
  keysAt: (path: readonly string[]) => readonly string[],
): string {
  const path = printablePath(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(issue.path.map(String));
    const unknown = issue.keys.slice(0, MOST_PROBLEMS).map((key) => ({ key, near: nearest(key, known) }));
    return [
      ...unknown.map(
        ({ key, near }) =>
          `unknown key '${printablePath([...issue.path, key])}'${near ? `, did you mean '${[...issue.path, near].join('.')}'?` : ''}`,
      ),
      ...moreThan(issue.keys.length),
      // Once, however many there are.
      ...(unknown.every(({ near }) => near) ? [] : [`known here: ${known.join(', ')}`]),
    ].join('; ');
  }
  return `${path || 'the description'} is ${printableValue(valueAt(root, issue.path), 60)}: ${printable(issue.message, 160)}`;
}

/** The first few issues, and how many there are besides: `describeIssue` of each. */
export function describeIssues(
  issues: readonly z.core.$ZodIssue[],
  root: unknown,
  keysAt: (path: readonly string[]) => readonly string[],
): string {
  return issues
    .slice(0, MOST_PROBLEMS)
    .map((issue) => describeIssue(issue, root, keysAt))
    .concat(moreThan(issues.length))
    .join('; ');
}
