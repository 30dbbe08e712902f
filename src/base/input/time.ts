/** Work on a user's input that must end. */
import vm from 'node:vm';
import type { Origin } from './tree.js';

/** Far above what any honest file takes, also on a busy machine. */
const PATIENCE_ms = 30_000;

/**
 * The result of `work`, which is stopped where it does not end: parsers of others take time that grows with the square of
 * what they read.
 * @throws ErrorClass where it takes too long; what `work` throws.
 */
export function withinTime<T>(work: () => T, { place, ErrorClass }: Origin, patience_ms = PATIENCE_ms): T {
  try {
    return vm.runInNewContext('work()', { work }, { timeout: patience_ms }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException | null)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new ErrorClass(
      `${place}: reading it takes more than ${patience_ms / 1000} s; the file is damaged or hostile, write it more plainly`,
      { cause: error },
    );
  }
}
