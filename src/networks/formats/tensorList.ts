/** The tensors of checkpoints that hold nothing else: safetensors and PyTorch state_dicts. */

import { sizeOf } from '../../base/batch.js';
import { FormatError } from '../../base/errors.js';
import { printable } from '../../base/text/printable.js';
import { tensorNumbersInPlace } from './dtypes.js';
import type { Constant } from './import/constant.js';
import { MAXIMUM_PARAMETERS } from './import/limits.js';
import { parseSafetensors } from './safetensors.js';

export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Tensors of a safetensors file, in the order of the file. */
export function safetensorsConstants(bytes: Uint8Array, place: string): ReadonlyMap<string, Constant> {
  const { tensors } = parseSafetensors(bytes, place);
  // Small types become larger in memory: it is the numbers that count, of all tensors together.
  let numbers = 0;
  return new Map(
    [...tensors].map(([name, tensor]) => {
      numbers += sizeOf(tensor.shape);
      if (numbers > MAXIMUM_PARAMETERS)
        throw new FormatError(
          `${place}: tensor '${printable(name)}' brings the numbers to more than ${MAXIMUM_PARAMETERS}`,
        );
      return [name, { shape: tensor.shape, data: tensorNumbersInPlace(tensor, place) }];
    }),
  );
}

/** Names and shapes alone. */
export function namedShapes(tensors: ReadonlyMap<string, Constant>): readonly NamedShape[] {
  return [...tensors].map(([name, { shape }]) => ({ name, shape }));
}
