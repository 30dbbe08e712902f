/** One image, looked at from inside: the partial sums of every layer before the ADC, and its logits. */
import { registeredName } from '../../base/tensorflow/tf.js';
import { takeTurn } from '../../base/tensorflow/turns.js';
import { preprocess } from '../../networks/preprocess.js';
import type { Network } from '../../networks/types.js';
import { BACKEND_TRAITS, type BackendName, createBackend } from '../backends/index.js';
import type { Tap } from '../kernels/contract.js';
import type { Adc, Program } from '../program/types.js';
import { loadEmulatedNetwork } from './emulatedNetwork.js';

/** Of one MAC layer, all passes. */
export interface LayerPartialSums {
  readonly name: string;
  /** Before the ADC, read noise included, in full-scale products: [pass][row][position or filter], one after the other. */
  readonly u: Float64Array;
  readonly adc: Adc;
  /** Partial sums whose code lies beyond the ADC's limit. */
  readonly clipped: number;
}

export interface InsideImage {
  /** [classes]. */
  readonly logits: Float32Array;
  readonly layers: readonly LayerPartialSums[];
}

export interface InsideOptions {
  /** A backend that runs image by image: wasm or reference. */
  readonly backend: BackendName;
  /** [rows, columns, channels], bytes. */
  readonly image: Uint8Array;
  /** Place of the image in its split, which decides its read noise. */
  readonly index: number;
  readonly runSeed: number;
}

function joined(passes: readonly Tap[]): Float64Array {
  const all = new Float64Array(passes.reduce((sum, { u }) => sum + u.length, 0));
  passes.reduce((at, { u }) => {
    all.set(u, at);
    return at + u.length;
  }, 0);
  return all;
}

/**
 * Runs one image through a program.
 * @throws NetworkError where a value is not finite.
 */
export function partialSums(network: Network, program: Program, options: InsideOptions): Promise<InsideImage> {
  const { backend: name, image, index, runSeed } = options;
  return takeTurn(async () => {
    const backend = await createBackend(name);
    const { tf } = backend;
    await tf.setBackend(registeredName(BACKEND_TRAITS[name].tensors));
    const emulated = loadEmulatedNetwork(network, program, backend);
    const input = tf.tensor(preprocess(network, image), [1, ...network.inputShape]);
    const taps = new Map<string, Tap[][]>();
    try {
      const { logits } = await emulated.forward(input, Int32Array.of(index), runSeed, taps);
      const layers = program.layers.map((layer): LayerPartialSums => {
        const passes = taps.get(layer.name)?.[0] ?? [];
        const clipped = passes.reduce((sum, { clippedConversions }) => sum + clippedConversions, 0);
        return { name: layer.name, u: joined(passes), adc: layer.adc, clipped };
      });
      return { logits, layers };
    } finally {
      input.dispose();
      emulated.dispose();
    }
  });
}
