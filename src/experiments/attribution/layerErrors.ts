/** Error of each MAC layer on its own: fed what the digital network feeds it, held against what that makes of it. */

import { sizeOf } from '../../base/batch.js';
import { loadTf } from '../../base/tensorflow/tf.js';
import { takeTurn } from '../../base/tensorflow/turns.js';
import { createKernels } from '../../emulation/backends/index.js';
import { macSpecs } from '../../emulation/compiler/network.js';
import type { Program } from '../../emulation/program/types.js';
import { forwardFiniteSync } from '../../networks/finite.js';
import { loadDigitalNetwork } from '../../networks/forward.js';
import type { Network } from '../../networks/types.js';
import { effectiveBits } from '../devices/effectiveBits.js';

/** What the digital network feeds a layer and makes of it, batch-norm included. */
interface Probe {
  /** One entry an image. */
  readonly inputs: Float32Array[];
  readonly outputs: Float32Array[];
  /** Largest |output|: the error's full scale. */
  readonly fullScale: number;
}

export type Probes = readonly Probe[];

export interface LayerError {
  readonly name: string;
  /** Root mean square of the output's error over the largest |output| of the digital layer. */
  readonly rms: number;
  /** -log2(rms * sqrt(12)): bits of a uniform quantiser with the same error; infinite where there is none. */
  readonly effectiveBits: number;
}

/**
 * Inputs and outputs of every MAC layer of the digital network.
 * @param images the network's input, float32, [count, ...inputShape].
 */
export function probeDigital(network: Network, images: Float32Array): Promise<Probes> {
  return takeTurn(() => probe(network, images));
}

async function probe(network: Network, images: Float32Array): Promise<Probes> {
  const tf = await loadTf('wasm');
  const specs = macSpecs(network);
  const probes = specs.map(() => ({ inputs: [] as Float32Array[], outputs: [] as Float32Array[] }));
  const count = images.length / sizeOf(network.inputShape);
  const split = (values: Float32Array) =>
    Array.from({ length: count }, (_, i) =>
      values.slice((i * values.length) / count, ((i + 1) * values.length) / count),
    );
  const digital = loadDigitalNetwork(tf, network);
  const input = tf.tensor(images, [count, ...network.inputShape]);
  try {
    forwardFiniteSync(
      tf,
      digital,
      input,
      Int32Array.from({ length: count }, (_, i) => i),
      {
        onLayer: (layer, [input], output) => {
          for (const spec of specs) {
            if (spec.name === layer.name) probes[spec.index]!.inputs = split(input!.dataSync() as Float32Array);
            if (spec.outputName === layer.name) probes[spec.index]!.outputs = split(output.dataSync() as Float32Array);
          }
        },
      },
    );
  } finally {
    input.dispose();
    digital.dispose();
  }
  const largest = (arrays: Float32Array[]) =>
    arrays.reduce((most, values) => values.reduce((m, v) => Math.max(m, Math.abs(v)), most), 0);
  return probes.map((probe) => ({ ...probe, fullScale: largest(probe.outputs) }));
}

/** Errors of a program's layers on the probed images, read noise of `runSeed` included. */
export async function layerErrors(program: Program, probes: Probes, runSeed: number): Promise<LayerError[]> {
  const kernels = await createKernels('wasm');
  const layers = kernels.load(program);
  const errors = layers.map((layer, l): LayerError => {
    const { inputs, outputs, fullScale } = probes[l]!;
    let squares = 0;
    inputs.forEach((x, image) => {
      const wanted = outputs[image]!;
      const y = new Float32Array(wanted.length);
      layer.run(x, y, { runSeed, image, noise: true, adc: true });
      for (let i = 0; i < y.length; i++) squares += (y[i]! - wanted[i]!) ** 2;
    });
    const values = inputs.length * outputs[0]!.length;
    const rms = fullScale > 0 ? Math.sqrt(squares / values) / fullScale : 0;
    return { name: layer.program.name, rms, effectiveBits: effectiveBits(rms) };
  });
  kernels.free();
  return errors;
}
