/** The loss of a classifier. */
import type { Tensor, Tf } from '../base/tensorflow/tf.js';

/** Target distributions [labels, classes], row-major: 1 - smoothing on the label, the rest spread over all classes. */
export function targetDistributions(labels: ArrayLike<number>, classes: number, smoothing: number): Float32Array {
  const targets = new Float32Array(labels.length * classes).fill(smoothing / classes);
  for (let i = 0; i < labels.length; i++) targets[i * classes + labels[i]!]! += 1 - smoothing;
  return targets;
}

/** Mean over the batch of -sum target log softmax(logits), both [batch, classes]; a scalar. */
export function softmaxCrossEntropy(tf: Tf, logits: Tensor, targets: Tensor): Tensor {
  const loss = tf.customGrad((...args: unknown[]) => {
    const [x, save] = args as [Tensor, (tensors: Tensor[]) => void];
    const shifted = tf.sub(x, tf.max(x, 1, true));
    const exponentials = tf.exp(shifted);
    const sums = tf.sum(exponentials, 1, true);
    const logSoftmax = tf.sub(shifted, tf.log(sums));
    save([tf.div(exponentials, sums), targets]);
    const batch = x.shape[0]!;
    return {
      value: tf.div(tf.neg(tf.sum(tf.mul(targets, logSoftmax))), batch),
      gradFunc: (dy: Tensor, saved: Tensor[]) => tf.mul(tf.sub(saved[0]!, saved[1]!), tf.div(dy, batch)),
    };
  });
  return loss(logits);
}
