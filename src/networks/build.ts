/** Layers with all parameters zero, for descriptions of structure; `initialise` or a checkpoint fills them. */
import { NO_PADDING } from './geometry.js';
import type {
  ActivationLayer,
  BatchNormLayer,
  Conv2dLayer,
  DenseLayer,
  FlattenLayer,
  Padding2d,
  Pool2dLayer,
} from './types.js';

/** Stride 1, no dilation, one group; no padding ('valid') unless given. */
export function conv2d(
  name: string,
  input: string,
  [kernel, channels, filters]: readonly [number, number, number],
  padding: Padding2d = NO_PADDING,
): Conv2dLayer {
  return {
    kind: 'conv2d',
    name,
    inputs: [input],
    weight: new Float32Array(kernel * kernel * channels * filters),
    weightShape: [kernel, kernel, channels, filters],
    bias: new Float32Array(filters),
    strides: [1, 1],
    padding,
    dilation: [1, 1],
    groups: 1,
  };
}

export function dense(name: string, input: string, inputs: number, filters: number): DenseLayer {
  const weight = new Float32Array(inputs * filters);
  return {
    kind: 'dense',
    name,
    inputs: [input],
    weight,
    weightShape: [inputs, filters],
    bias: new Float32Array(filters),
  };
}

/** gamma 1, beta 0, mean 0, variance 1. */
export function batchNorm(name: string, input: string, channels: number, epsilon = 1e-3): BatchNormLayer {
  return {
    kind: 'batchNorm',
    name,
    inputs: [input],
    gamma: new Float32Array(channels).fill(1),
    beta: new Float32Array(channels),
    mean: new Float32Array(channels),
    variance: new Float32Array(channels).fill(1),
    epsilon,
  };
}

export function relu(name: string, input: string): ActivationLayer {
  return { kind: 'activation', name, inputs: [input], function: 'relu' };
}

/** Windows of `size` x `size` that do not overlap. */
export function maxPool(name: string, input: string, size: number): Pool2dLayer {
  return {
    kind: 'pool2d',
    name,
    inputs: [input],
    mode: 'max',
    size: [size, size],
    strides: [size, size],
    padding: NO_PADDING,
    countIncludePad: false,
  };
}

export function flatten(name: string, input: string): FlattenLayer {
  return { kind: 'flatten', name, inputs: [input] };
}
