/** What users are told. */
import { expect } from 'vitest';
import { DescriptionError } from '../../src/base/errors.js';

/** The message of the error of a hardware description that `work` ends with. */
export async function descriptionMessage(work: () => unknown): Promise<string> {
  const error = await Promise.resolve()
    .then(work)
    .then(
      () => null,
      (reason: unknown) => reason,
    );
  expect(error).toBeInstanceOf(DescriptionError);
  return (error as Error).message;
}
