/** Hardware descriptions as YAML or JSON files, `--set` settings, differences and the content hash. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DescriptionError } from '../base/errors.js';
import { readYaml } from '../base/input/yaml.js';
import { nearest } from '../base/text/nearest.js';
import { printableValue, quoted } from '../base/text/printable.js';
import type { HardwareDescription } from './description.js';
import { hardwareFields, mergeDescription, nestedSettings, parseSetting } from './descriptionPaths.js';
import { parseScalar, valueAtPath } from './descriptionValues.js';
import { PRESETS, presetHardware } from './presets/index.js';
import { resolveTables, type TableFiles } from './tableFiles.js';

export {
  diffHardware,
  followsFromResponse,
  type HardwareDifference,
  hardwareToYaml,
  parseScalar,
  valueAtPath,
} from './descriptionValues.js';

async function readDescriptionFile(file: string): Promise<unknown> {
  const code = await stat(file).then(
    () => '',
    (error: NodeJS.ErrnoException) => error.code,
  );
  if (code) {
    const near = nearest(file, Object.keys(PRESETS));
    throw new DescriptionError(
      `hardware ${quoted(file)} is neither a preset (${Object.keys(PRESETS).join(', ')}) nor a file that can be read (${code})` +
        `${near ? `, did you mean '${near}'?` : ''}; see 'sonic hardware list'`,
    );
  }
  const { value } = await readYaml(file, 'hardware', { place: file, ErrorClass: DescriptionError });
  return value ?? {};
}

/** A preset and what differs from it. */
export interface HardwareSource {
  readonly preset: string;
  /** Measured curves are there as their rows. */
  readonly overrides: unknown;
  /** The files that those rows come from. */
  readonly files: TableFiles;
}

/**
 * What `--hardware` names, not yet checked. A file may name a preset to start from with the key `preset`; the paths of
 * measured curves start at the file's folder.
 * @param nameOrFile a preset's name, or the path of a YAML or JSON file.
 * @throws DescriptionError where it is neither, or the file holds no keys and values.
 */
export async function readHardware(nameOrFile: string): Promise<HardwareSource> {
  if (Object.hasOwn(PRESETS, nameOrFile)) return { preset: nameOrFile, overrides: {}, files: {} };
  const content = await readDescriptionFile(nameOrFile);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new DescriptionError(
      `${nameOrFile}: holds ${printableValue(content, 40)}, not keys and values of a hardware description`,
    );
  }
  const { preset, ...overrides } = content as Record<string, unknown>;
  if (preset !== undefined && typeof preset !== 'string')
    throw new DescriptionError(`${nameOrFile}: preset is ${printableValue(preset)}, not a name`);
  return { preset: preset ?? 'sonic', ...(await resolveTables(overrides, dirname(nameOrFile))) };
}

/**
 * The hardware that `--hardware` and `--set` ask for.
 * @param settings `path=value`, applied in order; the paths of measured curves start at the working directory.
 * @param response path of a measured response, over all of them.
 * @throws DescriptionError naming file or setting, path and value.
 */
export async function loadHardware(
  nameOrFile: string,
  settings: readonly string[] = [],
  response?: string,
): Promise<HardwareDescription> {
  const { preset, overrides: given, files: givenFiles } = await readHardware(nameOrFile);
  const hardware = presetHardware(preset, given, nameOrFile, givenFiles);
  if (settings.length === 0 && response === undefined) return hardware;
  // All settings are one description beside the file's: of a converter both set, power holds at those bits.
  const pairs = settings.map((setting) => parseSetting(setting, parseScalar));
  const named = response === undefined ? [] : [['microring.response', response] as const];
  const { overrides, files } = await resolveTables(nestedSettings([...pairs, ...named]), '.');
  const origin = [...settings.map((setting) => `--set ${setting}`), ...named.map(() => `--response ${response}`)].join(
    ' ',
  );
  return presetHardware(preset, mergeDescription(given, overrides), origin, { ...givenFiles, ...files });
}

/** The value of a field for people: rows of a measured curve in brief, told apart by their hash; all else as JSON. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return JSON.stringify(value) ?? '';
  const hash = createHash('sha256').update(JSON.stringify(value)).digest('hex');
  // A response has no header and is in nm; a noise table has one.
  const [header, ...below] = value as (readonly [string | number, number])[];
  const hasHeader = typeof header?.[0] === 'string';
  const rows = hasHeader ? below : (value as typeof below);
  const ends = `${rows[0]![0]} to ${rows.at(-1)![0]}`;
  return `${rows.length} rows, ${hasHeader ? `${header[0]} ${ends}` : `${ends} nm`}, SHA-256 ${hash.slice(0, 8)}`;
}

/** The same with words in quotes, as JSON has them. */
export const quotedValueText = (value: unknown) =>
  typeof value === 'string' ? JSON.stringify(value) : valueText(value);

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
