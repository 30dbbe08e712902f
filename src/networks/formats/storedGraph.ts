/** Network <-> its JSON form; the arrays go to and come from tensors, by name. */
import type { SonicError } from '../../base/errors.js';
import { describeIssues } from '../../base/input/issues.js';
import { nearest } from '../../base/text/nearest.js';
import { printableValue } from '../../base/text/printable.js';
import type { Interval, Layer, Network } from '../types.js';
import {
  CHECKPOINT_FORMAT,
  type ExtendedReal,
  type Graph,
  type GraphLayer,
  graphSchema,
  layerSchemas,
  type StoredWeight,
  VECTOR_FIELDS,
} from './graphSchema.js';

type Json = Record<string, unknown>;
/** Makes the error to throw out of a message: what is a FormatError in a file is a NetworkError in memory. */
export type Refuse = (problem: string) => SonicError;

/** Where a layer's arrays are stored, by field. */
export interface ArrayStore {
  weight(layer: string, stored: StoredWeight, shape: readonly number[]): Float32Array;
  /** `length` is null where any is right. */
  vector(layer: string, tensor: string, length: number | null): Float32Array;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseLayer(value: unknown, place: number, refuse: Refuse): GraphLayer {
  const label =
    isObject(value) && typeof value['name'] === 'string'
      ? `layers[${place}] (${printableValue(value['name'])})`
      : `layers[${place}]`;
  if (!isObject(value)) throw refuse(`${label} is ${printableValue(value)}, expected an object`);
  const kind = value['kind'];
  if (typeof kind !== 'string' || !Object.hasOwn(layerSchemas, kind)) {
    const kinds = Object.keys(layerSchemas);
    const near = typeof kind === 'string' ? nearest(kind, kinds) : undefined;
    throw refuse(
      `${label}: kind is ${printableValue(kind)}${near ? `, did you mean '${near}'?` : `, expected one of ${kinds.join(', ')}`}`,
    );
  }
  const schema = layerSchemas[kind as Layer['kind']];
  const result = schema.safeParse(value);
  if (!result.success) throw refuse(`${label}: ${describeIssues(result.error.issues, value, schema)}`);
  return result.data;
}

/** Checks the JSON form of a network; throws what `refuse` makes of the first problem. */
export function parseGraph(value: unknown, refuse: Refuse): Graph {
  const format = isObject(value) ? value['format'] : undefined;
  if (format !== CHECKPOINT_FORMAT) {
    throw refuse(
      `format is ${printableValue(format)}, this version reads '${CHECKPOINT_FORMAT}'; update, or write the file again`,
    );
  }
  const result = graphSchema.safeParse(value);
  if (!result.success) throw refuse(describeIssues(result.error.issues, value, graphSchema));
  const layers = result.data.layers.map((layer, place) => parseLayer(layer, place, refuse));
  const names = new Set<string>();
  for (const { name } of layers) {
    if (names.has(name)) throw refuse(`two layers are named ${printableValue(name)}; names are unique`);
    names.add(name);
  }
  return { ...result.data, layers };
}

function encodeReal(value: number): ExtendedReal {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) || Number.isNaN(value) ? value : value > 0 ? 'Infinity' : '-Infinity';
}

/** Length that a vector must have; null where it is free. `first` is the length of the layer's first vector. */
export function vectorLength(
  layer: { readonly kind: string; readonly weightShape?: readonly number[] },
  first: number | null,
) {
  return layer.weightShape?.at(-1) ?? (layer.kind === 'batchNorm' ? first : null);
}

/** Name of the tensor that holds a field of a layer. */
export const tensorName = (layer: string, field: string) => `${layer}.${field}`;

function layerToGraph(layer: Layer, isCompressed: boolean): Json {
  const json: Json = { ...layer };
  if ('weight' in layer) {
    const named = (field: string) => tensorName(layer.name, field);
    json['weight'] = isCompressed
      ? { mask: named('mask'), index: named('index'), centroids: named('centroids') }
      : named('weight');
  }
  for (const field of VECTOR_FIELDS[layer.kind] ?? []) {
    if (json[field] !== null) json[field] = tensorName(layer.name, field);
  }
  if (layer.kind === 'pad') json['value'] = encodeReal(layer.value);
  return json;
}

/** The JSON form of a network, checked; `isCompressed` says which layers' weights are stored compressed. */
export function networkToGraph(network: Network, isCompressed: (layer: string) => boolean, refuse: Refuse): Graph {
  const { name, inputShape, inputRange, preprocessing, output } = network;
  const graph = {
    format: CHECKPOINT_FORMAT,
    name,
    inputShape,
    inputRange: inputRange === null ? null : inputRange.map(encodeReal),
    preprocessing,
    layers: network.layers.map((layer) => layerToGraph(layer, isCompressed(layer.name))),
    output,
  };
  return parseGraph(graph, refuse);
}

function layerFromGraph(layer: GraphLayer, arrays: ArrayStore): Layer {
  const filled: Json = { ...layer };
  if ('weight' in layer) filled['weight'] = arrays.weight(layer.name, layer.weight, layer.weightShape);
  let first: number | null = null;
  for (const field of VECTOR_FIELDS[layer.kind] ?? []) {
    const tensor = (layer as unknown as Json)[field];
    if (tensor === null) continue;
    const values = arrays.vector(layer.name, tensor as string, vectorLength(layer, first));
    first ??= values.length;
    filled[field] = values;
  }
  if (layer.kind === 'pad') filled['value'] = Number(layer.value);
  // The schema and VECTOR_FIELDS together give exactly the fields of this kind.
  return filled as unknown as Layer;
}

/** The network of a checked JSON form, its arrays taken from `arrays`. */
export function networkFromGraph(graph: Graph, arrays: ArrayStore): Network {
  const { format: _format, inputRange, ...rest } = graph;
  return {
    ...rest,
    inputRange: inputRange === null ? null : (inputRange.map(Number) as unknown as Interval),
    layers: graph.layers.map((layer) => layerFromGraph(layer, arrays)),
  };
}
