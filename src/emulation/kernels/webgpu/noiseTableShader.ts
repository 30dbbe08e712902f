/** The receiver's measured noise in WGSL: its standard deviation at a sum without noise, in linear pieces. */
import type { Tensor, Tf } from '../../../base/tensorflow/tf.js';
import { tablePieces } from '../../../hardware/optics/noiseTable.js';
import type { MacProgram } from '../../program/types.js';

/** [rows + 1][where a piece begins, its deviation there, its slope, 0] in steps; piece 0 is what lies below the first row. */
export function uploadNoiseTable(tf: Tf, { noise, adc }: MacProgram): Tensor {
  const { from, at, slope } = tablePieces(noise.table!, adc.step);
  const pieces = Float32Array.from({ length: 4 * from.length }, (_, index) => {
    const piece = index >> 2;
    return [from[piece]!, at[piece]!, slope[piece]!, 0][index & 3]!;
  });
  return tf.keep(tf.tensor1d(pieces));
}

/** Wants the binding `noiseTable`, in vectors of four, and the uniform `tableRows`. */
export const NOISE_TABLE_WGSL = /* wgsl */ `
fn tableSigma(x : f32) -> f32 {
  var low = 0u;
  var high = uniforms.tableRows;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (noiseTable[middle + 1u].x <= x) { low = middle + 1u; } else { high = middle; }
  }
  let piece = noiseTable[low];
  return piece.y + piece.z * (x - piece.x);
}

// What the table adds to the variances of four sums without noise.
fn tableVariances(x : vec4<f32>) -> vec4<f32> {
  let sigma = vec4<f32>(tableSigma(x.x), tableSigma(x.y), tableSigma(x.z), tableSigma(x.w));
  return sigma * sigma;
}
`;
