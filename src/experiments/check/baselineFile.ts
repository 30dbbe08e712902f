/** Baseline files: read, with relative paths taken from where they lie. */
import { dirname, resolve } from 'node:path';
import { BaselineError } from '../../base/errors.js';
import { parseYaml, readYaml } from '../../base/input/yaml.js';
import { printableValue } from '../../base/text/printable.js';
import { type Check, parseBaseline } from './baselineSchema.js';

export interface BaselineFile {
  readonly file: string;
  readonly text: string;
  readonly checks: readonly Check[];
  /** Where relative paths start. */
  readonly folder: string;
}

const originOf = (file: string) => ({ place: file, ErrorClass: BaselineError });

function checked(file: string, text: string, value: unknown): BaselineFile {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BaselineError(
      `${file}: holds ${printableValue(value, 40)}, not a baseline; write 'checks:' and a list of runs below it`,
    );
  }
  return { file, text, checks: parseBaseline(value, file), folder: dirname(resolve(file)) };
}

/**
 * A baseline from its text.
 * @throws BaselineError naming file, path, value and what is allowed.
 */
export function baselineOf(file: string, text: string): BaselineFile {
  return checked(file, text, parseYaml(text, originOf(file)));
}

/** Reads a baseline file. @throws BaselineError as `baselineOf`, or if the file cannot be read. */
export async function loadBaseline(file: string): Promise<BaselineFile> {
  const { value, text } = await readYaml(file, 'baseline', originOf(file));
  return checked(file, text, value);
}

/** Text of a baseline file, as it is now. */
export async function baselineText(file: string): Promise<string> {
  return (await readYaml(file, 'baseline', originOf(file))).text;
}
