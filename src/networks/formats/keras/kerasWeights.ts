/** Where the weights of a Keras model come from. */

import { printable } from '../../../base/text/printable.js';
import type { Constant } from '../import/constant.js';
import { type Site, siteError } from '../import/site.js';

/** A layer's weights in Keras' order; names without the layer's, or null where the file has none. */
export type LayerWeights = readonly { readonly name: string | null; readonly read: () => Constant }[];

export interface WeightSource {
  /**
   * @param path names of the layer and, before it, of the models it lies in
   * @param className of the layer
   */
  find(path: readonly string[], className: string): LayerWeights;
}

/** The last part of a weight's name, without TensorFlow's output number: 'conv/kernel:0' is a kernel. */
export const shortName = (name: string): string => name.split('/').at(-1)!.replace(/:\d+$/, '');

/** Weights by name or, where the file has no names, by the order in which they are asked for. */
export class WeightReader {
  private next = 0;

  constructor(
    private readonly site: Site,
    private readonly weights: LayerWeights,
  ) {}

  /** One of `names`, of as many axes as `rank`. */
  take(rank: number, ...names: readonly string[]): Constant {
    const found =
      this.weights.find(({ name }) => name !== null && names.includes(name)) ??
      (this.weights.every(({ name }) => name === null) ? this.weights[this.next++] : undefined);
    if (!found) {
      const there = this.weights.map(({ name }) => printable(name ?? '?')).join(', ') || 'nothing';
      throw siteError(
        this.site,
        `the file holds no ${names[0]} for it, only ${there}; save the model with its weights`,
      );
    }
    const constant = found.read();
    if (constant.shape.length !== rank)
      throw siteError(
        this.site,
        `its ${names[0]} is [${constant.shape}], ${rank} axes are expected; the file is damaged`,
      );
    return constant;
  }
}
