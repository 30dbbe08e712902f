/** TensorFlow.js as everything here takes it; `tf.ts` loads it. */
import type * as tfjs from '@tensorflow/tfjs-core';

export type Tf = typeof tfjs;
export type Tensor = tfjs.Tensor;
export type Scalar = tfjs.Scalar;
export type Tensor2D = tfjs.Tensor2D;
export type Tensor4D = tfjs.Tensor4D;
export type Variable = tfjs.Variable;
