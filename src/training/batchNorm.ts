/** Batch normalisation with the statistics of the batch (Ioffe and Szegedy 2015), gradient in closed form. */
import type { Tensor, Tf } from '../base/tensorflow/tf.js';

export interface BatchStatistics {
  /** [channels]. */
  readonly mean: Tensor;
  /** Mean square deviation, [channels]. */
  readonly variance: Tensor;
}

/** Mean and variance over all axes but the last. */
function batchStatistics(tf: Tf, x: Tensor): BatchStatistics {
  return tf.tidy(() => {
    const flat = tf.reshape(x, [-1, x.shape.at(-1)!]);
    const mean = tf.mean(flat, 0);
    return { mean, variance: tf.mean(tf.square(tf.sub(flat, mean)), 0) };
  });
}

/**
 * gamma (x - mean) / sqrt(variance + epsilon) + beta over the last axis of x [batch, ..., channels], where mean and
 * variance are those of x itself and take part in the gradient (their equations in section 3 of the paper, simplified).
 * @param onStatistics is given the batch's statistics, which it must clone to keep
 */
export function trainingBatchNorm(
  tf: Tf,
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  epsilon: number,
  onStatistics: (statistics: BatchStatistics) => void,
): Tensor {
  const normalise = tf.customGrad((...args: unknown[]) => {
    const [input, scale, shift, save] = args as [Tensor, Tensor, Tensor, (tensors: Tensor[]) => void];
    const flat = tf.reshape(input, [-1, input.shape.at(-1)!]);
    const statistics = batchStatistics(tf, flat);
    onStatistics(statistics);
    const inverse = tf.rsqrt(tf.add(statistics.variance, epsilon));
    const standardised = tf.mul(tf.sub(flat, statistics.mean), inverse);
    save([standardised, inverse, scale]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const [z, inv, g] = saved as [Tensor, Tensor, Tensor];
      const flatDy = tf.reshape(dy, z.shape);
      const dBeta = tf.sum(flatDy, 0);
      const dGamma = tf.sum(tf.mul(flatDy, z), 0);
      const rows = z.shape[0]!;
      const centred = tf.sub(flatDy, tf.div(tf.add(dBeta, tf.mul(z, dGamma)), rows));
      return [tf.reshape(tf.mul(centred, tf.mul(g, inv)), dy.shape), dGamma, dBeta];
    };
    return { value: tf.reshape(tf.add(tf.mul(standardised, scale), shift), input.shape), gradFunc };
  });
  return normalise(x, gamma, beta);
}
