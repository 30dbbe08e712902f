/** What convolutions and pools share: the order of an image's axes, windows, padding. */
import { samePadding } from '../../geometry.js';
import type { Padding2d, Pair } from '../../types.js';
import type { GraphBuilder } from './networkBuilder.js';
import { type Site, siteError } from './site.js';
import type { Value } from './value.js';

/** [rows, columns, channels] of the network, whatever the source calls the axes. */
export function asImage(builder: GraphBuilder, site: Site, value: Value, channelAxis: 0 | 2): Value {
  if (value.shape.length !== 3) {
    throw siteError(
      site,
      `its input is [${value.shape}] without the batch; only images, with two axes and channels, are supported`,
    );
  }
  return builder.ordered(site, value, channelAxis === 0 ? [1, 2, 0] : [0, 1, 2]);
}

/** Padding as sources give it: numbers, or a rule that depends on the input's size. */
export type PaddingRule = Padding2d | 'same' | 'sameLower' | 'valid';

/** What a rule comes to for an input of [rows, columns]. */
export function resolvePadding(
  rule: PaddingRule,
  input: Pair,
  size: Pair,
  strides: Pair,
  dilation: Pair = [1, 1],
): Padding2d {
  if (typeof rule !== 'string') return rule;
  if (rule === 'valid')
    return [
      [0, 0],
      [0, 0],
    ];
  return ([0, 1] as const).map((axis): Pair => {
    const [before, after] = samePadding(input[axis], size[axis], strides[axis], dilation[axis]);
    return rule === 'same' ? [before, after] : [after, before];
  }) as [Pair, Pair];
}

/** Rows and columns of an image. */
export const spatial = (value: Value): Pair => [value.shape[value.axes[0]!]!, value.shape[value.axes[1]!]!];

/** A window must be a sane size before padding is computed from it. */
export function checkWindow(site: Site, what: string, numbers: readonly number[]): void {
  const bad = numbers.find((number) => !Number.isInteger(number) || number < 1 || number > 2 ** 20);
  if (bad !== undefined) throw siteError(site, `${what} holds ${bad}; whole numbers from 1 on are needed`);
}

export function checkPadding(site: Site, rule: PaddingRule): void {
  const bad =
    typeof rule === 'string' ? undefined : rule.flat().find((p) => !Number.isInteger(p) || p < 0 || p > 2 ** 20);
  if (bad !== undefined) throw siteError(site, `padding ${bad} is not supported; cut with a slice instead`);
}

/** The output of a layer on an image. */
export function imageValue(builder: GraphBuilder, image: Value, layer: string, channelAxis: 0 | 2): Value {
  const [rows, columns, channels] = builder.shapeOfLayer(layer) as [number, number, number];
  return {
    layer,
    shape: channelAxis === 0 ? [channels, rows, columns] : [rows, columns, channels],
    axes: image.axes,
  };
}
