/** The last steps of every importer. */
import { FormatError, NetworkError } from '../../../base/errors.js';
import { printable } from '../../../base/text/printable.js';
import { validateNetwork } from '../../shapes.js';
import type { Network } from '../../types.js';
import type { NetworkInput } from './input.js';
import { simplify } from './simplify.js';
import type { Value } from './value.js';

export interface Imported {
  readonly network: Network;
  /** What a user should know: what was assumed, what was left out. One line each. */
  readonly notes: readonly string[];
}

/** Checks a network that came out of a file. */
export function checkImported(network: Network, place: string): Network {
  try {
    validateNetwork(network);
  } catch (error) {
    if (error instanceof NetworkError)
      throw new FormatError(`${place}: ${printableMessage(error.message)}`, { cause: error });
    throw error;
  }
  return network;
}

/** Control characters of names out of the file must not reach a terminal. */
const printableMessage = (message: string) =>
  message.length > 400 ? printable(message) : message.replace(/\p{Cc}/gu, ' ');

/** Simplifies and checks what a builder has put together. */
export function finishNetwork(
  input: NetworkInput,
  name: string,
  output: Value,
  notes: readonly string[] = [],
): Imported {
  const { builder, preprocessing, inputRange } = input;
  const site = { place: builder.place, node: output.layer, operator: 'output' };
  const { layers, output: last, ...rest } = builder.finish(site, name, output);
  const { draft, droppedSoftmax } = simplify({ inputShape: rest.inputShape, layers, output: last });
  const network = checkImported({ ...rest, ...draft, preprocessing, inputRange }, builder.place);
  return {
    network,
    notes: droppedSoftmax ? [...notes, 'the softmax at the end is left out: the output are the logits'] : notes,
  };
}
