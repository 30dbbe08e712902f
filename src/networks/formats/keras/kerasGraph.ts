/** The graph of a Keras model's configuration: which layer takes whose output, in all the forms Keras has written. */
import { FormatError } from '../../../base/errors.js';
import { printable, printableValue } from '../../../base/text/printable.js';
import { isObject, type Json } from './config.js';

/** Output of a call of a layer. */
export interface TensorRef {
  readonly layer: string;
  readonly call: number;
}

export interface KerasLayer {
  readonly name: string;
  readonly className: string;
  readonly config: Json;
  /** One list per call of the layer; an input layer has none. */
  readonly calls: readonly (readonly TensorRef[])[];
}

export interface KerasGraph {
  readonly name: string;
  readonly layers: readonly KerasLayer[];
  readonly inputs: readonly TensorRef[];
  readonly outputs: readonly TensorRef[];
}

const MODELS = ['Functional', 'Model', 'Sequential'];
const MAXIMUM_LAYERS = 20_000;

/** Whether a layer is a model of its own. */
export const isModel = (className: string): boolean => MODELS.includes(className);

function refuse(place: string, what: string): never {
  throw new FormatError(`${place}: model configuration: ${what}; the file is damaged or of an unknown version`);
}

/** [layer, call, output, ...] as a reference. */
function reference(value: unknown, place: string): TensorRef {
  if (
    !Array.isArray(value) ||
    typeof value[0] !== 'string' ||
    (value[1] !== undefined && !Number.isSafeInteger(value[1]))
  )
    refuse(place, `${printableValue(value)} names no layer's output`);
  if (value[2] !== undefined && value[2] !== 0) refuse(place, `${printableValue(value)} is a second output of a layer`);
  return { layer: value[0], call: (value[1] as number | undefined) ?? 0 };
}

/** Keras 3 hides its references in the arguments of a call. */
function argumentReferences(value: unknown, place: string, depth = 0): TensorRef[] {
  if (depth > 8) refuse(place, 'the arguments of a call nest too deep');
  if (Array.isArray(value)) return value.flatMap((item) => argumentReferences(item, place, depth + 1));
  if (!isObject(value)) return [];
  if (value['class_name'] === '__keras_tensor__' && isObject(value['config'])) {
    return [reference(value['config']['keras_history'], place)];
  }
  return [];
}

function callInputs(call: unknown, place: string): TensorRef[] {
  if (isObject(call)) return argumentReferences(call['args'], place);
  if (!Array.isArray(call)) refuse(place, `${printableValue(call)} is no call of a layer`);
  // One tensor may stand without the list around it.
  const list = typeof call[0] === 'string' ? [call] : call;
  return list.map((item) => reference(item, place));
}

/** One reference or a list of them, as input_layers and output_layers hold. */
function references(value: unknown, place: string): TensorRef[] {
  if (isObject(value)) return Object.values(value).flatMap((item) => references(item, place));
  if (!Array.isArray(value) || value.length === 0) refuse(place, `${printableValue(value)} names no input or output`);
  return typeof value[0] === 'string' ? [reference(value, place)] : value.map((item) => reference(item, place));
}

function parseLayer(value: unknown, place: string, previous: string | null): KerasLayer {
  if (!isObject(value) || typeof value['class_name'] !== 'string' || !isObject(value['config'] ?? null)) {
    // A Sequential model's own configuration may be a list.
    if (!isObject(value) || typeof value['class_name'] !== 'string' || !Array.isArray(value['config']))
      refuse(place, `${printableValue(value)} is no layer`);
  }
  const layer = value as Json;
  const raw = layer['config'];
  const config: Json = isObject(raw) ? raw : { layers: raw };
  const name = layer['name'] ?? config['name'];
  if (typeof name !== 'string' || name === '')
    refuse(place, `a layer of class ${printable(layer['class_name'] as string)} has no name`);
  const inbound = layer['inbound_nodes'];
  const calls =
    previous !== null
      ? [[{ layer: previous, call: 0 }]]
      : Array.isArray(inbound)
        ? inbound.map((call) => callInputs(call, place))
        : [];
  return { name, className: layer['class_name'] as string, config, calls };
}

function unique(layers: readonly KerasLayer[], place: string): readonly KerasLayer[] {
  const names = new Set<string>();
  for (const { name } of layers) {
    if (names.has(name)) refuse(place, `two layers are named '${printable(name)}'`);
    names.add(name);
  }
  return layers;
}

function layerList(config: Json, place: string): readonly unknown[] {
  const layers = config['layers'];
  if (!Array.isArray(layers) || layers.length === 0) refuse(place, 'there are no layers');
  if (layers.length > MAXIMUM_LAYERS) refuse(place, `there are ${layers.length} layers`);
  return layers;
}

/** A Sequential model: every layer takes the one before; the input may be implied by the first layer. */
function parseSequential(config: Json, name: string, place: string): KerasGraph {
  const list = layerList(config, place);
  const given = list.map((layer) => parseLayer(layer, place, ''));
  const implied: KerasLayer = {
    name: `${name}/input`,
    className: 'InputLayer',
    config: { batch_input_shape: inputShapeOf(given[0]!) ?? config['build_input_shape'] ?? null },
    calls: [],
  };
  const all = given[0]!.className === 'InputLayer' ? given : [implied, ...given];
  const chained = all.map(
    (layer, i): KerasLayer => ({ ...layer, calls: i === 0 ? [] : [[{ layer: all[i - 1]!.name, call: 0 }]] }),
  );
  return {
    name,
    layers: unique(chained, place),
    inputs: [{ layer: chained[0]!.name, call: 0 }],
    outputs: [{ layer: chained.at(-1)!.name, call: 0 }],
  };
}

/** The batch and image shape an input layer (or the first layer of a Sequential) is configured with. */
export function inputShapeOf({ config }: Pick<KerasLayer, 'config'>): unknown {
  return config['batch_input_shape'] ?? config['batch_shape'] ?? null;
}

/** @throws FormatError naming the file where the configuration is none of a model */
export function parseKerasModel(model: unknown, place: string): KerasGraph {
  if (!isObject(model) || typeof model['class_name'] !== 'string') refuse(place, 'there is no class_name');
  const className = model['class_name'];
  const raw = model['config'];
  const config: unknown = Array.isArray(raw) ? { layers: raw } : raw;
  if (!isObject(config)) refuse(place, 'there is no config');
  const name = typeof config['name'] === 'string' && config['name'] !== '' ? config['name'] : 'model';
  if (className === 'Sequential') return parseSequential(config, name, place);
  if (!isModel(className)) {
    throw new FormatError(
      `${place}: the model is of class '${printable(className)}', written in Python code that the file does not hold; only Sequential and functional models can be read, export it as ONNX`,
    );
  }
  return {
    name,
    layers: unique(
      layerList(config, place).map((layer) => parseLayer(layer, place, null)),
      place,
    ),
    inputs: references(config['input_layers'], place),
    outputs: references(config['output_layers'], place),
  };
}
