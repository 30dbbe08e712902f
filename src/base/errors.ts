/**
 * The error classes a user can meet. Each message names the file or path, the place, the offending value and what to do;
 * the command line prints it as one line. No message holds control characters or fills the screen, whatever is quoted in
 * it. Anything else that is thrown is a defect of ours.
 */

import { printableMessage } from './text/printable.js';

/** Base of all errors that are the user's to mend; `exitCode` is what the command line exits with. */
export class SonicError extends Error {
  readonly exitCode: number = 1;
  constructor(message: string, options?: ErrorOptions) {
    super(printableMessage(message), options);
    this.name = new.target.name;
  }
}

/** A class of this file whose errors take a message. */
export type SonicErrorClass = new (message: string, options?: ErrorOptions) => SonicError;

/** A file that is not what its name or place says: wrong magic, truncated, numbers out of bounds. */
export class FormatError extends SonicError {}

/** A data set that is missing, incomplete or does not fit the network. */
export class DatasetError extends SonicError {}

/** A split of which nothing is there: not a file that is damaged, unreadable or one of several that are missing. */
export class MissingSplitError extends DatasetError {}

/** A hardware description with an unknown key or a value out of its range. */
export class DescriptionError extends SonicError {}

/** A sweep's plan with an unknown key, a value out of its range, or a point that cannot be run. */
export class PlanError extends SonicError {}

/** A baseline of `sonic check` with an unknown key, a value out of its range, or one that cannot be written anew. */
export class BaselineError extends SonicError {}

/** A network whose layers do not fit together (shapes, names, missing inputs, weights that are not finite). */
export class NetworkError extends SonicError {}

/** Something the emulated hardware cannot do with this layer. */
export class UnsupportedLayerError extends SonicError {}

/** A network and a hardware description that cannot be combined. */
export class CompileError extends SonicError {}

/** A backend that this machine or installation does not offer: why not, and what to do about it. */
export class BackendUnavailableError extends SonicError {
  /**
   * @param reason what is the matter with it, as the rest of a sentence: "is not installed".
   * @param remedy what to do, as a sentence of its own without the full stop: "run 'npm run ...'".
   */
  constructor(
    readonly backend: string,
    readonly reason: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(`backend '${backend}' ${reason}: ${remedy}`, options);
  }
}

/** Wrong use of the command line; exits 2. */
export class UsageError extends SonicError {
  override readonly exitCode = 2;
}
