/** TensorFlow.js models from a model.json and the files beside it. */
import { joinedBytes } from '../../../base/bytes.js';
import { FormatError } from '../../../base/errors.js';
import { pathInside, readFileChecked } from '../../../base/files.js';
import { parseStrictJson } from '../../../base/input/jsonText.js';
import { dirname, join } from '../../../base/paths.js';
import { printable } from '../../../base/text/printable.js';
import type { Constant } from '../import/constant.js';
import type { Imported } from '../import/finish.js';
import { MAXIMUM_PARAMETERS, MAXIMUM_TEXT_BYTES } from '../import/limits.js';
import type { Preprocessing } from '../import/preprocessing.js';
import { isObject } from '../keras/config.js';
import { CONFIG_DEPTH } from '../keras/hdf5Model.js';
import { importGraphModel } from './graphModel.js';
import { importLayersModel } from './layersModel.js';
import { parseManifest, readGroup, type WeightGroup } from './tfjsWeights.js';

/** Bytes of all weights together. */
const MAXIMUM_WEIGHT_BYTES = 4 * MAXIMUM_PARAMETERS;

/** Reads the files of every group; at most MAXIMUM_WEIGHT_BYTES altogether. */
async function readWeights(
  groups: readonly WeightGroup[],
  folder: string,
  seen: (file: string, bytes: Uint8Array) => void,
): Promise<Map<string, Constant>> {
  const weights = new Map<string, Constant>();
  let left = MAXIMUM_WEIGHT_BYTES;
  for (const group of groups) {
    const parts: Uint8Array[] = [];
    for (const path of group.paths) {
      const file = await pathInside(folder, path);
      if (file === null)
        throw new FormatError(
          `${join(folder, path)}: the weights lie behind a link out of the model's folder; only files in it are read, put them there`,
        );
      const part = await readFileChecked(file, FormatError, 'weights file', left);
      left -= part.length;
      seen(path, part);
      parts.push(part);
    }
    const place = join(folder, group.paths[0] ?? '');
    for (const [name, constant] of readGroup(group, joinedBytes(parts), place)) {
      if (weights.has(name))
        throw new FormatError(`${place}: the weights '${printable(name)}' are there twice; the model is damaged`);
      weights.set(name, constant);
    }
  }
  return weights;
}

/**
 * The model whose JSON has been read; `files` are those of its weights, in their order, by their names in it.
 * @throws FormatError naming file, offset or node, and what to do
 */
export async function loadTfjs(
  json: Uint8Array,
  path: string,
  name: string,
  preprocessing: Preprocessing,
): Promise<Imported & { readonly files: readonly (readonly [file: string, bytes: Uint8Array])[] }> {
  if (json.length > MAXIMUM_TEXT_BYTES)
    throw new FormatError(`${path}: ${json.length} bytes of JSON, at most ${MAXIMUM_TEXT_BYTES} are read`);
  const { value } = parseStrictJson(json, { place: path, maximumDepth: CONFIG_DEPTH });
  if (!isObject(value) || !('modelTopology' in value))
    throw new FormatError(`${path}: the JSON holds no modelTopology; name the model.json of a TensorFlow.js model`);
  const files: [string, Uint8Array][] = [];
  const groups = parseManifest(value['weightsManifest'], path);
  const weights = await readWeights(groups, dirname(path), (file, bytes) => files.push([file, bytes]));
  const topology = value['modelTopology'];
  const isGraph = value['format'] === 'graph-model' || (isObject(topology) && 'node' in topology);
  const signature =
    value['signature'] ??
    (isObject(value['userDefinedMetadata']) ? value['userDefinedMetadata']['signature'] : undefined);
  const imported = isGraph
    ? importGraphModel(topology, signature, weights, path, name, preprocessing)
    : importLayersModel(topology, weights, path, name, preprocessing);
  return { ...imported, files };
}
