/** Turns schema issues into one line each: path, value, remedy; an unknown key names the nearest known one. */
import type { z } from 'zod';
import { nearest } from '../nearest.js';
import { hardwareKeys } from './paths.js';

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/**
 * One line for one issue of a description that was given as `root`.
 * @param keysAt the keys that there are below a path; default those of the hardware description.
 */
export function describeIssue(
  issue: z.core.$ZodIssue,
  root: unknown,
  keysAt: (path: readonly string[]) => readonly string[] = hardwareKeys,
): string {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(issue.path.map(String));
    return issue.keys
      .map((key) => {
        const full = [...issue.path, key].join('.');
        const near = nearest(key, known);
        return `unknown key '${full}'${near ? `, did you mean '${[...issue.path, near].join('.')}'?` : `; known here: ${known.join(', ')}`}`;
      })
      .join('; ');
  }
  return `${path || 'the description'} is ${show(valueAt(root, issue.path))}: ${issue.message}`;
}
