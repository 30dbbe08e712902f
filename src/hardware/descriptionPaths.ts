/** Dotted paths of the hardware description: what there is, reading and setting by path. */
import { z } from 'zod';
import { DescriptionError } from '../base/errors.js';
import { schemaKeys, shapeAt, unwrap } from '../base/input/schemaKeys.js';
import { nearest } from '../base/text/nearest.js';
import { rescaleConverters } from './converterPower.js';
import { hardwareSchema } from './description.js';
import { RESPONSE_FIELDS } from './fields/rings.js';

/** Keys that the description knows below `path`; empty if that is no group. */
export const hardwareKeys = (path: readonly string[]) => schemaKeys(hardwareSchema, path);

export interface HardwareField {
  readonly path: string;
  readonly description: string;
  /** `text` also where a word or a number may stand. */
  readonly type: 'boolean' | 'integer' | 'number' | 'text';
}

function fieldType(schema: z.core.$ZodType): HardwareField['type'] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodBoolean) return 'boolean';
  if (inner instanceof z.ZodNumber) return inner.isInt ? 'integer' : 'number';
  return 'text';
}

/** Every field of the description with its meaning, in order. */
export function hardwareFields(path: readonly string[] = []): HardwareField[] {
  return Object.entries(shapeAt(hardwareSchema, path) ?? {}).flatMap(([key, schema]) => {
    const full = [...path, key];
    return hardwareKeys(full).length > 0
      ? hardwareFields(full)
      : [{ path: full.join('.'), description: (schema as z.ZodType).description ?? '', type: fieldType(schema) }];
  });
}

function merge(base: unknown, overrides: unknown): unknown {
  const isGroup = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isGroup(base) || !isGroup(overrides)) return overrides;
  // Through a Map and fromEntries, a key __proto__ stays a key, which the schema then refuses.
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(overrides)) {
    merged.set(key, merged.has(key) ? merge(merged.get(key), value) : value);
  }
  return Object.fromEntries(merged);
}

/**
 * Merges `overrides` into a copy of `base`, object by object; scalars, arrays and null replace. Where they change the bits
 * of a converter whose power `base` had written, the power is scaled with them (converterPower.ts).
 */
export function mergeDescription(base: unknown, overrides: unknown): unknown {
  return rescaleConverters(base, overrides, merge(base, overrides));
}

const responseOf = (description: unknown) =>
  (description as { microring?: { response?: unknown } | null } | null)?.microring?.response ?? null;

/** A description, whole or in part, without what a measured response, its own or one of `overrides`, has of its own. */
export function besideResponse<T extends object>(base: T, overrides?: unknown): T {
  const { microring } = base as { microring?: object };
  if (microring === undefined || (responseOf(base) ?? responseOf(overrides)) === null) return base;
  const kept = Object.entries(microring).filter(([name]) => !(RESPONSE_FIELDS as readonly string[]).includes(name));
  return { ...base, microring: Object.fromEntries(kept) };
}

/**
 * A description with `overrides` merged into it, to be checked; what follows from a measured response, its own or one of the
 * overrides, follows anew.
 */
export function changeDescription(base: object, overrides: unknown): unknown {
  return mergeDescription(besideResponse(base, overrides), overrides);
}

/** Values by dotted path as a nested object, for `mergeDescription`; of equal paths the last counts. */
export function nestedSettings(settings: Iterable<readonly [path: string, value: unknown]>): Record<string, unknown> {
  const nested: Record<string, unknown> = {};
  for (const [path, value] of settings) {
    const keys = path.split('.');
    let group = nested;
    for (const key of keys.slice(0, -1)) {
      group[key] ??= {};
      group = group[key] as Record<string, unknown>;
    }
    group[keys.at(-1)!] = value;
  }
  return nested;
}

/** What to say of a path that is not among `known`: that it is a group of the description, or the nearest path. */
export function pathHint(path: string, known: readonly string[]): string {
  const group = hardwareKeys(path.split('.'));
  if (group.length > 0) return `it is a group of ${group.join(', ')}`;
  const near = nearest(path, known);
  return near ? `did you mean '${near}'?` : "see 'sonic hardware show' for all paths";
}

/**
 * `path=value` as a path and its value, for `nestedSettings`. Values are YAML scalars: numbers, true, false, null, words.
 * @throws DescriptionError where the path is not one of the description's, naming the nearest.
 */
export function parseSetting(
  setting: string,
  parseScalar: (text: string) => unknown,
): readonly [path: string, value: unknown] {
  const at = setting.indexOf('=');
  if (at <= 0) throw new DescriptionError(`--set ${setting}: write path=value, for example --set vdu.conv.size=8`);
  const path = setting.slice(0, at).trim();
  const known = hardwareFields().map((field) => field.path);
  if (!known.includes(path)) {
    throw new DescriptionError(`--set ${setting}: unknown path '${path}'; ${pathHint(path, known)}`);
  }
  return [path, parseScalar(setting.slice(at + 1))];
}
