/** A network whose MAC layers run on a photonic backend, and all others as the digital network's. */

import type { Tensor } from '../../base/tensorflow/tf.js';
import { watchFinite } from '../../networks/finite.js';
import { runLayer } from '../../networks/forward.js';
import { type LayerTensors, tensorsOf } from '../../networks/layerTensors.js';
import type { Layer, Network } from '../../networks/types.js';
import { lumpedOn } from '../backends/lumpedLayer.js';
import type { PhotonicBackend } from '../backends/types.js';
import type { BatchOptions, LayerOutput, LayerRun, PhotonicLayer } from '../kernels/batchLayer.js';
import type { Tap } from '../kernels/contract.js';
import { photonicConv2d } from '../kernels/photonicConv2D/op.js';
import { photonicDense } from '../kernels/photonicDense/op.js';
import type { Conv2dProgram, DenseProgram, MacProgram, Program } from '../program/types.js';
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
   * @param images place of each image of the batch in its split.
   * @param taps filled, by MAC layer: what each image's passes looked like inside. Only of layers whose backend has them.
   * @throws NetworkError naming layer and image where an output holds NaN or infinity.
   */
  forward(input: Tensor, images: Int32Array, runSeed: number, taps?: Map<string, Tap[][]>): Promise<EmulatedBatch>;
  dispose(): void;
}

const ofKind = <P extends MacProgram>(layer: PhotonicLayer, kind: P['kind']): layer is PhotonicLayer<P> =>
  layer.program.kind === kind;

/** Runs one MAC layer on a batch. */
function runPhotonic(layer: PhotonicLayer, x: Tensor, options: BatchOptions): Promise<LayerOutput> {
  return ofKind<Conv2dProgram>(layer, 'conv2d')
    ? photonicConv2d(x, layer, options)
    : photonicDense(x, layer as PhotonicLayer<DenseProgram>, options);
}

/** How many layers read each output; a batch-norm that runs on the ring reads nothing. */
function readersOf(layers: readonly Layer[], output: string): Map<string, number> {
  const readers = new Map([[output, 1]]);
  for (const name of layers.flatMap((layer) => layer.inputs)) readers.set(name, (readers.get(name) ?? 0) + 1);
  return readers;
}

/** By the name of a layer on the core: the ReLU that alone reads its output, where the backend takes it with the layer. */
function takenReLUs(
  layers: readonly Layer[],
  output: string,
  optical: ReadonlyMap<string, PhotonicLayer>,
): ReadonlyMap<string, Layer> {
  const readers = readersOf(layers, output);
  const taken = new Map<string, Layer>();
  for (const [name, { program, rectifies }] of optical) {
    if (!rectifies || readers.get(program.outputName) !== 1) continue;
    const reader = layers.find(({ inputs }) => inputs.includes(program.outputName));
    if (reader?.kind === 'activation' && reader.function === 'relu') taken.set(name, reader);
  }
  return taken;
}

/** The program's layers, each in its fidelity. */
function loadOptical(
  backend: PhotonicBackend,
  program: Program,
  fidelities: readonly LayerFidelity[],
): ReadonlyMap<string, PhotonicLayer> {
  const isLumped = (l: number) => fidelities[l] === 'lumped';
  const exact = backend.load({ ...program, layers: program.layers.filter((_, l) => !isLumped(l)) });
  const lumped = program.layers.filter((_, l) => isLumped(l)).map((layer) => lumpedOn(backend, program, layer));
  return new Map([...exact, ...lumped].map((layer) => [layer.program.name, layer]));
}

/**
 * Puts a program and the network's electronic layers on a backend, whose tensors must lie on TensorFlow.js's current one.
 * @param fidelities of every MAC layer; all `exact` unless given.
 */
export function loadEmulatedNetwork(
  network: Network,
  program: Program,
  backend: PhotonicBackend,
  fidelities: readonly LayerFidelity[] = [],
): EmulatedNetwork {
  const { tf } = backend;
  const optical = loadOptical(backend, program, fidelities);
  const absorbed = new Set(
    program.layers.filter((layer) => layer.outputName !== layer.name).map((layer) => layer.outputName),
  );
  const ofOptics = network.layers.filter((layer) => !absorbed.has(layer.name));
  const taken = takenReLUs(ofOptics, network.output, optical);
  const rectifiers = new Set(taken.values());
  const layers = ofOptics.filter((layer) => !rectifiers.has(layer));
  const electronic = layers.filter((layer) => !optical.has(layer.name));
  const tensors = new Map<string, LayerTensors>(electronic.map((layer) => [layer.name, tensorsOf(tf, layer)]));
  const all = [...tensors.values()].flatMap((ofLayer) => Object.values(ofLayer));
  return {
    forward: async (input, images, runSeed, taps) => {
      const counted: Promise<LayerRun[]>[] = [];
      const readers = readersOf(layers, network.output);
      const values = new Map<string, Tensor>([['input', tf.clone(input)]]);
      const release = (name: string) => {
        const left = readers.get(name)! - 1;
        readers.set(name, left);
        if (left <= 0) values.get(name)!.dispose();
      };
      const watch = watchFinite(tf, 'the emulated network');
      try {
        watch.see('input', input);
        for (const layer of layers) {
          const photonic = optical.get(layer.name);
          const inputs = layer.inputs.map((name) => values.get(name)!);
          const relu = taken.get(layer.name);
          const name = relu?.name ?? photonic?.program.outputName ?? layer.name;
          let finite: Promise<boolean[]> | undefined;
          if (photonic) {
            const tap: Tap[][] | null = taps && photonic.hasTap ? [] : null;
            if (tap) taps!.set(layer.name, tap);
            const {
              output,
              counts,
              finite: ofKernel,
            } = await runPhotonic(photonic, inputs[0]!, {
              runSeed,
              images,
              noise: true,
              adc: true,
              ...(relu ? { relu: true } : {}),
              ...(tap ? { tap } : {}),
            });
            values.set(name, output);
            counted.push(counts);
            finite = ofKernel;
          } else {
            values.set(name, runLayer(tf, layer, inputs, tensors.get(layer.name)!));
          }
          watch.see(layer, values.get(name)!, finite);
          for (const input of layer.inputs) release(input);
          if (!readers.has(name)) values.get(name)!.dispose();
        }
        // Asked for together: on a device each would be a round trip.
        const [ofLayers, logits] = await Promise.all([
          Promise.all(counted),
          values.get(network.output)!.data() as Promise<Float32Array>,
          watch.check(images),
        ]);
        return { logits, runs: Array.from(images, (_, i) => ofLayers.map((ofImages) => ofImages[i]!)) };
      } catch (error) {
        await Promise.allSettled(counted);
        // A layer that is given NaN fails by itself: say where the NaN comes from.
        await watch.check(images);
        throw error;
      } finally {
        watch.dispose();
        // All but the logits are gone already, unless a layer failed.
        for (const value of values.values()) if (!value.isDisposed) value.dispose();
      }
    },
    dispose: () => {
      for (const tensor of all) tensor.dispose();
      for (const layer of optical.values()) layer.dispose();
      backend.free();
    },
  };
}
