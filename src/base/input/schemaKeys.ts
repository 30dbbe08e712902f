/** What a zod schema knows below a path: its groups, and the keys of which a wrong one can be told the nearest. */
import { z } from 'zod';

type Schema = z.core.$ZodType;

/** The schema within what makes it optional or gives it a default. */
export function unwrap(schema: Schema): Schema {
  let inner = schema;
  while (
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodNullable ||
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodPrefault
  ) {
    inner = inner.def.innerType as Schema;
  }
  return inner;
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

/**
 * Fields of the object at `path` of a value of `schema`; undefined where there is no object.
 * @param root the value: of a union it tells which.
 */
export function shapeAt(schema: Schema, path: readonly string[], root?: unknown): Record<string, Schema> | undefined {
  let [at, value]: [Schema | undefined, unknown] = [unwrap(schema), root];
  for (const key of path) {
    const next: Schema | undefined = at && below(at, key, value);
    at = next && unwrap(next);
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  }
  if (at instanceof z.ZodDiscriminatedUnion) at = optionOf(at, value);
  return at instanceof z.ZodObject ? (at.shape as Record<string, Schema>) : undefined;
}

/** Its keys; none where there is no object. */
export function schemaKeys(schema: Schema, path: readonly string[], root?: unknown): string[] {
  return Object.keys(shapeAt(schema, path, root) ?? {});
}
