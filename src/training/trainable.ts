/** A network whose parameters are variables, run in training mode: batch statistics, masked weights. */
import { NetworkError, UnsupportedLayerError } from '../base/errors.js';
import type { Tensor, Tf, Variable } from '../base/tensorflow/tf.js';
import { runLayer } from '../networks/forward.js';
import { type BatchNormLayer, isMacLayer, type Layer, type MacLayer, type Network } from '../networks/types.js';
import { type BatchStatistics, trainingBatchNorm } from './batchNorm.js';
import { type ForwardEmulation, straightThrough } from './emulation.js';

/** Share that a batch-norm's moving statistics keep at each step. */
const MOVING_MOMENTUM = 0.9;

interface MacVariables {
  readonly weight: Variable;
  readonly bias: Variable | null;
}

interface BatchNormVariables {
  readonly gamma: Variable;
  readonly beta: Variable;
  readonly mean: Variable;
  readonly variance: Variable;
}

export interface TrainableNetwork {
  /** Moved by the optimizer, in the order of the layers. */
  readonly trained: readonly Variable[];
  /** All parameters, moving statistics too: what a saved state holds. */
  readonly parameters: readonly Variable[];
  /** Weights of convolutions and dense layers by layer name: what is pruned and decays. */
  readonly weights: ReadonlyMap<string, Variable>;
  /**
   * Logits [batch, classes] of a batch [batch, ...inputShape]; batch statistics are noted for `updateStatistics`.
   * @param masks by layer name, of the weight's shape: 1 keeps a weight, 0 drops it
   * @param emulation replaces what layers yield; batch-norms then use their moving statistics, as the hardware does
   */
  forward(input: Tensor, masks: ReadonlyMap<string, Tensor>, emulation?: ForwardEmulation): Tensor;
  /** Moves the moving statistics towards those of the last batch. */
  updateStatistics(): void;
  /** The network as it is now. */
  toNetwork(): Promise<Network>;
  dispose(): void;
}

/** @throws UnsupportedLayerError for a layer that cannot be trained through on every backend */
export function checkTrainable(layer: Layer): void {
  const refuse = (what: string) => {
    throw new UnsupportedLayerError(
      `layer '${layer.name}': ${what} cannot be trained here; train the network elsewhere and load it`,
    );
  };
  switch (layer.kind) {
    case 'conv2d':
      if (layer.groups !== 1) refuse('a grouped convolution');
      if (layer.dilation.some((d) => d !== 1)) refuse('a dilated convolution');
      break;
    case 'quantise':
    case 'dynamicQuantise':
      refuse('a network on a grid of its own');
      break;
    default:
  }
}

/** As the layer `slice` of `runLayer`, of operations that have gradients on every backend. */
function slice(tf: Tf, { begin, end, strides }: Extract<Layer, { kind: 'slice' }>, x: Tensor): Tensor {
  const cut = tf.slice(x, [0, ...begin], [-1, ...end.map((to, axis) => to - begin[axis]!)]);
  return strides.reduce((y: Tensor, stride, i) => {
    if (stride === 1) return y;
    const axis = i + 1;
    const length = y.shape[axis]!;
    const pieces = Math.ceil(length / stride);
    const after = y.shape.map((_, at): [number, number] => [0, at === axis ? pieces * stride - length : 0]);
    const grouped = [...y.shape.slice(0, axis), pieces, stride, ...y.shape.slice(axis + 1)];
    const firsts = grouped.map((whole, at) => (at === axis + 1 ? 1 : whole));
    const taken = tf.slice(tf.reshape(tf.pad(y, after), grouped), new Array<number>(grouped.length).fill(0), firsts);
    return tf.reshape(taken, [...y.shape.slice(0, axis), pieces, ...y.shape.slice(axis + 1)]);
  }, cut);
}

function macVariables(tf: Tf, layer: MacLayer): MacVariables {
  return {
    weight: tf.variable(tf.tensor(layer.weight, [...layer.weightShape])),
    bias: layer.bias && tf.variable(tf.tensor1d(layer.bias)),
  };
}

function batchNormVariables(tf: Tf, layer: BatchNormLayer): BatchNormVariables {
  const variable = (values: Float32Array, trainable = true) => tf.variable(tf.tensor1d(values), trainable);
  return {
    gamma: variable(layer.gamma),
    beta: variable(layer.beta),
    mean: variable(layer.mean, false),
    variance: variable(layer.variance, false),
  };
}

const read = async (variable: Variable) => (await variable.data()) as Float32Array;

/** Batch-norm with the moving statistics, which stay as they are. */
function frozenBatchNorm(tf: Tf, x: Tensor, norm: BatchNormVariables, epsilon: number): Tensor {
  const scale = tf.mul(norm.gamma, tf.rsqrt(tf.add(norm.variance, epsilon)));
  return tf.add(tf.mul(tf.sub(x, norm.mean), scale), norm.beta);
}

/** What a step's batch-norms saw of its images. */
interface Noted {
  readonly norm: BatchNormVariables;
  readonly statistics: BatchStatistics;
}

/** Takes moving statistics a step towards those of a batch. */
function moveStatistics(tf: Tf, noted: readonly Noted[]): void {
  tf.tidy(() => {
    const towards = (variable: Variable, value: Tensor) =>
      variable.assign(tf.add(tf.mul(variable, MOVING_MOMENTUM), tf.mul(value, 1 - MOVING_MOMENTUM)));
    for (const { norm, statistics } of noted) {
      towards(norm.mean, statistics.mean);
      towards(norm.variance, statistics.variance);
    }
  });
}

/** The layer with its parameters as the variables have them. */
async function layerWith(
  layer: Layer,
  mac: MacVariables | undefined,
  norm: BatchNormVariables | undefined,
): Promise<Layer> {
  if (mac && isMacLayer(layer)) {
    return { ...layer, weight: await read(mac.weight), bias: mac.bias && (await read(mac.bias)) };
  }
  if (norm && layer.kind === 'batchNorm') {
    const [gamma, beta] = [await read(norm.gamma), await read(norm.beta)];
    return { ...layer, gamma, beta, mean: await read(norm.mean), variance: await read(norm.variance) };
  }
  return layer;
}

/**
 * Puts a network's parameters into variables of the current backend.
 * @throws UnsupportedLayerError if a layer cannot be trained through
 */
export function makeTrainable(tf: Tf, network: Network): TrainableNetwork {
  for (const layer of network.layers) checkTrainable(layer);
  const macs = new Map<string, MacVariables>();
  const norms = new Map<string, BatchNormVariables>();
  tf.tidy(() => {
    for (const layer of network.layers) {
      if (isMacLayer(layer)) macs.set(layer.name, macVariables(tf, layer));
      else if (layer.kind === 'batchNorm') norms.set(layer.name, batchNormVariables(tf, layer));
    }
  });
  if (macs.size === 0) throw new NetworkError(`network '${network.name}' has no convolution or dense layer to train`);
  const trained = network.layers.flatMap(({ name }) => {
    const [mac, norm] = [macs.get(name), norms.get(name)];
    if (norm) return [norm.gamma, norm.beta];
    return mac ? (mac.bias ? [mac.weight, mac.bias] : [mac.weight]) : [];
  });
  const parameters = [...trained, ...[...norms.values()].flatMap(({ mean, variance }) => [mean, variance])];
  let noted: Noted[] = [];
  const forget = () => {
    for (const { statistics } of noted) tf.dispose([statistics.mean, statistics.variance]);
    noted = [];
  };

  const runTrained = (
    layer: Layer,
    inputs: readonly Tensor[],
    masks: ReadonlyMap<string, Tensor>,
    frozen: boolean,
  ): Tensor => {
    const [mac, norm] = [macs.get(layer.name), norms.get(layer.name)];
    if (mac) {
      const mask = masks.get(layer.name);
      const weight = mask ? tf.mul(mac.weight, mask) : mac.weight;
      return runLayer(tf, layer, inputs, mac.bias ? { weight, bias: mac.bias } : { weight });
    }
    if (norm && layer.kind === 'batchNorm' && frozen) return frozenBatchNorm(tf, inputs[0]!, norm, layer.epsilon);
    if (norm && layer.kind === 'batchNorm') {
      return trainingBatchNorm(tf, inputs[0]!, norm.gamma, norm.beta, layer.epsilon, ({ mean, variance }) => {
        noted.push({ norm, statistics: { mean: tf.keep(tf.clone(mean)), variance: tf.keep(tf.clone(variance)) } });
      });
    }
    if (layer.kind === 'slice') return slice(tf, layer, inputs[0]!);
    return runLayer(tf, layer, inputs);
  };

  return {
    trained,
    parameters,
    weights: new Map([...macs].map(([name, { weight }]) => [name, weight])),
    forward: (input, masks, emulation) => {
      forget();
      const values = new Map<string, Tensor>([['input', input]]);
      const inputsOf = new Map(network.layers.map((layer) => [layer.name, layer.inputs]));
      for (const layer of network.layers) {
        const inputs = layer.inputs.map((name) => values.get(name)!);
        const y = runTrained(layer, inputs, masks, emulation !== undefined);
        const mac = emulation?.outputs.get(layer.name);
        const emulated = mac === undefined ? null : emulation!.run(mac, values.get(inputsOf.get(mac)![0]!)!);
        values.set(layer.name, emulated ? straightThrough(tf, y, emulated) : y);
      }
      return values.get(network.output)!;
    },
    updateStatistics: () => {
      moveStatistics(tf, noted);
      forget();
    },
    toNetwork: async () => ({
      ...network,
      layers: await Promise.all(
        network.layers.map((layer) => layerWith(layer, macs.get(layer.name), norms.get(layer.name))),
      ),
    }),
    dispose: () => {
      forget();
      for (const variable of parameters) variable.dispose();
    },
  };
}
