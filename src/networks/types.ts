/**
 * What is computed: a directed acyclic graph of layers, in topological order. Tensors are NHWC, float32, without the
 * batch axis in every shape given here.
 */

export type Shape = readonly number[];
/** [[top, bottom], [left, right]] in elements. */
export type Padding2d = readonly [readonly [number, number], readonly [number, number]];
export type Pair = readonly [number, number];

interface LayerBase {
  /** Unique in its network. */
  readonly name: string;
  /** Names of the layers whose outputs this one takes; 'input' is the network's input. */
  readonly inputs: readonly string[];
}

/** 2-D convolution, zero padding. `weight` is [kernel rows][kernel columns][input channels / groups][filters]. */
export interface Conv2dLayer extends LayerBase {
  readonly kind: 'conv2d';
  readonly weight: Float32Array;
  readonly weightShape: readonly [number, number, number, number];
  /** [filters], or null. */
  readonly bias: Float32Array | null;
  readonly strides: Pair;
  readonly padding: Padding2d;
  readonly dilation: Pair;
  readonly groups: number;
}

/** Fully connected layer on a flat input. `weight` is [inputs][filters]. */
export interface DenseLayer extends LayerBase {
  readonly kind: 'dense';
  readonly weight: Float32Array;
  readonly weightShape: readonly [number, number];
  readonly bias: Float32Array | null;
}

/** gamma (x - mean) / sqrt(variance + epsilon) + beta over the last axis; arrays are [channels]. */
export interface BatchNormLayer extends LayerBase {
  readonly kind: 'batchNorm';
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly epsilon: number;
}

export interface ActivationLayer extends LayerBase {
  readonly kind: 'activation';
  readonly function:
    | 'relu'
    | 'relu6'
    | 'leakyRelu'
    | 'sigmoid'
    | 'tanh'
    | 'hardSigmoid'
    | 'hardSwish'
    | 'elu'
    | 'selu'
    | 'gelu'
    | 'geluTanh'
    | 'softplus'
    | 'mish'
    | 'erf'
    | 'exp'
    | 'abs'
    | 'sqrt'
    | 'reciprocal'
    | 'power';
  /** Slope below zero of leakyRelu (0.01), what elu falls to (1), exponent of power. */
  readonly alpha?: number;
}

export interface Pool2dLayer extends LayerBase {
  readonly kind: 'pool2d';
  readonly mode: 'max' | 'average';
  readonly size: Pair;
  readonly strides: Pair;
  readonly padding: Padding2d;
  /** Average only: whether padded zeros count in the divisor. */
  readonly countIncludePad: boolean;
}

/** Over rows and columns: [h, w, c] -> [c]. */
interface GlobalPoolLayer extends LayerBase {
  readonly kind: 'globalPool2d';
  readonly mode: 'max' | 'average';
}

/** Element by element over two or more inputs of one shape (subtract: exactly two). */
interface ElementwiseLayer extends LayerBase {
  readonly kind: 'add' | 'subtract' | 'multiply' | 'maximum' | 'minimum';
}

interface ConcatLayer extends LayerBase {
  readonly kind: 'concat';
  /** Axis without the batch axis. */
  readonly axis: number;
}

/** Per axis (batch excluded): begin, end (exclusive), stride > 0. */
interface SliceLayer extends LayerBase {
  readonly kind: 'slice';
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly strides: readonly number[];
}

interface TransposeLayer extends LayerBase {
  readonly kind: 'transpose';
  /** Axes of the input, batch excluded, in the order of the output. */
  readonly permutation: readonly number[];
}

export interface FlattenLayer extends LayerBase {
  readonly kind: 'flatten';
}

interface ReshapeLayer extends LayerBase {
  readonly kind: 'reshape';
  readonly shape: Shape;
}

/** Constant padding on any axis (batch excluded). */
interface PadLayer extends LayerBase {
  readonly kind: 'pad';
  readonly padding: readonly Pair[];
  readonly value: number;
}

interface SoftmaxLayer extends LayerBase {
  readonly kind: 'softmax';
}

/** x * scale + shift; arrays are [channels of the last axis], or length 1 for a scalar. */
export interface AffineLayer extends LayerBase {
  readonly kind: 'affine';
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

/** (x - mean) / sqrt(variance + epsilon) over the last axis, of one image: what layer, group and instance norms share. */
interface NormaliseLayer extends LayerBase {
  readonly kind: 'normalise';
  readonly epsilon: number;
}

/** Over axes (batch excluded), which keep a length of 1. */
interface ReduceLayer extends LayerBase {
  readonly kind: 'reduce';
  readonly mode: 'sum' | 'mean' | 'max';
  readonly axes: readonly number[];
}

/** The matrix product of two inputs, [..., n, k] and [..., k, m]: attention. Electronic, since neither is known beforehand. */
interface MatMulLayer extends LayerBase {
  readonly kind: 'matMul';
}

/** Repeats each axis (batch excluded) so many times. */
interface TileLayer extends LayerBase {
  readonly kind: 'tile';
  readonly repeats: readonly number[];
}

/** An image [rows, columns, channels] at these places of its rows and columns, linear between neighbours. */
interface ResampleLayer extends LayerBase {
  readonly kind: 'resample';
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** Values on a grid: (clamp(round(x / scale) + zeroPoint, low, high) - zeroPoint) * scale; halves are rounded to even. */
interface QuantiseLayer extends LayerBase {
  readonly kind: 'quantise';
  readonly scale: number;
  readonly zeroPoint: number;
  /** First and last code. */
  readonly low: number;
  readonly high: number;
}

/** Likewise on 256 codes from the least to the largest value of each image, zero among them. */
interface DynamicQuantiseLayer extends LayerBase {
  readonly kind: 'dynamicQuantise';
}

export type MacLayer = Conv2dLayer | DenseLayer;
export type Layer =
  | MacLayer
  | BatchNormLayer
  | ActivationLayer
  | Pool2dLayer
  | GlobalPoolLayer
  | ElementwiseLayer
  | ConcatLayer
  | SliceLayer
  | TransposeLayer
  | FlattenLayer
  | ReshapeLayer
  | PadLayer
  | SoftmaxLayer
  | NormaliseLayer
  | ReduceLayer
  | MatMulLayer
  | TileLayer
  | ResampleLayer
  | QuantiseLayer
  | DynamicQuantiseLayer
  | AffineLayer;

/** Lower and upper bound of every value of a tensor; infinities where unknown. */
export type Interval = readonly [number, number];

export interface Network {
  readonly name: string;
  /** [rows, columns, channels] or [features]. */
  readonly inputShape: Shape;
  /** Bounds of the input's values; null where unknown (unbounded). */
  readonly inputRange: Interval | null;
  /**
   * How an image's bytes become the network's input: (byte * scale - mean[c]) / std[c]. Pictures of any size are brought to it by
   * scaling their shorter side to `resize` and cutting a square of `crop` out of the middle; absent: scaled until they cover it.
   */
  readonly preprocessing: {
    readonly scale: number;
    readonly mean: readonly number[];
    readonly std: readonly number[];
    readonly resize?: number | undefined;
    readonly crop?: number | undefined;
  };
  /** Topological order: a layer comes after its inputs. */
  readonly layers: readonly Layer[];
  /** Name of the layer whose output are the logits. */
  readonly output: string;
}

/** Whether a layer runs on the photonic core; all others are electronic. */
export function isMacLayer(layer: Layer): layer is MacLayer {
  return layer.kind === 'conv2d' || layer.kind === 'dense';
}
