/** A network whose MAC layers run on a photonic backend, and all others as the digital network's. */
import type { LayerRun, PhotonicBackend } from '../backends/types.js';
import type { LoadedLayer } from '../kernels/contract.js';
import { drawOutputs, type LumpedLayer } from '../kernels/lumped.js';
import { loadLumpedConv2d } from '../kernels/photonicConv2D/lumped.js';
import { loadLumpedDense } from '../kernels/photonicDense/lumped.js';
import { runLayer } from '../network/forward.js';
import { type LayerTensors, tensorsOf } from '../network/layerTensors.js';
import type { Tensor, Tf } from '../network/tf.js';
import type { Layer, Network } from '../network/types.js';
import type { MacProgram, Program } from '../program/types.js';
import type { LayerFidelity } from './fidelity.js';

export interface EmulatedBatch {
  /** [batch, classes], row-major. */
  readonly logits: Float32Array;
  /** [image of the batch][MAC layer]. */
  readonly runs: LayerRun[][];
}

export interface EmulatedNetwork {
  /**
   * @param input [batch, ...inputShape].
   * @param imageIndices place of each image of the batch in its split.
   */
  forward(input: Tensor, imageIndices: Int32Array, runSeed: number): EmulatedBatch;
  dispose(): void;
}

function outputShape(program: MacProgram): readonly number[] {
  return program.kind === 'dense' ? [program.filters] : program.geometry.output;
}

/** Runs one MAC layer on a batch, image by image. */
function runMac(
  tf: Tf,
  layer: LoadedLayer,
  input: Tensor,
  imageIndices: Int32Array,
  runSeed: number,
  runs: LayerRun[][],
): Tensor {
  const batch = input.shape[0]!;
  const x = input.dataSync() as Float32Array;
  const shape = outputShape(layer.program);
  const y = new Float32Array(batch * shape.reduce((product, n) => product * n, 1));
  for (let i = 0; i < batch; i++) {
    const part = (values: Float32Array) =>
      values.subarray((i * values.length) / batch, ((i + 1) * values.length) / batch);
    runs[i]!.push(layer.run(part(x), part(y), { runSeed, image: imageIndices[i]!, noise: true, adc: true }));
  }
  return tf.tensor(y, [batch, ...shape]);
}

/** Runs one MAC layer on a batch in fidelity `lumped`. */
function runLumped(
  tf: Tf,
  layer: LumpedLayer,
  backend: PhotonicBackend,
  input: Tensor,
  imageIndices: Int32Array,
  runSeed: number,
  runs: LayerRun[][],
): Tensor {
  const batch = input.shape[0]!;
  const { value, variance, counts } = layer.sum(input.dataSync() as Float32Array, batch);
  const y = new Float32Array(value.length);
  for (let i = 0; i < batch; i++) {
    const part = (values: Float32Array) =>
      values.subarray((i * values.length) / batch, ((i + 1) * values.length) / batch);
    const options = { runSeed, image: imageIndices[i]! };
    drawOutputs(layer, backend, part(value), part(variance), options, part(y));
    runs[i]!.push(counts[i]!);
  }
  return tf.tensor(y, [batch, ...layer.outputShape]);
}

/** How many layers read each output; a batch-norm that runs on the ring reads nothing. */
function readersOf(layers: readonly Layer[], output: string): Map<string, number> {
  const readers = new Map([[output, 1]]);
  for (const name of layers.flatMap((layer) => layer.inputs)) readers.set(name, (readers.get(name) ?? 0) + 1);
  return readers;
}

interface OpticalLayer {
  readonly program: MacProgram;
  run(input: Tensor, imageIndices: Int32Array, runSeed: number, runs: LayerRun[][]): Tensor;
  dispose(): void;
}

/** A MAC layer that runs in the given fidelity. */
function opticalLayer(tf: Tf, loaded: LoadedLayer, fidelity: LayerFidelity, backend: PhotonicBackend): OpticalLayer {
  if (fidelity === 'exact') {
    return {
      program: loaded.program,
      run: (input, imageIndices, runSeed, runs) => runMac(tf, loaded, input, imageIndices, runSeed, runs),
      dispose: () => {},
    };
  }
  const lumped = 'hold' in loaded ? loadLumpedDense(tf, loaded) : loadLumpedConv2d(tf, loaded.program);
  return {
    program: loaded.program,
    run: (input, imageIndices, runSeed, runs) => runLumped(tf, lumped, backend, input, imageIndices, runSeed, runs),
    dispose: lumped.dispose,
  };
}

/**
 * Puts a program and the network's electronic layers on their backends.
 * @param fidelities of every MAC layer; all `exact` unless given.
 */
export function loadEmulatedNetwork(
  tf: Tf,
  network: Network,
  program: Program,
  backend: PhotonicBackend,
  fidelities: readonly LayerFidelity[] = [],
): EmulatedNetwork {
  const optical = new Map(
    backend
      .load(program)
      .map((layer, l) => [layer.program.name, opticalLayer(tf, layer, fidelities[l] ?? 'exact', backend)]),
  );
  const absorbed = new Set(
    program.layers.filter((layer) => layer.outputName !== layer.name).map((layer) => layer.outputName),
  );
  const layers = network.layers.filter((layer) => !absorbed.has(layer.name));
  const electronic = layers.filter((layer) => !optical.has(layer.name));
  const tensors = new Map<string, LayerTensors>(electronic.map((layer) => [layer.name, tensorsOf(tf, layer)]));
  const all = [...tensors.values()].flatMap((ofLayer) => Object.values(ofLayer));
  return {
    forward: (input, imageIndices, runSeed) => {
      const runs: LayerRun[][] = Array.from({ length: input.shape[0]! }, () => []);
      const readers = readersOf(layers, network.output);
      const values = new Map<string, Tensor>([['input', tf.clone(input)]]);
      const release = (name: string) => {
        const left = readers.get(name)! - 1;
        readers.set(name, left);
        if (left <= 0) values.get(name)!.dispose();
      };
      for (const layer of layers) {
        const photonic = optical.get(layer.name);
        const inputs = layer.inputs.map((name) => values.get(name)!);
        const output = photonic
          ? photonic.run(inputs[0]!, imageIndices, runSeed, runs)
          : runLayer(tf, layer, inputs, tensors.get(layer.name)!);
        values.set(photonic?.program.outputName ?? layer.name, output);
        for (const name of layer.inputs) release(name);
        if (!readers.has(photonic?.program.outputName ?? layer.name)) output.dispose();
      }
      const logits = values.get(network.output)!;
      const result = { logits: logits.dataSync().slice() as Float32Array, runs };
      logits.dispose();
      return result;
    },
    dispose: () => {
      for (const tensor of all) tensor.dispose();
      for (const layer of optical.values()) layer.dispose();
      backend.free();
    },
  };
}
