/** What the compiler needs to know of one MAC layer, with the batch-norm that belongs to it. */
import type { ConvGeometry } from '../program/types.js';

/** Arrays are [filters]. */
export interface BatchNormSpec {
  readonly gamma: ArrayLike<number>;
  readonly beta: ArrayLike<number>;
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
  readonly epsilon: number;
}

interface LayerSpecBase {
  readonly name: string;
  readonly outputName: string;
  /** Place among the network's MAC layers, from 0. */
  readonly index: number;
  readonly filters: number;
  /** [filters], or null. */
  readonly bias: ArrayLike<number> | null;
  readonly batchNorm: BatchNormSpec | null;
  readonly twoPasses: boolean;
}

export interface ConvSpec extends LayerSpecBase {
  readonly kind: 'conv2d';
  readonly geometry: ConvGeometry;
  /** [kernel rows][kernel columns][input channels / groups][filters]. */
  readonly weight: Float32Array;
}

export interface DenseSpec extends LayerSpecBase {
  readonly kind: 'dense';
  readonly inputs: number;
  /** [inputs][filters]. */
  readonly weight: Float32Array;
}

export type LayerSpec = ConvSpec | DenseSpec;

/** Elements of a filter's patch: k runs over 0 .. patchSize - 1. */
export function patchSize(spec: LayerSpec): number {
  return spec.weight.length / spec.filters;
}
