/** Reading files of conformance cases: one error naming file, case and key for whatever is wrong. */
import { FormatError, SonicError } from '../../base/errors.js';
import { checkValue, valueAt } from '../../base/input/issues.js';
import { readJson } from '../../base/input/jsonText.js';
import { quoted } from '../../base/text/printable.js';
import { caseProblem } from './caseProblems.js';
import { type ConformanceCase, conformanceFile } from './caseSchema.js';

export interface ConformanceCases {
  readonly file: string;
  readonly cases: readonly ConformanceCase[];
}

/** Larger files are no hand-made cases. */
const MAXIMUM_FILE_BYTES = 2 ** 28;

/** How messages call the case that a path leads into: by its name, or its place where it has none. */
const caseOf = (root: unknown) => (path: readonly PropertyKey[]) => {
  if (path[0] !== 'cases' || typeof path[1] !== 'number') return null;
  const name = valueAt(root, ['cases', path[1], 'name']);
  return [`case ${typeof name === 'string' ? quoted(name) : path[1]}`, 2] as const;
};

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
  const { cases } = checkValue(
    conformanceFile,
    root,
    { place: file, ErrorClass: FormatError },
    { whole: 'the file', partOf: caseOf(root) },
  );
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
