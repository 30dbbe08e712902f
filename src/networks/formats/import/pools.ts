/** Pooling, on Values. */
import { positions } from '../../geometry.js';
import type { Pair } from '../../types.js';
import { asImage, checkPadding, checkWindow, imageValue, type PaddingRule, resolvePadding, spatial } from './image.js';
import type { GraphBuilder } from './networkBuilder.js';
import { type Site, siteError } from './site.js';
import type { Value } from './value.js';

export interface PoolFields {
  readonly mode: 'max' | 'average';
  readonly size: Pair;
  readonly strides: Pair;
  readonly padding: PaddingRule;
  readonly countIncludePad: boolean;
  /** Whether a last window that hangs over the end counts (ONNX, PyTorch: ceil_mode). */
  readonly ceil?: boolean;
}

/** Padding at the end that makes a last, incomplete window fit; it must begin inside the input or its front padding. */
function ceilPadding(length: number, size: number, stride: number, [before, after]: Pair): Pair {
  const whole = positions(length, size, stride, [before, after]);
  const begins = whole * stride;
  const left = (length + before + after - size) % stride;
  if (left === 0 || begins >= length + before) return [before, after];
  return [before, Math.max(after, begins + size - length - before)];
}

export function pool2d(
  builder: GraphBuilder,
  site: Site,
  value: Value,
  channelAxis: 0 | 2,
  { mode, size, strides, padding, countIncludePad, ceil = false }: PoolFields,
): Value {
  checkWindow(site, 'its window', size);
  checkWindow(site, 'strides', strides);
  checkPadding(site, padding);
  const image = asImage(builder, site, value, channelAxis);
  const input = spatial(image);
  const given = resolvePadding(padding, input, size, strides);
  const grown = ceil
    ? (([0, 1] as const).map((axis) => ceilPadding(input[axis], size[axis], strides[axis], given[axis])) as [
        Pair,
        Pair,
      ])
    : given;
  const grew = grown.some(([, after], axis) => after !== given[axis]![1]);
  if (grew && mode === 'average' && countIncludePad) {
    throw siteError(
      site,
      'an average over padding and over an incomplete last window is not supported; turn off ceil_mode or count_include_pad',
    );
  }
  if (grown.some((sides, axis) => sides.some((side) => side >= size[axis]!))) {
    throw siteError(site, `its padding ${JSON.stringify(grown)} is as wide as its window [${size}]`);
  }
  const layer = builder.emit(
    site,
    { kind: 'pool2d', mode, size, strides, padding: grown, countIncludePad: mode === 'average' && countIncludePad },
    [image.layer],
  );
  return imageValue(builder, image, layer, channelAxis);
}

/** Over all rows and columns; with the two axes kept (length 1) or dropped. */
export function globalPool(
  builder: GraphBuilder,
  site: Site,
  value: Value,
  channelAxis: 0 | 2,
  mode: 'max' | 'average',
  keepAxes: boolean,
): Value {
  const image = asImage(builder, site, value, channelAxis);
  const channels = value.shape[channelAxis]!;
  const layer = builder.emit(site, { kind: 'globalPool2d', mode }, [image.layer]);
  const vector: Value = { layer, shape: [channels], axes: [0] };
  if (!keepAxes) return vector;
  return builder.reshape(site, vector, channelAxis === 0 ? [channels, 1, 1] : [1, 1, channels]);
}
