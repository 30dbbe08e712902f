/** Everything that numbers depend on: the hardware field by field, hashes, seeds, versions. */
import type { HardwareDescription } from '../../../hardware/description.js';
import { diffHardware, valueAtPath, valueText } from '../../../hardware/descriptionFiles.js';
import { hardwareFields } from '../../../hardware/descriptionPaths.js';
import { presetHardware } from '../../../hardware/presets/index.js';
import { details, htmlTable } from './html.js';

interface FieldRow {
  readonly path: string;
  readonly value: string;
  readonly preset: string;
  readonly meaning: string;
  readonly differs: boolean;
}

/** @param varied values of the fields that vary over a sweep, by path. */
function fieldRows(hardware: HardwareDescription, varied: ReadonlyMap<string, string>): FieldRow[] {
  const preset = presetHardware('sonic');
  const different = new Set(diffHardware(preset, hardware).map(({ path }) => path));
  return hardwareFields().map(({ path, description }) => {
    const range = varied.get(path);
    const own = valueAtPath(preset, path);
    return {
      path,
      value: range === undefined ? valueText(valueAtPath(hardware, path)) : `varies: ${range}`,
      preset: valueText(own),
      meaning: description,
      differs: range !== undefined || different.has(path),
    };
  });
}

/** The whole description, fields that differ from preset `sonic` (or vary) first and marked. */
export function hardwareHtml(hardware: HardwareDescription, varied: ReadonlyMap<string, string> = new Map()): string {
  const rows = fieldRows(hardware, varied);
  const different = rows.filter(({ differs, path }) => differs && path !== 'name');
  const columns = [
    { title: 'field', value: (row: FieldRow) => row.path },
    { title: 'value', value: (row: FieldRow) => row.value },
    { title: 'preset sonic', value: (row: FieldRow) => row.preset },
    { title: 'meaning', value: (row: FieldRow) => row.meaning },
  ];
  const all = htmlTable(rows, columns, { rowClass: (row) => (row.differs && row.path !== 'name' ? 'differs' : '') });
  const summary =
    different.length === 0
      ? '<p>The hardware is as preset <code>sonic</code>.</p>'
      : htmlTable(different, columns, { caption: 'Where the hardware differs from preset sonic' });
  return `${summary}${details(`All ${rows.length} fields of the hardware description`, all)}`;
}

/** Names and texts as a table. */
export function settingsTable(pairs: readonly (readonly [string, string])[]): string {
  return htmlTable(pairs, [
    { title: 'setting', value: ([name]) => name },
    { title: 'value', value: ([, value]) => value },
  ]);
}
