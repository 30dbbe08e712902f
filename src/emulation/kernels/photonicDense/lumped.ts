/**
 * Dense layers in fidelity `lumped`: per image H+ and H- of the active inputs, then [H+ | H-] times [W+ ; W-], and squares;
 * where VCSELs chirp the signal is of H - chirp v0 D and of chirp D with W^2.
 * Rails lie next to each other, input by input: all of one and then all of the other would sum up to where float32 is coarse.
 */
import { imagesOf } from '../../../base/batch.js';
import type { Tensor2D, Tf } from '../../../base/tensorflow/tf.js';
import { numbersOf } from '../../program/coded.js';
import type { DenseProgram } from '../../program/types.js';
import { type DenseCounts, heldPlanes, type LoadedDense } from '../contract.js';
import { constantVariance, type LumpedLayer, take } from '../lumpedOutputs.js';
import { chirpedRails } from './chirp.js';

/** [inputs][rail][filters]: `coefficient` of each weight, on the rail of its sign. */
function railWeights(tf: Tf, program: DenseProgram, coefficient: (v: number, filter: number) => number): Tensor2D {
  const { inputs, filters } = program;
  const streamed = numbersOf(program.streamed);
  const weights = new Float32Array(2 * inputs * filters);
  for (let at = 0; at < streamed.length; at++) {
    const v = streamed[at]!;
    const [k, f] = [Math.floor(at / filters), at % filters];
    if (v !== 0) weights[(2 * k + (v > 0 ? 0 : 1)) * filters + f] = coefficient(v, f);
  }
  return tf.tensor2d(weights, [2 * inputs, filters]);
}

/** Puts a dense layer on the current TensorFlow.js backend; `loaded` holds the activations. */
export function loadLumpedDense(tf: Tf, loaded: LoadedDense): LumpedLayer {
  const { program } = loaded;
  const { gain, noise, c, inputs, filters, passes } = program;
  const weights = {
    signal: railWeights(tf, program, (v, f) => (gain[f]! * v) / c),
    shot: railWeights(tf, program, (v, f) => noise.shot * gain[f]! * Math.abs(v)),
    intensity: railWeights(tf, program, (v, f) => noise.intensity * (gain[f]! * v) ** 2),
  };
  const chirp = program.chirp_nm === 0 ? null : railWeights(tf, program, (v, f) => (gain[f]! * v * Math.abs(v)) / c);
  const planes = heldPlanes(program);
  const perRow = constantVariance(program);

  return {
    program,
    outputShape: [filters],
    sampleOf: (at) => at,
    samples: filters,
    async sum(x, images) {
      const counts: DenseCounts[] = [];
      const held = new Float32Array(images * passes * planes * inputs);
      for (let image = 0; image < images; image++) {
        counts.push(loaded.hold(imagesOf(x, images, image), imagesOf(held, images, image)));
      }
      const sums = tf.tidy(() => {
        const rails = (values: Float32Array) => {
          const byRail = tf.tensor3d(values, [images * passes, 2, inputs]);
          return tf.reshape(tf.transpose(byRail, [0, 2, 1]), [images * passes, 2 * inputs]) as Tensor2D;
        };
        const chirped = chirp && chirpedRails(program, held);
        const H = rails(chirped ? chirped.H : held);
        const power = tf.matMul(H, weights.shot);
        const signal =
          chirp && chirped
            ? tf.add(tf.matMul(rails(chirped.linear), weights.signal), tf.matMul(rails(chirped.square), chirp))
            : tf.matMul(H, weights.signal);
        return [signal, tf.add(power, tf.matMul(tf.square(H), weights.intensity))];
      });
      const [signals, variances] = (await Promise.all(sums.map(take))) as [Float32Array, Float32Array];
      const value = new Float32Array(images * filters);
      const variance = new Float32Array(images * filters);
      for (let image = 0; image < images; image++) {
        for (let pass = 0; pass < passes; pass++) {
          const constant = (counts[image]!.passes[pass]?.rows ?? 0) * perRow;
          for (let f = 0; f < filters; f++) {
            const from = (image * passes + pass) * filters + f;
            value[image * filters + f]! += pass === 0 ? signals[from]! : -signals[from]!;
            variance[image * filters + f]! += variances[from]! + constant;
          }
        }
      }
      return { value, variance, counts };
    },
    dispose: () => tf.dispose([...Object.values(weights), ...(chirp ? [chirp] : [])]),
  };
}
