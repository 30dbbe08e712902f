/** What the command line says of an error, and what it exits with: 1, or 2 for wrong usage. */
import { CommanderError } from 'commander';
import { SonicError } from '../base/errors.js';
import { pathReason } from '../base/pathReason.js';

/** Messages are one line, whatever a file name or a parser's text holds. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}

/** What a file's error is, of standard output. */
export function outputError(error: unknown): SonicError {
  return new SonicError(`cannot write to standard output: ${pathReason(error)}`, { cause: error });
}

export interface Failure {
  /** For stderr; empty where commander has said it already. */
  readonly text: string;
  readonly exitCode: number;
}

/**
 * How an error ends the program.
 * @param debug print the stack as well.
 */
export function describeFailure(error: unknown, debug: boolean): Failure {
  if (error instanceof CommanderError) return { text: '', exitCode: error.exitCode === 0 ? 0 : 2 };
  const stack = debug && error instanceof Error ? `${error.stack}\n` : '';
  if (error instanceof SonicError)
    return { text: `sonic: ${oneLine(error.message)}\n${stack}`, exitCode: error.exitCode };
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const hint = debug ? 'please report it with the stack below' : 'please report it with the output of --debug';
  return {
    text: `sonic: this is a defect of sonic, not of your input; ${hint}: ${oneLine(message)}\n${stack}`,
    exitCode: 1,
  };
}
