/** A few values of every field of a hardware description, read from the schema. */
import { z } from 'zod';
import { type HardwareDescription, hardwareSchema } from '../../src/hardware/description.js';
import { hardwareFields, mergeDescription, nestedSettings } from '../../src/hardware/descriptionPaths.js';
import { parseHardware } from '../../src/hardware/parseHardware.js';

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** Values that no schema tells. */
const GIVEN: Readonly<Record<string, readonly unknown[]>> = {
  name: ['other'],
  'adc.noiseTable': [
    [
      ['u', 'sigma'],
      [-1, 0.01],
      [1, 0.02],
    ],
  ],
  'microring.response': [[-4, -1, -0.5, -0.2, 0, 0.1, 0.6, 2, 4].map((d) => [d, 1 - 0.99 / (1 + (d / 0.1) ** 2)])],
};

/** The ends of what a field may be are among them. */
function valuesOf(path: string, schema: Schema): readonly unknown[] {
  if (GIVEN[path]) return GIVEN[path];
  const options = [schema, ...(schema.anyOf ?? [])];
  const start = typeof schema.default === 'number' ? schema.default : 3;
  return options.flatMap((option) => {
    if (option.enum) return option.enum;
    if (option.type === 'boolean') return [true, false];
    if (option.type === 'integer') return [start + 1, option.minimum];
    if (option.type === 'number') return [start * 1.1 || 0.01, option.minimum];
    return option.const === undefined ? [null] : [option.const];
  });
}

const tree = z.toJSONSchema(hardwareSchema, { io: 'input' }) as Schema;

/** Every field of the schema. */
export const FIELD_VALUES = hardwareFields().map(({ path }) => {
  const schema = path.split('.').reduce<Schema>((node, key) => node.properties![key]!, tree);
  return { path, values: valuesOf(path, schema) };
});

/** A description with a field's value in place of its own; null where it is not allowed there. */
export function withField(description: object, path: string, value: unknown): HardwareDescription | null {
  try {
    return parseHardware(mergeDescription(description, nestedSettings([[path, value]])));
  } catch {
    return null;
  }
}
