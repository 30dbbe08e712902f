/** Which output of a network each class of the data is, as the user says it: for data of other classes than the network's. */
import { existsSync } from 'node:fs';
import { DatasetError } from '../base/errors.js';
import { readFileChecked } from '../base/files.js';
import { nearest } from '../base/text/nearest.js';
import { datasetOf } from './content.js';
import { type Dataset, labelsOf } from './types.js';

const MAXIMUM_BYTES = 1 << 20;

/** Output by class: by its name where the data have names, or by its label. */
export type ClassMap = ReadonlyMap<string, number>;

/** NAME=OUTPUT, one an entry. */
function parseEntries(entries: readonly string[], place: string): ClassMap {
  const map = new Map<string, number>();
  for (const entry of entries) {
    const at = entry.lastIndexOf('=');
    const [name, output] = [entry.slice(0, at).trim(), entry.slice(at + 1).trim()];
    if (at < 0 || name === '' || !/^\d{1,9}$/.test(output))
      throw new DatasetError(`${place}: '${entry.slice(0, 80)}' is not CLASS=OUTPUT, as in cat=281; correct it`);
    if (map.has(name)) throw new DatasetError(`${place}: class '${name}' is given twice; leave one`);
    map.set(name, Number(output));
  }
  if (map.size === 0) throw new DatasetError(`${place}: names no class; give CLASS=OUTPUT, as in cat=281`);
  return map;
}

/**
 * Reads 'cat=281,dog=207', or a file with one CLASS=OUTPUT a line, which names with commas need.
 * @throws DatasetError naming the entry that is wrong
 */
export async function readClassMap(given: string): Promise<ClassMap> {
  const isText = given.includes('=') && !existsSync(given);
  const text = isText
    ? given
    : new TextDecoder().decode(await readFileChecked(given, DatasetError, 'file of classes', MAXIMUM_BYTES));
  const entries = text.split(isText ? ',' : /\r?\n/).map((entry) => entry.trim());
  return parseEntries(isText ? entries : entries.filter(Boolean), isText ? '--classes' : given);
}

/** Names of a data set's classes: its own, or the numbers of its labels. */
const classNamesOf = ({ classNames, classes }: Dataset) =>
  classNames ?? Array.from({ length: classes }, (_, label) => String(label));

/**
 * A data set with the labels of a network's outputs in place of its own. Two classes may be one output.
 * @param outputs how many the network has
 * @throws DatasetError for a class that is not in the data, one that is left out, or an output that there is not
 */
export function mapClasses(dataset: Dataset, map: ClassMap, outputs: number): Dataset {
  const names = classNamesOf(dataset);
  const place = `classes of data set '${dataset.name}'`;
  const known = new Set(names);
  for (const [name, output] of map) {
    if (!known.has(name)) {
      const near = nearest(name, names);
      const hint = near
        ? `did you mean '${near}'?`
        : `it has ${names.slice(0, 6).join(', ')}${names.length > 6 ? ', ...' : ''}`;
      throw new DatasetError(`${place}: '${name}' is none of its ${names.length}; ${hint}`);
    }
    if (output >= outputs)
      throw new DatasetError(
        `${place}: '${name}' is to be output ${output}, but the network has outputs 0 to ${outputs - 1}`,
      );
  }
  const left = names.find((name) => !map.has(name));
  if (left !== undefined)
    throw new DatasetError(`${place}: nothing says which output '${left}' is; give each class one with --classes`);
  const outputOf = names.map((name) => map.get(name)!);
  const stray = dataset.labels.findIndex((label) => label >= names.length);
  if (stray >= 0)
    throw new DatasetError(`${place}: image ${stray} has label ${dataset.labels[stray]}, beyond its ${names.length}`);
  const mapped = Array.from(dataset.labels, (label) => outputOf[label]!);
  const labels = labelsOf(mapped, outputs);
  // The names are of the files' classes, no longer of the labels.
  const { classNames: _, ...rest } = dataset;
  return datasetOf({ ...rest, classes: outputs, labels, outputs: outputOf });
}
