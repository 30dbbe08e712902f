/** What a comparator needs to know of a network: sizes and sparsities of its layers, and the operators a framework runs. */

import { sizeOf } from '../../base/batch.js';
import { NetworkError } from '../../base/errors.js';
import { countParameters, layerParameters } from '../../networks/parameters.js';
import { inferShapes } from '../../networks/shapes.js';
import { isMacLayer, type Layer, type MacLayer, type Network, type Shape } from '../../networks/types.js';
import { readersOfInput } from '../costInputs.js';

/** A layer of multiply-accumulates; dense layers are 1 x 1 convolutions of a 1 x 1 map. */
export interface WorkloadLayer {
  readonly name: string;
  readonly kind: 'conv2d' | 'dense';
  /** [rows, columns, channels]. */
  readonly input: readonly [number, number, number];
  readonly output: readonly [number, number, number];
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  /** Of a convolution; 1 where absent. */
  readonly groups?: number;
  /** Dense multiply-accumulates, those with padding included. */
  readonly macs: number;
  /** Number of weights. */
  readonly weights: number;
  /** Share of zeros. */
  readonly weightSparsity: number;
  /** Share of zeros in the layer's input. */
  readonly activationSparsity: number;
  /** Elements that leave towards the next layer, after pooling, and their share of zeros. */
  readonly results: number;
  readonly resultSparsity: number;
}

/** What a framework launches as one piece: a convolution, a batch-norm, a ReLU, a pooling, an addition ... */
export interface Operator {
  readonly kind: string;
  readonly macs: number;
  /** Inputs read and outputs written, of one image. */
  readonly activations: number;
  /** Weights, biases, scales: read once for all images of a batch. */
  readonly parameters: number;
}

export interface Workload {
  readonly name: string;
  readonly parameters: number;
  /** Sum over the layers. */
  readonly macs: number;
  readonly layers: readonly WorkloadLayer[];
  readonly operators: readonly Operator[];
  /** What SONIC's own model compiles; null for networks that only comparators were measured on. */
  readonly network: Network | null;
}

/** Share of zero activations where nothing is known, as in SONIC's predictor. */
const DEFAULT_ACTIVATION_SPARSITY = 0.5;

const asMap = (shape: Shape): [number, number, number] =>
  shape.length === 3 ? [shape[0]!, shape[1]!, shape[2]!] : [1, 1, sizeOf(shape)];

/** Elements that a layer's results have when they reach the next MAC layer, or the end. */
function resultsOf(
  network: Network,
  shapes: ReadonlyMap<string, Shape>,
  from: MacLayer,
): { name: string; size: number } {
  let name = from.name;
  for (;;) {
    const next = network.layers.find((layer) => layer.inputs.includes(name));
    if (!next || isMacLayer(next)) return { name, size: sizeOf(shapes.get(name)!) };
    name = next.name;
  }
}

function operatorOf(layer: Layer, shapes: ReadonlyMap<string, Shape>): Operator {
  const output = shapes.get(layer.name)!;
  const inputs = layer.inputs.reduce((sum, name) => sum + sizeOf(shapes.get(name)!), 0);
  const macs = isMacLayer(layer) ? (sizeOf(output) * layer.weight.length) / layer.weightShape.at(-1)! : 0;
  return { kind: layer.kind, macs, activations: inputs + sizeOf(output), parameters: layerParameters(layer) };
}

export interface WorkloadOptions {
  /** Share of zero weights by MAC layer; 0 where absent. */
  readonly weightSparsity?: Readonly<Record<string, number>>;
  /** Share of zero activations of layers that do not read the image (there it is 0); default 0.5. */
  readonly activationSparsity?: number;
}

/**
 * The workload of a network; its weights are not looked at.
 * @throws NetworkError for a network without MAC layers or sparsities outside 0 .. 1.
 */
export function workloadOf(network: Network, options: WorkloadOptions = {}): Workload {
  const { weightSparsity = {}, activationSparsity = DEFAULT_ACTIVATION_SPARSITY } = options;
  const bad = [...Object.values(weightSparsity), activationSparsity].find((share) => !(share >= 0 && share <= 1));
  if (bad !== undefined) throw new NetworkError(`sparsity ${bad}: a share lies between 0 and 1`);
  const shapes = inferShapes(network);
  const readers = readersOfInput(network);
  const layers = network.layers.filter(isMacLayer).map((layer): WorkloadLayer => {
    const output = asMap(shapes.get(layer.name)!);
    const conv = layer.kind === 'conv2d' ? layer : null;
    const results = resultsOf(network, shapes, layer);
    return {
      name: layer.name,
      kind: layer.kind,
      input: asMap(shapes.get(layer.inputs[0]!)!),
      output,
      kernel: conv ? [conv.weightShape[0], conv.weightShape[1]] : [1, 1],
      strides: conv ? [conv.strides[0], conv.strides[1]] : [1, 1],
      ...(conv && conv.groups > 1 ? { groups: conv.groups } : {}),
      macs: operatorOf(layer, shapes).macs,
      weights: layer.weight.length,
      weightSparsity: weightSparsity[layer.name] ?? 0,
      activationSparsity: readers.has(layer.name) ? 0 : activationSparsity,
      results: results.size,
      resultSparsity: results.name === network.output ? 0 : activationSparsity,
    };
  });
  if (layers.length === 0)
    throw new NetworkError(`network '${network.name}' has no convolution or dense layer to cost`);
  return {
    name: network.name,
    parameters: countParameters(network),
    macs: layers.reduce((sum, layer) => sum + layer.macs, 0),
    layers,
    // Views of the same memory: nothing is launched for them.
    operators: network.layers
      .filter(({ kind }) => kind !== 'flatten' && kind !== 'reshape')
      .map((layer) => operatorOf(layer, shapes)),
    network,
  };
}
