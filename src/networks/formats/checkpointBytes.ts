/**
 * Checkpoints as bytes: a Network in one safetensors file. The graph is JSON in the file's metadata, the arrays are its tensors;
 * weights are dense or pruned-and-clustered. docs/formats.md is the description for other writers.
 */

import { sizeOf } from '../../base/batch.js';
import { FormatError, NetworkError } from '../../base/errors.js';
import { parseStrictJson } from '../../base/input/jsonText.js';
import { printable } from '../../base/text/printable.js';
import type { CompressedWeights } from '../compression/types.js';
import { isMacLayer, type Layer, type Network } from '../types.js';
import { compressionProblem, packWeights } from './compressedWeights.js';
import { float32Bytes } from './dtypes.js';
import { VECTOR_FIELDS } from './graphSchema.js';
import { parseSafetensors, serialiseSafetensors, type TensorData } from './safetensors.js';
import { networkFromGraph, networkToGraph, parseGraph, tensorName, vectorLength } from './storedGraph.js';
import { TensorReader } from './tensorReader.js';

/** Key of the graph in the file's metadata; other keys that begin with 'sonic.' are reserved. */
export const NETWORK_KEY = 'sonic.network';
const RESERVED = 'sonic.';
const GRAPH_DEPTH = 8;

export interface CheckpointOptions {
  /** Compressed form of layers' weights, by layer name; must expand to exactly the network's weights. */
  readonly clusters?: Readonly<Record<string, CompressedWeights>>;
  /** Anything the writer wants to say; keys must not begin with 'sonic.'. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface Checkpoint {
  readonly network: Network;
  /** Compressed form of the layers that are stored so, by layer name. */
  readonly clusters: Readonly<Record<string, CompressedWeights>>;
  readonly metadata: Readonly<Record<string, string>>;
}

function float32Tensor(values: Float32Array, shape: readonly number[], what: string): TensorData {
  const place = values.findIndex((value) => !Number.isFinite(value));
  if (place >= 0) throw new NetworkError(`${what}[${place}] is ${values[place]}; only finite numbers can be saved`);
  return { dtype: 'F32', shape, data: float32Bytes(values) };
}

const uint8Tensor = (data: Uint8Array): TensorData => ({ dtype: 'U8', shape: [data.length], data });

function weightTensors(
  layer: Layer & { weight: Float32Array },
  compressed: CompressedWeights | undefined,
  shape: readonly number[],
) {
  const count = sizeOf(shape);
  if (layer.weight.length !== count) {
    throw new NetworkError(
      `layer '${layer.name}': weight has ${layer.weight.length} values, weightShape [${shape}] says ${count}`,
    );
  }
  const named = (field: string) => tensorName(layer.name, field);
  if (!compressed) return [[named('weight'), float32Tensor(layer.weight, shape, named('weight'))]] as const;
  const { centroids } = compressed;
  const stored = float32Tensor(centroids, [centroids.length], named('centroids'));
  const problem = compressionProblem(compressed, layer.weight);
  if (problem) throw new NetworkError(`layer '${layer.name}': the compressed weights do not fit: ${problem}`);
  const { mask, index } = packWeights(compressed);
  return [
    [named('centroids'), stored],
    [named('mask'), uint8Tensor(mask)],
    [named('index'), uint8Tensor(index)],
  ] as const;
}

/** Name and content of every tensor that a layer is stored in. */
function layerTensors(
  layer: Layer,
  compressed: CompressedWeights | undefined,
): readonly (readonly [string, TensorData])[] {
  const tensors: (readonly [string, TensorData])[] = isMacLayer(layer)
    ? [...weightTensors(layer, compressed, layer.weightShape)]
    : [];
  let first: number | null = null;
  for (const field of VECTOR_FIELDS[layer.kind] ?? []) {
    const values = (layer as unknown as Record<string, Float32Array | null>)[field];
    if (!values) continue;
    const expected: number | null = vectorLength(layer, first);
    if (values.length === 0 || (expected !== null && values.length !== expected)) {
      throw new NetworkError(
        `layer '${layer.name}': ${field} has ${values.length} values, expected ${expected ?? 'at least 1'}`,
      );
    }
    first ??= values.length;
    const name = tensorName(layer.name, field);
    tensors.push([name, float32Tensor(values, [values.length], name)]);
  }
  return tensors;
}

/**
 * The bytes of a checkpoint file.
 * @throws NetworkError if the network holds what a checkpoint cannot (NaN, wrong lengths, two layers of one name) or the
 * clusters do not expand to its weights
 */
export function encodeCheckpoint(
  network: Network,
  { clusters = {}, metadata = {} }: CheckpointOptions = {},
): Uint8Array {
  const macNames = network.layers.filter(isMacLayer).map((layer) => layer.name);
  const stranger = Object.keys(clusters).find((name) => !macNames.includes(name));
  if (stranger !== undefined) {
    throw new NetworkError(
      `clusters are given for '${stranger}', which is no layer with weights; those are ${macNames.join(', ')}`,
    );
  }
  const reserved = Object.keys(metadata).find((key) => key.startsWith(RESERVED));
  if (reserved !== undefined)
    throw new NetworkError(`metadata key '${reserved}' begins with '${RESERVED}', which is reserved; rename it`);
  const isCompressed = (layer: string) => Object.hasOwn(clusters, layer);
  const graph = networkToGraph(
    network,
    isCompressed,
    (problem) => new NetworkError(`network '${network.name}': ${problem}`),
  );
  const tensors = new Map(
    network.layers.flatMap((layer) => layerTensors(layer, isCompressed(layer.name) ? clusters[layer.name] : undefined)),
  );
  return serialiseSafetensors(tensors, { ...metadata, [NETWORK_KEY]: JSON.stringify(graph) });
}

/**
 * The content of a checkpoint file's bytes; `place` is the file's name for messages.
 * @throws FormatError naming the file, tensor and offset
 */
export function decodeCheckpoint(bytes: Uint8Array, place: string): Checkpoint {
  const { tensors, metadata } = parseSafetensors(bytes, place);
  const text = metadata.get(NETWORK_KEY);
  if (text === undefined) {
    throw new FormatError(
      `${place}: the metadata has no '${NETWORK_KEY}'; it is a safetensors file but not a checkpoint of SONIC (docs/formats.md tells how to write one)`,
    );
  }
  const reserved = [...metadata.keys()].find((key) => key.startsWith(RESERVED) && key !== NETWORK_KEY);
  if (reserved !== undefined)
    throw new FormatError(
      `${place}: unknown metadata key '${printable(reserved)}'; keys that begin with '${RESERVED}' are reserved`,
    );
  const graphPlace = `${place}: metadata '${NETWORK_KEY}'`;
  const json = parseStrictJson(new TextEncoder().encode(text), { place: graphPlace, maximumDepth: GRAPH_DEPTH });
  const graph = parseGraph(json.value, (problem) => new FormatError(`${graphPlace}: ${problem}`));
  const reader = new TensorReader(tensors, place);
  const network = networkFromGraph(graph, reader);
  reader.finish();
  const others = [...metadata].filter(([key]) => key !== NETWORK_KEY);
  return { network, clusters: Object.fromEntries(reader.clusters), metadata: Object.fromEntries(others) };
}
