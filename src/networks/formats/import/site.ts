/** Where in a file something was found, and how to complain about it. */
import { FormatError } from '../../../base/errors.js';
import { printable } from '../../../base/text/printable.js';

/** The node of a source graph that is being read. */
export interface Site {
  /** Name of the file. */
  readonly place: string;
  readonly node: string;
  /** Operator or layer class, as the file calls it. */
  readonly operator: string;
}

/** A FormatError that names file, node and operator; `problem` says what is wrong and what to do. */
export function siteError({ place, node, operator }: Site, problem: string): FormatError {
  return new FormatError(`${place}: node '${printable(node)}' (${printable(operator)}): ${problem}`);
}

/** For an operator nobody here knows. */
export function unsupported(site: Site, what = `the operator ${printable(site.operator)}`): FormatError {
  return siteError(
    site,
    `${what} is not supported; export the network without it, or replace it by layers that docs/importing.md lists`,
  );
}
