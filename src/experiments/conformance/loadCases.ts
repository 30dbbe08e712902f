/** Reading files of conformance cases: one error naming file, case and key for whatever is wrong. */
import type { z } from 'zod';
import { FormatError, SonicError } from '../../base/errors.js';
import { readJson } from '../../base/input/jsonText.js';
import { printable, printablePath, quoted } from '../../base/text/printable.js';
import { caseProblem } from './caseProblems.js';
import { type ConformanceCase, conformanceFile } from './caseSchema.js';

export interface ConformanceCases {
  readonly file: string;
  readonly cases: readonly ConformanceCase[];
}

/** Larger files are no hand-made cases. */
const MAXIMUM_FILE_BYTES = 2 ** 28;

/** How a message calls a case: by its name, or its place where it has none. */
function caseTitle(root: unknown, index: number): string {
  const name = (root as { cases?: { name?: unknown }[] }).cases?.[index]?.name;
  return typeof name === 'string' ? `case ${quoted(name)}` : `case ${index}`;
}

function describeIssue(issue: z.core.$ZodIssue, root: unknown): string {
  const inCase = issue.path[0] === 'cases' && typeof issue.path[1] === 'number';
  const place = inCase ? `${caseTitle(root, issue.path[1] as number)}: ` : '';
  const key = printablePath(inCase ? issue.path.slice(2) : issue.path);
  return `${place}${key ? `${key}: ` : ''}${printable(issue.message, 120)}`;
}

/** Where a case is not what the contract lets it be. */
function checkCase(file: string, given: ConformanceCase): void {
  const place = `${file}: case ${quoted(given.name)}`;
  try {
    const problem = caseProblem(given);
    if (problem) throw new FormatError(`${place}: ${problem.key} ${problem.what}`);
  } catch (error) {
    if (error instanceof FormatError || !(error instanceof SonicError)) throw error;
    throw new FormatError(`${place}: hardware: ${error.message}`, { cause: error });
  }
}

/**
 * Checks the content of a file of cases.
 * @param root what JSON.parse made of it.
 * @throws FormatError naming file, case and key.
 */
export function parseConformance(file: string, root: unknown): ConformanceCases {
  const result = conformanceFile.safeParse(root);
  if (!result.success) {
    const [issue, ...more] = result.error.issues;
    throw new FormatError(
      `${file}: ${describeIssue(issue!, root)}${more.length > 0 ? ` (and ${more.length} more like it)` : ''}`,
    );
  }
  const { cases } = result.data;
  const names = new Set<string>();
  for (const given of cases) {
    if (names.has(given.name)) throw new FormatError(`${file}: two cases are called ${quoted(given.name)}; rename one`);
    names.add(given.name);
    checkCase(file, given);
  }
  return { file, cases };
}

/** Reads one file of cases. @throws FormatError naming file, case and key. */
export async function loadConformance(file: string): Promise<ConformanceCases> {
  const root = await readJson(file, 'conformance file', { place: file, ErrorClass: FormatError }, MAXIMUM_FILE_BYTES);
  return parseConformance(file, root);
}
