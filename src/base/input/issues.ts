/**
 * Values out of a user's file held against their schema. What is wrong is one line a problem: path, value, what is
 * allowed; an unknown key names the nearest known one.
 */
import type { z } from 'zod';
import { nearest } from '../text/nearest.js';
import { printable, printablePath, printableValue } from '../text/printable.js';
import { schemaKeys } from './schemaKeys.js';
import type { Origin } from './tree.js';

type Issue = z.core.$ZodIssue;

/** Of many problems, so many are said. */
const MOST_PROBLEMS = 3;

/** What stands for the problems that are not said; nothing where all are. */
const moreThan = (problems: number): string[] =>
  problems > MOST_PROBLEMS ? [`and ${problems - MOST_PROBLEMS} more like it`] : [];

/** What is said of a value that is wrong. */
interface IssueWords {
  /** What the whole value is called where it is wrong altogether. */
  readonly whole?: string | undefined;
  /** What the first keys of a path are called, and how many keys those are. */
  readonly partOf?: (path: readonly PropertyKey[]) => readonly [title: string, keys: number] | null;
  /** Where the value stands in the file. */
  readonly at?: readonly (string | number)[];
  /** What to do about it, where the problem alone does not say. */
  readonly remedy?: string;
}

/** The value at a path of a value; undefined where the path leads nowhere. */
export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );
}

function describeIssue(issue: Issue, root: unknown, schema: z.ZodType, words: IssueWords): string {
  const { whole = 'it', partOf } = words;
  const [title, told] = partOf?.(issue.path) ?? ['', 0];
  const place = title === '' ? '' : `${title}: `;
  const pathText = (path: readonly PropertyKey[]) => printablePath(path.slice(told));
  if (issue.code === 'unrecognized_keys') {
    const known = schemaKeys(schema, issue.path.map(String), root);
    const unknown = issue.keys.slice(0, MOST_PROBLEMS).map((key) => ({ key, near: nearest(key, known) }));
    return [
      ...unknown.map(
        ({ key, near }) =>
          `${place}unknown key '${pathText([...issue.path, key])}'${near ? `, did you mean '${pathText([...issue.path, near])}'?` : ''}`,
      ),
      ...moreThan(issue.keys.length),
      // Once, however many there are.
      ...(unknown.every(({ near }) => near) ? [] : [`known here: ${known.join(', ')}`]),
    ].join('; ');
  }
  const value = printableValue(valueAt(root, issue.path), 60);
  return `${place}${pathText(issue.path) || whole} is ${value}: ${printable(issue.message, 160)}`;
}

/** The first few things that `schema` finds wrong with `root`, and how many there are besides. */
export function describeIssues(
  issues: readonly Issue[],
  root: unknown,
  schema: z.ZodType,
  words: IssueWords = {},
): string {
  return issues
    .slice(0, MOST_PROBLEMS)
    .map((issue) => describeIssue(issue, root, schema, words))
    .concat(moreThan(issues.length))
    .join('; ');
}

/** `value` as `schema` has it. @throws ErrorClass naming the place, the path, the value and what is allowed. */
export function checkValue<S extends z.ZodType>(
  schema: S,
  value: unknown,
  { place, ErrorClass }: Origin,
  words: IssueWords = {},
): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = describeIssues(result.error.issues, value, schema, words);
  const { at = [], remedy } = words;
  throw new ErrorClass(
    [place, ...(at.length > 0 ? [at.join('.')] : []), problems].join(': ') + (remedy ? `; ${remedy}` : ''),
  );
}
