/**
 * Signal-to-noise ratio of each layer, from the compiled noise model on calibration images: the variance of the signal over
 * the mean variance of its noise, in dB. Signal is an output's u, summed over chunks and passes, without noise; its noise is
 * what is drawn for those partial sums (shot, thermal and intensity noise, converter noise). Rounding is none. Both are what
 * fidelity `lumped` sums before it draws.
 */

import { sizeOf } from '../../base/batch.js';
import { createKernels } from '../backends/index.js';
import type { Kernels } from '../kernels/contract.js';
import { offsetShare, opticalPart, scaledInput } from '../kernels/electronics.js';
import { hasNoise, hasOptics, outputShape, type Program } from '../program/types.js';

/** Calibration images that the ratio is taken over: thousands of outputs each. */
export const SNR_IMAGES = 4;

/** Variance of values and mean of variances, added one output at a time (Welford, Technometrics 4, 419 (1962)). */
class SnrSum {
  #count = 0;
  #mean = 0;
  #squares = 0;
  #noise = 0;

  add(value: number, variance: number): void {
    this.#count++;
    const step = value - this.#mean;
    this.#mean += step / this.#count;
    this.#squares += step * (value - this.#mean);
    this.#noise += variance;
  }

  /** Null where there is no noise, or no signal. */
  get dB(): number | null {
    return this.#squares > 0 && this.#noise > 0 ? 10 * Math.log10(this.#squares / this.#noise) : null;
  }
}

/** Adds up the ratios of all layers, an input of a layer at a time. */
export interface SnrMeter {
  /** @param x input of layer `l` of the program, of the digital network. */
  add(l: number, x: Float32Array): void;
  /** In dB, by layer; null where there is no noise or no signal. */
  measure(): (number | null)[];
}

/** @param host kernels in whose memory the layers have room; inputs are to come layer by layer, as far as they can. */
export function snrMeter(host: Kernels, program: Program): SnrMeter {
  const measured = program.layers.map((layer) => hasOptics(layer) && hasNoise(layer));
  // Without an ADC, whose rounding fidelity `lumped` would count as noise.
  const plain = program.layers.map((whole) => {
    const layer = opticalPart(whole);
    return { ...layer, adc: { ...layer.adc, quantise: false } };
  });
  const loaded = host.load({ ...program, layers: plain.filter((_, l) => measured[l]) });
  const layers = program.layers.map((whole, l) => {
    if (!measured[l]) return null;
    return { layer: loaded.shift()!, sum: new SnrSum(), shareOf: offsetShare(whole) };
  });
  return {
    add(l, x) {
      const meter = layers[l];
      if (!meter) return;
      const { layer, sum, shareOf } = meter;
      const tap = { value: new Float64Array(), variance: new Float64Array() };
      const y = new Float32Array(sizeOf(outputShape(layer.program)));
      layer.lump!(scaledInput(program.layers[l]!, x), y, { runSeed: 0, image: 0, tap });
      // What is added electronically to an output's u is the same for every draw of noise.
      const share = shareOf?.(x);
      const { value, variance } = tap;
      for (let at = 0; at < value.length; at++) sum.add(value[at]! + (share?.[at] ?? 0), variance[at]!);
    },
    measure: () => layers.map((meter) => meter?.sum.dB ?? null),
  };
}

/**
 * The ratio of every layer, in dB; null where there is no noise or no signal.
 * @param inputs of each layer, [layer][images][elements], of the digital network.
 */
export async function layerSnrs(
  program: Program,
  inputs: readonly (readonly Float32Array[])[],
): Promise<(number | null)[]> {
  const host = await createKernels('wasm');
  try {
    const meter = snrMeter(host, program);
    inputs.forEach((ofLayer, l) => {
      for (const x of ofLayer) meter.add(l, x);
    });
    return meter.measure();
  } finally {
    host.free();
  }
}
