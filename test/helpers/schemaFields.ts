/** The numbers of a hardware description and the ends of what they may be, read from the schema: a new field is among them. */
import { z } from 'zod';
import { hardwareSchema } from '../../src/hardware/description.js';

export interface NumericField {
  readonly path: string;
  readonly ends: readonly number[];
}

interface JsonSchema {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly anyOf?: readonly JsonSchema[];
}

function numericFields(schema: JsonSchema, path: readonly string[] = []): NumericField[] {
  const nested = Object.entries(schema.properties ?? {}).flatMap(([key, inner]) =>
    numericFields(inner, [...path, key]),
  );
  const options = [schema, ...(schema.anyOf ?? [])].filter(({ type }) => type === 'number' || type === 'integer');
  return [
    ...nested,
    ...options.map(({ minimum, maximum, exclusiveMinimum }) => ({
      path: path.join('.'),
      ends: [minimum ?? (exclusiveMinimum === 0 ? 5e-324 : -1e300), maximum ?? 1e300],
    })),
  ];
}

export const NUMERIC_FIELDS = numericFields(z.toJSONSchema(hardwareSchema, { io: 'input' }) as JsonSchema);
