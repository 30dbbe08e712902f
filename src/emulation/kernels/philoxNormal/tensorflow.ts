/** Kernel `PhiloxNormal` of TensorFlow.js's backend `tensorflow`: the library's own operation, which has no offset. */
import type { KernelConfig } from '@tensorflow/tfjs-core';
import type { Tf } from '../../../base/tensorflow/tf.js';
import { statelessNormal } from '../tensorflow/ops.js';
import type { PhiloxNormalAttributes } from './op.js';

/** The kernel; samples before `first` are drawn and dropped. */
export function composedNormals(tf: Tf): KernelConfig['kernelFunc'] {
  return ({ attrs }) => {
    const { seed, count, first = 0 } = attrs as unknown as PhiloxNormalAttributes;
    return tf.tidy(() => tf.slice(statelessNormal(tf, [first + count], seed), [first], [count]));
  };
}
