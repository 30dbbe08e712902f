/** Hardware descriptions as YAML or JSON files, `--set` settings, differences and the content hash. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parse, parseDocument, stringify } from 'yaml';
import { DescriptionError } from '../errors.js';
import type { HardwareDescription } from './description.js';
import { hardwareFields, mergeDescription, parseSetting } from './paths.js';
import { PRESETS, presetHardware } from './presets/index.js';

/** A larger file is no hardware description. */
const MAXIMUM_FILE_BYTES = 1 << 20;

/** Reads the value of a setting as YAML does: 8, 1e-3, true, null, a word. */
export function parseScalar(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return text;
  }
}

async function readDescriptionFile(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new DescriptionError(
      `hardware '${file}' is neither a preset (${Object.keys(PRESETS).join(', ')}) nor a file that can be read (${code}); ` +
        "see 'sonic hardware list'",
    );
  }
  if (text.length > MAXIMUM_FILE_BYTES)
    throw new DescriptionError(`${file}: ${text.length} bytes is too large for a hardware description`);
  const document = parseDocument(text);
  const problem = document.errors[0];
  if (problem) throw new DescriptionError(`${file}: not YAML or JSON: ${problem.message.split('\n')[0]}`);
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    throw new DescriptionError(`${file}: ${(error as Error).message}`);
  }
}

/** A preset and what differs from it. */
export interface HardwareSource {
  readonly preset: string;
  readonly overrides: unknown;
}

/**
 * What `--hardware` names, not yet checked. A file may name a preset to start from with the key `preset`.
 * @param nameOrFile a preset's name, or the path of a YAML or JSON file.
 * @throws DescriptionError where it is neither, or the file holds no keys and values.
 */
export async function readHardware(nameOrFile: string): Promise<HardwareSource> {
  if (Object.hasOwn(PRESETS, nameOrFile)) return { preset: nameOrFile, overrides: {} };
  const content = await readDescriptionFile(nameOrFile);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new DescriptionError(
      `${nameOrFile}: holds ${JSON.stringify(content)?.slice(0, 40)}, not keys and values of a hardware description`,
    );
  }
  const { preset, ...overrides } = content as Record<string, unknown>;
  if (preset !== undefined && typeof preset !== 'string')
    throw new DescriptionError(`${nameOrFile}: preset is ${JSON.stringify(preset)}, not a name`);
  return { preset: preset ?? 'sonic', overrides };
}

/**
 * The hardware that `--hardware` and `--set` ask for.
 * @param settings `path=value`, applied in order.
 * @throws DescriptionError naming file or setting, path and value.
 */
export async function loadHardware(nameOrFile: string, settings: readonly string[] = []): Promise<HardwareDescription> {
  const { preset, overrides: given } = await readHardware(nameOrFile);
  const hardware = presetHardware(preset, given, nameOrFile);
  if (settings.length === 0) return hardware;
  let overrides = given;
  for (const setting of settings) overrides = mergeDescription(overrides, parseSetting(setting, parseScalar));
  return presetHardware(preset, overrides, `--set ${settings.join(' --set ')}`);
}

/** The whole description as YAML; reading it back gives the same description. */
export function hardwareToYaml(hardware: HardwareDescription): string {
  return stringify(hardware);
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

/** Fields in which two descriptions differ, `name` aside. */
export function diffHardware(from: HardwareDescription, to: HardwareDescription): HardwareDifference[] {
  return hardwareFields()
    .filter(({ path }) => path !== 'name')
    .map(({ path }) => ({ path, from: valueAtPath(from, path), to: valueAtPath(to, path) }))
    .filter(({ from: a, to: b }) => a !== b);
}

/** SHA-256 of the description's fields in the schema's order, the name aside: what is computed and costed depends on. */
export function hardwareHash(hardware: HardwareDescription): string {
  const canonical = hardwareFields()
    .filter(({ path }) => path !== 'name')
    .map(({ path }) => `${path}=${JSON.stringify(valueAtPath(hardware, path))}\n`);
  return createHash('sha256').update(canonical.join('')).digest('hex');
}

/** Checks a plain object of preset and overrides as conformance cases have it. */
export function hardwareOf(given: { preset: string; overrides?: unknown }): HardwareDescription {
  return given.overrides === undefined ? presetHardware(given.preset) : presetHardware(given.preset, given.overrides);
}
