/** Results of worker threads. Errors of ours cross to the main thread as values: their classes would not. */
import * as errors from './errors.js';
import { SonicError } from './errors.js';

export type Outcome<T> =
  | { readonly value: T }
  | { readonly error: { readonly name: string; readonly message: string } };

/** What work in a worker thread came to. @throws what is no SonicError: a defect. */
export async function outcomeOf<T>(work: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work };
  } catch (error) {
    if (error instanceof SonicError) return { error: { name: error.name, message: error.message } };
    throw error;
  }
}

/** An error that another thread had, of a class that takes more than a message. */
class RemoteError extends SonicError {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** Classes that a message makes. */
const KINDS: Readonly<Record<string, new (message: string) => SonicError>> = {
  FormatError: errors.FormatError,
  DatasetError: errors.DatasetError,
  DescriptionError: errors.DescriptionError,
  NetworkError: errors.NetworkError,
  UnsupportedLayerError: errors.UnsupportedLayerError,
  CompileError: errors.CompileError,
};

/** The value of an outcome. @throws SonicError, of the class that the other thread's had. */
export function unwrapOutcome<T>(outcome: Outcome<T>): T {
  if (!('error' in outcome)) return outcome.value;
  const { name, message } = outcome.error;
  const Kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  throw Kind ? new Kind(message) : new RemoteError(name, message);
}
