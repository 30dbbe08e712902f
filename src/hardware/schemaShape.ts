/** Groups and fields of a schema of nested objects. */
import { z } from 'zod';

export function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  let inner = schema;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodNullable) {
    inner = inner.def.innerType as z.core.$ZodType;
  }
  return inner;
}

/** Fields of a group of a schema; undefined where the path is none. */
export function shapeAt(root: z.core.$ZodType, path: readonly string[]): Record<string, z.core.$ZodType> | undefined {
  let schema = root;
  for (const key of path) {
    const object = unwrap(schema);
    const next = object instanceof z.ZodObject ? (object.shape as Record<string, z.core.$ZodType>)[key] : undefined;
    if (!next) return undefined;
    schema = next;
  }
  const object = unwrap(schema);
  return object instanceof z.ZodObject ? (object.shape as Record<string, z.core.$ZodType>) : undefined;
}
