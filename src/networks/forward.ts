/**
 * The digital forward pass, float32, on whatever backend TensorFlow.js is set to. What a backend lacks (groups, dilation
 * with stride, asymmetric padding in pools) is composed of what all of them have.
 */

import type { Tensor, Tf } from '../base/tensorflow/tf.js';
import { runActivation } from './activations.js';
import { columnsOf, cutColumns, type LayerTensors, tensorsOf } from './layerTensors.js';
import { runConv2d } from './runConv2d.js';
import { runDynamicQuantise, runMatMul, runNormalise, runQuantise, runReduce, runResample } from './runElectronic.js';
import { runPool2d } from './runPool2d.js';
import { type DenseLayer, isMacLayer, type Layer, type MacLayer, type Network } from './types.js';

const withBatch = (x: Tensor, shape: readonly number[]): number[] => [x.shape[0]!, ...shape];

/** A product with weights that come to the backend a part at a time, and go. */
export function multiplyInParts(tf: Tf, layer: DenseLayer, x: Tensor, columns = cutColumns(layer)): Tensor {
  const filters = layer.weightShape[1];
  const parts: Tensor[] = [];
  for (let first = 0; first < filters; first += columns) {
    const weight = columnsOf(tf, layer, first, Math.min(first + columns, filters));
    parts.push(tf.matMul(x, weight));
    weight.dispose();
  }
  return parts.length === 1 ? parts[0]! : tf.concat(parts, 1);
}

/**
 * One layer on a batch. Inputs and output are [batch, ...]; the output is always a tensor of its own.
 * @param tensors the layer's constants from `tensorsOf`, when the caller keeps them for many calls
 */
export function runLayer(tf: Tf, layer: Layer, inputs: readonly Tensor[], tensors?: LayerTensors): Tensor {
  return tf.tidy(() => {
    const constants = tensors ?? tensorsOf(tf, layer);
    const x = inputs[0]!;
    switch (layer.kind) {
      case 'conv2d':
        return runConv2d(tf, layer, x, constants);
      case 'dense': {
        const { weight, bias } = constants;
        const product = weight ? tf.matMul(x, weight) : multiplyInParts(tf, layer, x);
        return bias ? tf.add(product, bias) : product;
      }
      case 'batchNorm':
      case 'affine':
        return tf.add(tf.mul(x, constants['scale']!), constants['shift']!);
      case 'activation':
        return runActivation(tf, layer, x);
      case 'pool2d':
        return runPool2d(tf, layer, x);
      case 'globalPool2d':
        return layer.mode === 'max' ? tf.max(x, [1, 2]) : tf.mean(x, [1, 2]);
      case 'add':
        return inputs.slice(1).reduce((sum, other) => tf.add(sum, other), tf.clone(x));
      case 'subtract':
        return tf.sub(x, inputs[1]!);
      case 'multiply':
        return inputs.slice(1).reduce((product, other) => tf.mul(product, other), tf.clone(x));
      case 'maximum':
        return inputs.slice(1).reduce((most, other) => tf.maximum(most, other), tf.clone(x));
      case 'minimum':
        return inputs.slice(1).reduce((least, other) => tf.minimum(least, other), tf.clone(x));
      case 'concat':
        return tf.concat([...inputs], layer.axis + 1);
      case 'slice':
        return tf.stridedSlice(x, [0, ...layer.begin], withBatch(x, layer.end), [1, ...layer.strides]);
      case 'transpose':
        return tf.transpose(x, [0, ...layer.permutation.map((axis) => axis + 1)]);
      case 'flatten':
        return tf.reshape(x, [x.shape[0]!, -1]);
      case 'reshape':
        return tf.reshape(x, withBatch(x, layer.shape));
      case 'pad':
        return tf.pad(
          x,
          [[0, 0], ...layer.padding.map(([before, after]): [number, number] => [before, after])],
          layer.value,
        );
      case 'softmax':
        return tf.softmax(x);
      case 'normalise':
        return runNormalise(tf, layer, x);
      case 'reduce':
        return runReduce(tf, layer, x);
      case 'matMul':
        return runMatMul(tf, x, inputs[1]!);
      case 'tile':
        return tf.tile(x, [1, ...layer.repeats]);
      case 'quantise':
        return runQuantise(tf, layer, x);
      case 'dynamicQuantise':
        return runDynamicQuantise(tf, x);
      case 'resample':
        return runResample(tf, layer, x);
      default:
        return layer satisfies never;
    }
  });
}

export interface ForwardOptions {
  /** Sees every layer's inputs and output as it runs; the tensors are gone afterwards unless cloned. */
  readonly onLayer?: (layer: Layer, inputs: readonly Tensor[], output: Tensor) => void;
}

/** Weights by the name of a convolution or dense layer, each in the layer's own order. */
export type ChangedWeights = ReadonlyMap<string, Float32Array>;

export interface VariantOptions extends ForwardOptions {
  /** Logits [batch, classes] of the network with the weights of this number; gone afterwards unless cloned. */
  readonly onLogits: (variant: number, logits: Tensor) => void;
}

/** A network whose constants lie on the backend. */
export interface DigitalNetwork {
  readonly network: Network;
  /** Logits [batch, classes] of a batch [batch, ...inputShape]. */
  forward(input: Tensor, options?: ForwardOptions): Tensor;
  /**
   * Runs a batch with other weights in some layers, one set after the other; layers before the first that any set changes
   * run once.
   * @throws RangeError for a name that is no convolution or dense layer
   */
  forwardVariants(input: Tensor, sets: readonly ChangedWeights[], options: VariantOptions): void;
  dispose(): void;
}

/** How often each layer's output is read from layer `from` on; the network's output once more, by the caller. */
function countReaders({ layers, output }: Network, from = 0): Map<string, number> {
  const readers = new Map<string, number>([[output, 1]]);
  const names = layers.slice(from).flatMap((layer) => layer.inputs);
  for (const name of names) readers.set(name, (readers.get(name) ?? 0) + 1);
  return readers;
}

/** Values of layers that have run and are still read, and how often they will be. */
interface Running {
  readonly values: Map<string, Tensor>;
  readonly readers: Map<string, number>;
}

/** A layer as it is to run, with its constants: those that are cut are read off the layer itself. */
type Loaded = readonly [layer: Layer, tensors: LayerTensors];

/** Runs layers `from` to `to` - 1, freeing each value once its last reader has run. */
function runLayers(
  tf: Tf,
  network: Network,
  [from, to]: readonly [number, number],
  { values, readers }: Running,
  loaded: (layer: Layer) => Loaded,
  { onLayer }: ForwardOptions = {},
): void {
  const release = (name: string) => {
    const left = (readers.get(name) ?? 0) - 1;
    readers.set(name, left);
    if (left > 0 || name === network.output) return;
    values.get(name)?.dispose();
    values.delete(name);
  };
  for (const layer of network.layers.slice(from, to)) {
    const inputs = layer.inputs.map((name) => values.get(name)!);
    const [own, tensors] = loaded(layer);
    const output = runLayer(tf, own, inputs, tensors);
    onLayer?.(layer, inputs, output);
    values.set(layer.name, output);
    for (const name of layer.inputs) release(name);
    if (!readers.has(layer.name)) {
      output.dispose();
      values.delete(layer.name);
    }
  }
}

const beginning = (tf: Tf, network: Network, input: Tensor): Running => ({
  values: new Map([['input', tf.clone(input)]]),
  readers: countReaders(network),
});

/** Place of the first layer that any of the sets changes; that of the end where none does. */
function firstChanged({ layers }: Network, sets: readonly ChangedWeights[]): number {
  const places = sets
    .flatMap((weights) => [...weights.keys()])
    .map((name) => {
      const place = layers.findIndex((layer) => layer.name === name && isMacLayer(layer));
      if (place < 0) throw new RangeError(`'${name}' is no convolution or dense layer`);
      return place;
    });
  return Math.min(layers.length, ...places);
}

/** Puts the network's constants on the current backend; `dispose` frees them. */
export function loadDigitalNetwork(tf: Tf, network: Network): DigitalNetwork {
  const { layers } = network;
  const tensors = new Map(layers.map((layer) => [layer.name, tensorsOf(tf, layer)]));
  const all = [...tensors.values()].flatMap((ofLayer) => Object.values(ofLayer));
  for (const tensor of all) tf.keep(tensor);
  const own = (layer: Layer): Loaded => [layer, tensors.get(layer.name)!];
  return {
    network,
    forward: (input, options) =>
      tf.tidy(() => {
        const running = beginning(tf, network, input);
        runLayers(tf, network, [0, layers.length], running, own, options);
        return running.values.get(network.output)!;
      }),
    forwardVariants: (input, sets, { onLogits, ...options }) =>
      tf.tidy(() => {
        const at = firstChanged(network, sets);
        const before = beginning(tf, network, input);
        runLayers(tf, network, [0, at], before, own, options);
        for (const [variant, weights] of sets.entries()) {
          tf.tidy(() => {
            const values = new Map([...before.values].map(([name, value]) => [name, tf.clone(value)]));
            const running = { values, readers: countReaders(network, at) };
            const changed = (layer: Layer): Loaded => {
              const weight = weights.get(layer.name);
              if (!weight || !isMacLayer(layer)) return own(layer);
              const other: MacLayer = { ...layer, weight };
              return [other, tensorsOf(tf, other)];
            };
            runLayers(tf, network, [at, layers.length], running, changed, options);
            onLogits(variant, values.get(network.output)!);
          });
        }
      }),
    dispose: () => {
      for (const tensor of all) tensor.dispose();
    },
  };
}

/** Logits [batch, classes] of one batch [batch, ...inputShape]; `loadDigitalNetwork` is better for many. */
export function forward(tf: Tf, network: Network, input: Tensor, options?: ForwardOptions): Tensor {
  const digital = loadDigitalNetwork(tf, network);
  try {
    return digital.forward(input, options);
  } finally {
    digital.dispose();
  }
}
