/** The keys that a zod schema knows below a path, so that a wrong one can be told the nearest. */
import { z } from 'zod';

type Schema = z.core.$ZodType;

function unwrap(schema: Schema): Schema {
  let inner = schema;
  for (;;) {
    if (
      inner instanceof z.ZodOptional ||
      inner instanceof z.ZodNullable ||
      inner instanceof z.ZodDefault ||
      inner instanceof z.ZodPrefault
    ) {
      inner = inner.def.innerType as Schema;
    } else return inner;
  }
}

/** Schema and value one step down; a union is decided by the value's discriminator. */
function below(schema: Schema, key: string, value: unknown): Schema | undefined {
  if (schema instanceof z.ZodObject) return (schema.shape as Record<string, Schema>)[key];
  if (schema instanceof z.ZodArray) return schema.def.element as Schema;
  if (schema instanceof z.ZodRecord) return schema.def.valueType as Schema;
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const option = optionOf(schema, value);
    return option && below(option, key, value);
  }
  return undefined;
}

function optionOf(union: z.ZodDiscriminatedUnion, value: unknown): Schema | undefined {
  const { discriminator, options } = union.def;
  const given = (value as Record<string, unknown> | null)?.[discriminator];
  return (options as readonly Schema[]).find(
    (option) =>
      option instanceof z.ZodObject && (option.shape[discriminator] as Schema & z.ZodLiteral).def.values[0] === given,
  );
}

/** Keys of the object at `path` of a value of `schema`; none where there is no object. */
export function schemaKeys(schema: Schema, path: readonly string[], root: unknown): string[] {
  let [at, value]: [Schema | undefined, unknown] = [unwrap(schema), root];
  for (const key of path) {
    const next: Schema | undefined = at && below(at, key, value);
    at = next && unwrap(next);
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  }
  if (at instanceof z.ZodDiscriminatedUnion) at = optionOf(at, value);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}
