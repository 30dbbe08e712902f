/** A hardware description as YAML for people: every field with its meaning, and readable again as a file. */
import { parse } from 'yaml';
import type { HardwareDescription } from '../../hardware/description.js';
import { diffHardware, followsFromResponse, hardwareHash, valueAtPath } from '../../hardware/descriptionFiles.js';
import { hardwareFields } from '../../hardware/descriptionPaths.js';
import { presetHardware } from '../../hardware/presets/index.js';

/** Width of 'key: value', so that the meanings stand below one another. */
const VALUE_WIDTH = 42;

/** A scalar as YAML reads it back: quoted unless plain text means the same. */
function scalarText(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^[\w.-]+$/.test(value) && parse(value) === value ? value : JSON.stringify(value);
}

/**
 * The whole description, one field a line with its meaning as a comment; `loadHardware` reads it back unchanged.
 * @returns lines joined by '\n', without the last line break.
 */
export function annotatedYaml(hardware: HardwareDescription): string {
  const differences = diffHardware(presetHardware('sonic'), hardware).length;
  const lines = [
    `# content hash ${hardwareHash(hardware)} (SHA-256 of all fields but the name)`,
    `# ${differences === 0 ? "as preset 'sonic'" : `differs from preset 'sonic' in ${differences} field${differences === 1 ? '' : 's'}`}`,
  ];
  let groups: readonly string[] = [];
  for (const { path, description } of hardwareFields()) {
    const keys = path.split('.');
    const key = keys.pop()!;
    keys.forEach((group, depth) => {
      const isOpen = keys.slice(0, depth + 1).every((name, at) => groups[at] === name);
      if (!isOpen) lines.push(`${'  '.repeat(depth)}${group}:`);
    });
    groups = keys;
    if (followsFromResponse(hardware, path)) continue;
    const value = valueAtPath(hardware, path);
    if (Array.isArray(value)) {
      const indent = '  '.repeat(keys.length);
      lines.push(`${`${indent}${key}:`.padEnd(VALUE_WIDTH)} # ${description}`);
      for (const row of value) lines.push(`${indent}  - ${JSON.stringify(row).replace(',', ', ')}`);
      continue;
    }
    const entry = `${'  '.repeat(keys.length)}${key}: ${scalarText(value)}`;
    lines.push(`${entry.padEnd(VALUE_WIDTH)} # ${description}`);
  }
  return lines.join('\n');
}
