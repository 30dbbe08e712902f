/**
 * Signal-to-noise ratio of each layer, from the compiled noise model on calibration images: the variance of the signal over
 * the mean variance of its noise, in dB. Signal is an output's u, summed over chunks and passes, without noise; its noise is
 * what is drawn for those partial sums (shot, thermal and intensity noise, converter noise). Rounding is none. Both are what
 * fidelity `lumped` sums before it draws.
 */

import { sizeOf } from '../../base/batch.js';
import { createKernels } from '../backends/index.js';
import type { Kernels, LumpedTap } from '../kernels/contract.js';
import { offsetShare, opticalPart, scaledInput } from '../kernels/electronics.js';
import { runImages } from '../kernels/hostImages.js';
import { hasNoise, hasOptics, type MacProgram, outputShape, type Program } from '../program/types.js';
import { outputRows } from './outputRows.js';

/** Calibration images that the ratio is taken over. */
export const SNR_IMAGES = 4;
/** Outputs of an image that it is taken over, to the next row: with more, a convolution has some of its rows. */
const OUTPUTS = 2 ** 16;

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
  /** @param x input of layer `l` of the program, of the digital network: image after image, `SNR_IMAGES` of them. */
  add(l: number, x: Float32Array): void;
  /** In dB, by layer; null where there is no noise or no signal. */
  measure(): (number | null)[];
}

/** What of a layer is looked at: all of it, or some rows of each image. */
interface Look {
  readonly program: MacProgram;
  inputOf(x: Float32Array, place: number): Float32Array;
}

function lookAt(program: MacProgram): Look {
  const whole = { program, inputOf: (x: Float32Array) => x };
  // An image's own scale and light are those of all of it.
  if (program.kind !== 'conv2d' || program.scaling !== undefined || program.light) return whole;
  const [rows, columns] = program.geometry.output;
  const count = Math.ceil(OUTPUTS / (columns * program.filters));
  if (count >= rows) return whole;
  const some = outputRows(program, count);
  return { program: some.program, inputOf: (x, place) => some.inputOf(x, place, SNR_IMAGES) };
}

/** One layer's ratio. */
function layerMeter(host: Kernels, of: Program, whole: MacProgram) {
  const { program, inputOf } = lookAt(whole);
  const optical = opticalPart(program);
  // Without an ADC, whose rounding fidelity `lumped` would count as noise.
  const plain: MacProgram = { ...optical, adc: { ...optical.adc, quantise: false } };
  const layer = host.load({ ...of, layers: [plain] })[0]!;
  const shareOf = offsetShare(program);
  const outputs = sizeOf(outputShape(program));
  const sum = new SnrSum();
  const waiting: Float32Array[] = [];
  let place = 0;
  const run = () => {
    const images = Int32Array.from(waiting.keys());
    const x = new Float32Array(waiting.reduce((length, { length: own }) => length + own, 0));
    waiting.forEach((own, i) => {
      x.set(scaledInput(program, own), i * own.length);
    });
    const taps: LumpedTap[] = [];
    const options = { runSeed: 0, images, noise: true, adc: false, lumped: true, lumpedTaps: taps };
    runImages(layer, x, new Float32Array(images.length * outputs), options);
    for (const [i, { value, variance }] of taps.entries()) {
      // What is added electronically to an output's u is the same for every draw of noise.
      const share = shareOf?.(waiting[i]!);
      for (let at = 0; at < value.length; at++) sum.add(value[at]! + (share?.[at] ?? 0), variance[at]!);
    }
    waiting.length = 0;
  };
  // Inputs that wait for others are copies: few, and only where running them together is faster.
  const together = 'runMany' in layer ? SNR_IMAGES : 1;
  return {
    add(x: Float32Array) {
      const own = inputOf(x, place++);
      waiting.push(together === 1 ? own : own.slice());
      if (waiting.length === together) run();
    },
    measure() {
      if (waiting.length > 0) run();
      return sum.dB;
    },
  };
}

/** @param host kernels in whose memory the layers have room; inputs are to come layer by layer, as far as they can. */
export function snrMeter(host: Kernels, program: Program): SnrMeter {
  const layers = program.layers.map((layer) =>
    hasOptics(layer) && hasNoise(layer) ? layerMeter(host, program, layer) : null,
  );
  return {
    add: (l, x) => layers[l]?.add(x),
    measure: () => layers.map((layer) => layer?.measure() ?? null),
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
