/** A description's values as text and by path, and what differs between two descriptions. Nothing here reads a file. */
import { stringify } from 'yaml';
import { DescriptionError } from '../base/errors.js';
import { parseYaml } from '../base/input/yaml.js';
import type { HardwareDescription } from './description.js';
import { besideResponse, hardwareFields } from './descriptionPaths.js';
import { RESPONSE_FIELDS } from './fields/rings.js';

/** Reads the value of a setting as YAML does: 8, 1e-3, true, null, a word. What is no YAML is a word too. */
export function parseScalar(text: string): unknown {
  try {
    return parseYaml(text, { place: 'setting', ErrorClass: DescriptionError });
  } catch (error) {
    if (error instanceof DescriptionError) return text;
    throw error;
  }
}

/** Whether a field is not the user's to give: a measured response has its own quality factor and extinction. */
export function followsFromResponse({ microring }: HardwareDescription, path: string): boolean {
  return microring.response !== null && RESPONSE_FIELDS.some((name) => path === `microring.${name}`);
}

/** The whole description as YAML; reading it back gives the same description. */
export function hardwareToYaml(hardware: HardwareDescription): string {
  return stringify(besideResponse(hardware));
}

/** The value at a dotted path. */
export function valueAtPath(hardware: HardwareDescription, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], hardware);
}

export interface HardwareDifference {
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** Whether two values of a field are the same: rows of a response by what they hold. */
const isSame = (a: unknown, b: unknown) =>
  a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));

/** Fields in which two descriptions differ, `name` and what follows from a measured response aside. */
export function diffHardware(from: HardwareDescription, to: HardwareDescription): HardwareDifference[] {
  return hardwareFields()
    .filter(({ path }) => path !== 'name' && !followsFromResponse(from, path) && !followsFromResponse(to, path))
    .map(({ path }) => ({ path, from: valueAtPath(from, path), to: valueAtPath(to, path) }))
    .filter(({ from: a, to: b }) => !isSame(a, b));
}
