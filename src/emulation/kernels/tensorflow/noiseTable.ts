/** The receiver's measured noise, composed of TensorFlow operations. */
import type { Tensor, Tf } from '../../../base/tensorflow/tf.js';
import { tablePieces } from '../../../hardware/optics/noiseTable.js';
import type { MacProgram } from '../../program/types.js';
import { gather, upperBound } from './ops.js';

/** A noise table on the device, in steps: the rows' u, [rows], and `tablePieces`, [rows + 1]. */
export interface TableTensors {
  readonly rows: Tensor;
  readonly from: Tensor;
  readonly at: Tensor;
  readonly slope: Tensor;
}

/** Puts a program's noise table on the device; null: it has none. */
export function loadNoiseTable(tf: Tf, { noise, adc }: MacProgram): TableTensors | null {
  if (!noise.table) return null;
  const { from, at, slope } = tablePieces(noise.table, adc.step);
  return {
    rows: tf.tensor1d(from.subarray(1)),
    from: tf.tensor1d(from),
    at: tf.tensor1d(at),
    slope: tf.tensor1d(slope),
  };
}

/** What the table adds to the variance of sums `u` without noise, in steps; the shape of u. */
export function tableVariance(tf: Tf, { rows, from, at, slope }: TableTensors, u: Tensor): Tensor {
  return tf.tidy(() => {
    const flat = tf.reshape(u, [u.size]);
    const piece = upperBound(tf, rows, flat);
    const of = (values: Tensor) => gather(tf, values, piece, 0);
    const sigma = tf.add(of(at), tf.mul(of(slope), tf.sub(flat, of(from))));
    return tf.reshape(tf.square(sigma), u.shape);
  });
}
