/**
 * Signal-to-noise ratio of each layer, from the compiled noise model on calibration images: the variance of the signal over
 * the mean variance of its noise, in dB. Signal is an output's u, summed over chunks and passes, without noise; its noise is
 * what is drawn for those partial sums (shot, thermal and intensity noise, converter noise). Rounding is none.
 */

import { sizeOf } from '../../base/batch.js';
import type { Tf } from '../../base/tensorflow/tf.js';
import { createKernels } from '../backends/index.js';
import { heldPlanes, type Kernels, loadDenseOn } from '../kernels/contract.js';
import { offsetShare, opticalPart, scaledInput } from '../kernels/electronics.js';
import { loadLumpedConv2d } from '../kernels/photonicConv2D/lumped.js';
import { chirpedRails } from '../kernels/photonicDense/chirp.js';
import {
  type DenseProgram,
  hasNoise,
  hasOptics,
  type MacProgram,
  outputShape,
  type Program,
} from '../program/types.js';

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

/** What is added electronically to an output's u, the same for every draw of noise; 0 unless weights are offset. */
type Added = (output: number) => number;

/** Sums of one image through a dense layer: what its banks hold, and the streamed weights. */
function addDense(program: DenseProgram, held: Float32Array, rows: readonly number[], added: Added, sum: SnrSum): void {
  const { inputs, filters, streamed, gain, c, noise } = program;
  const [signal, power, square] = [0, 1, 2].map(() => new Float64Array(filters)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const { H, linear, square: ofSquare } = chirpedRails(program, held);
  for (let pass = 0; pass < program.passes; pass++) {
    for (let k = 0; k < inputs; k++) {
      const [plus, minus] = [2 * inputs * pass + k, 2 * inputs * pass + inputs + k];
      if (H[plus] === 0 && H[minus] === 0) continue;
      for (let f = 0; f < filters; f++) {
        const s = streamed[k * filters + f]!;
        const at = s >= 0 ? plus : minus;
        const light = s * H[at]!;
        const product = s * (linear[at]! + Math.abs(s) * ofSquare[at]!);
        signal[f]! += pass === 0 ? product : -product;
        power[f]! += Math.abs(light);
        square[f]! += light * light;
      }
    }
  }
  const constant = rows.reduce((total, count) => total + count, 0) * noise.constant;
  for (let f = 0; f < filters; f++) {
    const g = gain[f]!;
    sum.add(
      (g * signal[f]!) / c + added(f),
      noise.shot * g * power[f]! + noise.intensity * g * g * square[f]! + constant,
    );
  }
}

/** Sums of a layer with a noise table, whose rows are summed one by one, or with a light of every image. */
function addLumped(host: Kernels, program: Program, layer: MacProgram, inputs: readonly SnrInput[], sum: SnrSum): void {
  const silent = { ...layer, adc: { ...layer.adc, quantise: false } };
  const [loaded] = host.load({ ...program, layers: [silent] });
  const y = new Float32Array(sizeOf(outputShape(layer)));
  for (const { x, added } of inputs) {
    const tap = { value: new Float64Array(), variance: new Float64Array() };
    loaded!.lump!(x, y, { runSeed: 0, image: 0, tap });
    for (const [at, v] of tap.value.entries()) sum.add(v + added(at), tap.variance[at]!);
  }
}

/** An image as the optics take it, and what is added behind them. */
interface SnrInput {
  readonly x: Float32Array;
  readonly added: Added;
}

/** Ratio of one layer over its inputs, [images][elements]. */
async function layerSnr(tf: Tf, program: Program, whole: MacProgram, images: readonly Float32Array[]) {
  const sum = new SnrSum();
  const layer = opticalPart(whole);
  const shareOf = offsetShare(whole);
  const inputs = images.map((image): SnrInput => {
    const share = shareOf?.(image);
    return { x: scaledInput(whole, image), added: (output) => share?.[output] ?? 0 };
  });
  if (layer.kind === 'conv2d' && !layer.noise.table && !layer.light) {
    // Without an ADC, whose rounding fidelity `lumped` would count as noise.
    const lumped = loadLumpedConv2d(tf, { ...layer, adc: { ...layer.adc, quantise: false } });
    try {
      for (const { x, added } of inputs) {
        const { value, variance } = await lumped.sum(x, 1);
        for (const [at, v] of value.entries()) sum.add(v + added(at), variance[at]!);
      }
    } finally {
      lumped.dispose();
    }
    return sum.dB;
  }
  const host = await createKernels('wasm');
  try {
    if (layer.noise.table || layer.light || layer.kind === 'conv2d') {
      addLumped(host, program, layer, inputs, sum);
      return sum.dB;
    }
    const loaded = loadDenseOn(host, program, layer);
    const held = new Float32Array(heldPlanes(layer) * layer.passes * layer.inputs);
    for (const { x, added } of inputs) {
      const { passes } = loaded.hold(x, held);
      addDense(
        layer,
        held,
        passes.map(({ rows }) => rows),
        added,
        sum,
      );
    }
  } finally {
    host.free();
  }
  return sum.dB;
}

/**
 * The ratio of every layer, in dB; null where there is no noise or no signal.
 * @param inputs of each layer, [layer][images][elements], of the digital network.
 */
export async function layerSnrs(
  tf: Tf,
  program: Program,
  inputs: readonly (readonly Float32Array[])[],
): Promise<(number | null)[]> {
  const ratios: (number | null)[] = [];
  for (const [l, layer] of program.layers.entries()) {
    const isDefined = hasOptics(layer) && hasNoise(layer);
    ratios.push(isDefined ? await layerSnr(tf, program, layer, inputs[l]!) : null);
  }
  return ratios;
}
