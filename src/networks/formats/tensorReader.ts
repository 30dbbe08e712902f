import { sizeOf } from '../../base/batch.js';
import { FormatError } from '../../base/errors.js';
import { nearest } from '../../base/text/nearest.js';
import { printable } from '../../base/text/printable.js';
import { expandWeights, MAXIMUM_CLUSTERS } from '../compression/expand.js';
import type { CompressedWeights } from '../compression/types.js';
import { unpackWeights } from './compressedWeights.js';
import { tensorValues } from './dtypes.js';
import type { StoredWeight } from './graphSchema.js';
import type { StoredTensor } from './safetensors.js';
import type { ArrayStore } from './storedGraph.js';

/** Parameters of all layers together; a mask takes an eighth of a byte per weight, so the file's size is no bound. */
export const MAXIMUM_PARAMETERS = 2 ** 28;

/**
 * Takes a checkpoint's arrays out of its tensors, each checked: type, shape, finite values. Every tensor is used exactly
 * once, so what a file makes us allocate is bounded by its size and MAXIMUM_PARAMETERS.
 */
export class TensorReader implements ArrayStore {
  readonly clusters = new Map<string, CompressedWeights>();
  private readonly unused: Set<string>;
  private parameters = 0;

  constructor(
    private readonly tensors: ReadonlyMap<string, StoredTensor>,
    private readonly place: string,
  ) {
    this.unused = new Set(tensors.keys());
  }

  weight(layer: string, stored: StoredWeight, shape: readonly number[]): Float32Array {
    const count = sizeOf(shape);
    this.parameters += count;
    if (this.parameters > MAXIMUM_PARAMETERS) {
      throw new FormatError(
        `${this.place}: layer '${layer}' with weightShape [${shape}] brings the parameters to ${this.parameters}, at most ${MAXIMUM_PARAMETERS} can be loaded; the file is damaged or the network too large`,
      );
    }
    if (typeof stored === 'string') return this.float32(layer, stored, shape);
    const centroids = this.float32(layer, stored.centroids, null);
    if (centroids.length > MAXIMUM_CLUSTERS) {
      throw this.refuse(
        stored.centroids,
        0,
        `has ${centroids.length} values, at most ${MAXIMUM_CLUSTERS} are possible`,
      );
    }
    const packed = { mask: this.uint8(layer, stored.mask), index: this.uint8(layer, stored.index) };
    const index = unpackWeights(packed, count, centroids.length, (tensor, byte, problem) =>
      this.refuse(stored[tensor], byte, problem),
    );
    const compressed = { centroids, index };
    this.clusters.set(layer, compressed);
    return expandWeights(compressed);
  }

  vector(layer: string, tensor: string, length: number | null): Float32Array {
    const values = this.float32(layer, tensor, length === null ? null : [length]);
    if (values.length === 0) throw this.refuse(tensor, 0, 'is empty, expected at least 1 value');
    return values;
  }

  /** @throws FormatError if a tensor belongs to no layer */
  finish(): void {
    for (const name of this.unused)
      throw this.refuse(name, 0, 'belongs to no layer of the graph; leave it out or name it there');
  }

  private refuse(tensor: string, byte: number, problem: string): FormatError {
    const offset = this.tensors.get(tensor)!.offset + byte;
    return new FormatError(`${this.place}: tensor '${printable(tensor)}' at offset ${offset}: ${problem}`);
  }

  private take(layer: string, name: string): StoredTensor {
    const tensor = this.tensors.get(name);
    if (!tensor) {
      const near = nearest(name, [...this.unused].slice(0, 1000));
      throw new FormatError(
        `${this.place}: layer '${layer}' names tensor '${name}', which the file does not hold${near ? `; did you mean '${printable(near)}'?` : ''}`,
      );
    }
    if (!this.unused.delete(name))
      throw this.refuse(name, 0, `is named twice, the second time by layer '${layer}'; store it twice`);
    return tensor;
  }

  private float32(layer: string, name: string, shape: readonly number[] | null): Float32Array {
    const tensor = this.take(layer, name);
    const found = `${tensor.dtype} [${tensor.shape}]`;
    const expected = shape ? `F32 [${shape}]` : 'F32 [length]';
    const fits = shape
      ? tensor.shape.length === shape.length && shape.every((size, i) => size === tensor.shape[i])
      : tensor.shape.length === 1;
    if (tensor.dtype !== 'F32' || !fits) throw this.refuse(name, 0, `is ${found}, layer '${layer}' needs ${expected}`);
    const values = tensorValues(tensor, this.place) as Float32Array;
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0)
      throw this.refuse(
        name,
        4 * wrong,
        `value ${wrong} is ${values[wrong]}; weights must be finite, train or convert again`,
      );
    return values;
  }

  private uint8(layer: string, name: string): Uint8Array {
    const tensor = this.take(layer, name);
    if (tensor.dtype !== 'U8' || tensor.shape.length !== 1) {
      throw this.refuse(name, 0, `is ${tensor.dtype} [${tensor.shape}], layer '${layer}' needs U8 [bytes]`);
    }
    return tensor.data;
  }
}
