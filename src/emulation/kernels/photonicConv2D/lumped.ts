/**
 * Convolutions in fidelity `lumped`: three convolutions (emitted v; v; v^2) with the signal, shot and intensity terms, and
 * where VCSELs chirp a fourth, of v^2 into the signal.
 */
import { imagesOf } from '../../../base/batch.js';
import { ceil4 } from '../../../base/random/seeds.js';
import { roundHalfEven } from '../../../base/roundHalfEven.js';
import type { Tf } from '../../../base/tensorflow/tf.js';
import { emitted } from '../../../hardware/optics/converter.js';
import { tensorsOf } from '../../../networks/layerTensors.js';
import { runConv2d } from '../../../networks/runConv2d.js';
import type { Conv2dLayer } from '../../../networks/types.js';
import { type Conv2dProgram, hasOptics } from '../../program/types.js';
import { checkInput } from '../checkInput.js';
import type { LayerCounts } from '../contract.js';
import { constantVariance, type LumpedLayer, noSums, take } from '../lumpedOutputs.js';
import { countUses } from './wasmLayout.js';

/** A convolution of the program's geometry with `coefficient` of each entry put back at its k. */
function kernelOf(program: Conv2dProgram, coefficient: (entry: number, filter: number) => number): Conv2dLayer {
  const { geometry, filters, rowFilter, rowStart, entryK } = program;
  const perGroup = geometry.input[2] / geometry.groups;
  const weight = new Float32Array(geometry.kernel[0] * geometry.kernel[1] * perGroup * filters);
  for (let r = 0; r < rowFilter.length; r++) {
    const f = rowFilter[r]!;
    for (let e = rowStart[r]!; e < rowStart[r + 1]!; e++) weight[entryK[e]! * filters + f] = coefficient(e, f);
  }
  const { kernel, strides, padding, dilation, groups } = geometry;
  return {
    kind: 'conv2d',
    name: program.name,
    inputs: ['input'],
    weight,
    weightShape: [kernel[0], kernel[1], perGroup, filters],
    bias: null,
    strides,
    padding,
    dilation,
    groups,
  };
}

/**
 * What the VCSELs emit for an image, both passes, as in section 2 but in one loop of float32.
 * @param out [passes][stride], written from its start.
 */
function emitImage(
  program: Conv2dProgram,
  x: Float32Array,
  uses: Int32Array,
  out: Float32Array,
  stride: number,
): LayerCounts {
  checkInput(program, x);
  const { activationScale, floor } = program;
  const { quantise, codeScale, maximumCode } = program.activationDac;
  let [clippedActivations, zeroActivations, litSamples] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const element = x[i]!;
    const magnitude = Math.abs(element);
    if (magnitude > activationScale) clippedActivations++;
    const value = quantise
      ? roundHalfEven(Math.min(Math.fround(magnitude * codeScale), maximumCode)) / maximumCode
      : Math.min(magnitude / activationScale, 1);
    if (value === 0) {
      zeroActivations++;
      continue;
    }
    const lit = emitted(value, floor);
    if (lit === 0) continue;
    litSamples += uses[i]!;
    out[element < 0 ? stride + i : i] = lit;
  }
  return { clippedActivations, zeroActivations, litSamples, clippedConversions: 0 };
}

/** Puts a convolution on the current TensorFlow.js backend. */
export function loadLumpedConv2d(tf: Tf, program: Conv2dProgram): LumpedLayer {
  const { gain, noise, hPlus, hMinus, c, filters, passes, rowFilter, geometry } = program;
  const positions = geometry.output[0] * geometry.output[1];
  const elements = geometry.input[0] * geometry.input[1] * geometry.input[2];
  const { dPlus, dMinus, chirp_nm, lightPoint } = program;
  /** Of an entry's signal in v^2: 0 where nothing chirps. */
  const slope = (e: number) => (dPlus && dMinus ? chirp_nm * (dPlus[e]! - dMinus[e]!) : 0);
  const load = (layer: Conv2dLayer): Loaded => ({ layer, tensors: tensorsOf(tf, layer) });
  const chirp = chirp_nm === 0 ? null : load(kernelOf(program, (e, f) => (gain[f]! * slope(e)) / c));
  const [signal, shot, intensity] = [
    kernelOf(program, (e, f) => (gain[f]! * (hPlus[e]! - hMinus[e]! - (lightPoint ?? 0) * slope(e))) / c),
    kernelOf(program, (e, f) => noise.shot * gain[f]! * (hPlus[e]! + hMinus[e]!)),
    kernelOf(program, (e, f) => noise.intensity * (gain[f]! * (hPlus[e]! - hMinus[e]!)) ** 2),
  ].map(load) as [Loaded, Loaded, Loaded];
  const rowsOfFilter = new Float64Array(filters);
  for (const f of rowFilter) rowsOfFilter[f]!++;
  const constant = rowsOfFilter.map((rows) => passes * rows * constantVariance(program));
  const uses = countUses(program);

  return {
    program,
    outputShape: geometry.output,
    sampleOf: (at) => (at % filters) * ceil4(positions) + Math.floor(at / filters),
    samples: filters * ceil4(positions),
    async sum(x, images) {
      const outputs = images * positions * filters;
      const counts: LayerCounts[] = [];
      const streamed = new Float32Array(passes * images * elements);
      for (let image = 0; image < images; image++) {
        const own = imagesOf(x, images, image);
        const ofImage = emitImage(program, own, uses, streamed.subarray(image * elements), images * elements);
        counts.push(hasOptics(program) ? ofImage : { ...ofImage, litSamples: 0 });
      }
      if (!hasOptics(program)) return noSums(outputs, counts);
      const sums = tf.tidy(() => {
        const v = tf.tensor(streamed, [passes * images, ...geometry.input]);
        const power = runConv2d(tf, shot.layer, v, shot.tensors);
        const squared = tf.square(v);
        const square = runConv2d(tf, intensity.layer, squared, intensity.tensors);
        const linear = runConv2d(tf, signal.layer, v, signal.tensors);
        const sum = chirp ? tf.add(linear, runConv2d(tf, chirp.layer, squared, chirp.tensors)) : linear;
        return [sum, tf.add(power, square)];
      });
      const [signals, variances] = (await Promise.all(sums.map(take))) as [Float32Array, Float32Array];
      const value = signals.slice(0, outputs);
      const variance = Float32Array.from({ length: outputs }, (_, at) => variances[at]! + constant[at % filters]!);
      if (passes === 2) {
        for (let at = 0; at < outputs; at++) {
          value[at]! -= signals[outputs + at]!;
          variance[at]! += variances[outputs + at]!;
        }
      }
      return { value, variance, counts };
    },
    dispose: () => {
      for (const { tensors } of [signal, shot, intensity, ...(chirp ? [chirp] : [])])
        tf.dispose(Object.values(tensors));
    },
  };
}

interface Loaded {
  readonly layer: Conv2dLayer;
  readonly tensors: ReturnType<typeof tensorsOf>;
}
