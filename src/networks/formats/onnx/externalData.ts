/**
 * Tensors whose values lie in files beside the model: `model.onnx` with `model.onnx.data`, as exporters write models now.
 * (https://onnx.ai/onnx/repo-docs/ExternalData.html)
 */

import {
  type AttributeProto,
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  TensorProto_DataLocation,
} from 'onnx-buf';
import { FormatError } from '../../../base/errors.js';
import { pathInside, readFileChecked } from '../../../base/files.js';
import { dirname, join } from '../../../base/paths.js';
import { printable } from '../../../base/text/printable.js';
import { MAXIMUM_PARAMETERS } from '../import/limits.js';

/** Bytes of all files beside a model together; the widest numbers have 8. */
const MAXIMUM_BYTES = 8 * MAXIMUM_PARAMETERS;

/** Every tensor of a model, those in attributes of nodes too. */
function* tensorsOf(model: ModelProto): Generator<TensorProto> {
  if (model.graph) yield* ofGraph(model.graph);
  for (const { node, attributeProto } of model.functions as readonly FunctionProto[]) {
    yield* ofNodes(node);
    yield* ofAttributes(attributeProto);
  }
}

function* ofGraph({ initializer, node }: GraphProto): Generator<TensorProto> {
  yield* initializer;
  yield* ofNodes(node);
}

function* ofNodes(nodes: readonly NodeProto[]): Generator<TensorProto> {
  for (const { attribute } of nodes) yield* ofAttributes(attribute);
}

function* ofAttributes(attributes: readonly AttributeProto[]): Generator<TensorProto> {
  for (const { t, tensors, g, graphs } of attributes) {
    if (t) yield t;
    yield* tensors;
    for (const graph of g ? [g, ...graphs] : graphs) yield* ofGraph(graph);
  }
}

/** Whether a tensor says that its values lie elsewhere. */
export const isExternal = (tensor: TensorProto): boolean =>
  tensor.dataLocation === TensorProto_DataLocation.EXTERNAL || tensor.externalData.length > 0;

/** A whole number among the entries of a tensor; `otherwise` where it is not given. */
function numberOf(
  entries: ReadonlyMap<string, string>,
  key: string,
  otherwise: number,
  refuse: (what: string) => FormatError,
) {
  const text = entries.get(key);
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw refuse(`its ${key} '${printable(text)}' is not a whole number; the file is damaged`);
}

/**
 * Puts the values of all external tensors into the model, from files in the model's own folder.
 * @returns the bytes of each file read, by its name in the model.
 * @throws FormatError naming tensor and file where a file is missing, lies elsewhere or is too short
 */
export async function readExternalData(model: ModelProto, path: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const folder = dirname(path);
  const files = new Map<string, Uint8Array>();
  let left = MAXIMUM_BYTES;
  const read = async (location: string, refuse: (what: string) => FormatError): Promise<Uint8Array> => {
    const known = files.get(location);
    if (known) return known;
    const file = location === '' || location.includes('\0') ? null : await pathInside(folder, location);
    if (file === null)
      throw refuse(
        `its values lie in '${printable(location)}', which is not in the model's folder; only files there are read, put it there`,
      );
    const bytes = await readFileChecked(file, FormatError, `data of '${printable(path)}':`, left);
    left -= bytes.length;
    files.set(location, bytes);
    return bytes;
  };
  for (const tensor of tensorsOf(model)) {
    if (!isExternal(tensor)) continue;
    const refuse = (what: string) => new FormatError(`${path}: tensor '${printable(tensor.name)}': ${what}`);
    const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
    const location = entries.get('location') ?? '';
    const bytes = await read(location, refuse);
    const offset = numberOf(entries, 'offset', 0, refuse);
    const length = numberOf(entries, 'length', Math.max(0, bytes.length - offset), refuse);
    if (offset + length > bytes.length)
      throw refuse(
        `its values are bytes ${offset} to ${offset + length} of '${join(folder, location)}', which has ${bytes.length}; the file is truncated or of another model`,
      );
    // The library's type wants a buffer that no other thread has, which a file's is.
    tensor.rawData = bytes.subarray(offset, offset + length) as Uint8Array<ArrayBuffer>;
    tensor.dataLocation = TensorProto_DataLocation.DEFAULT;
    tensor.externalData = [];
  }
  return files;
}
