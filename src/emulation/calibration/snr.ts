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
import { hasNoise, hasOptics, type MacProgram, outputShape, type Program } from '../program/types.js';

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

/** Ratio of one layer over its inputs, [images][elements]. */
function layerSnr(host: Kernels, program: Program, whole: MacProgram, images: readonly Float32Array[]): number | null {
  const layer = opticalPart(whole);
  const shareOf = offsetShare(whole);
  // Without an ADC, whose rounding fidelity `lumped` would count as noise.
  const plain = { ...layer, adc: { ...layer.adc, quantise: false } };
  const [loaded] = host.load({ ...program, layers: [plain] });
  const y = new Float32Array(sizeOf(outputShape(layer)));
  const sum = new SnrSum();
  for (const image of images) {
    const tap = { value: new Float64Array(), variance: new Float64Array() };
    loaded!.lump!(scaledInput(whole, image), y, { runSeed: 0, image: 0, tap });
    // What is added electronically to an output's u is the same for every draw of noise.
    const share = shareOf?.(image);
    for (const [at, value] of tap.value.entries()) sum.add(value + (share?.[at] ?? 0), tap.variance[at]!);
  }
  return sum.dB;
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
    return program.layers.map((layer, l) =>
      hasOptics(layer) && hasNoise(layer) ? layerSnr(host, program, layer, inputs[l]!) : null,
    );
  } finally {
    host.free();
  }
}
