/** Pooling, on Values. */
import { positions } from '../../geometry.js';
import { LOWEST_FLOAT32 } from '../../runPool2d.js';
import type { Padding2d, Pair } from '../../types.js';
import { combine, withConstant } from './arithmetic.js';
import { asImage, checkPadding, checkWindow, imageValue, type PaddingRule, resolvePadding, spatial } from './image.js';
import type { GraphBuilder } from './networkBuilder.js';
import { pad, slice } from './rearrange.js';
import { type Site, siteError } from './site.js';
import type { Value } from './value.js';

export interface PoolFields {
  readonly mode: 'max' | 'average';
  readonly size: Pair;
  readonly strides: Pair;
  readonly padding: PaddingRule;
  readonly countIncludePad: boolean;
  /** Steps between the elements of a window; default 1. */
  readonly dilation?: Pair;
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

/** Elements of the input that the window at each place of one axis sees. */
function seen(length: number, size: number, stride: number, dilation: number, [before, after]: Pair): number[] {
  const places = positions(length, size, stride, [before, after], dilation);
  return Array.from({ length: places }, (_, place) => {
    const taps = Array.from({ length: size }, (_, tap) => place * stride + tap * dilation - before);
    return taps.filter((at) => at >= 0 && at < length).length;
  });
}

interface DilatedPool extends Omit<PoolFields, 'ceil'> {
  readonly padding: Padding2d;
  readonly dilation: Pair;
}

/** A pool whose windows have gaps: every tap of the window as a slice of the padded image, all slices combined. */
function dilatedPool(builder: GraphBuilder, site: Site, image: Value, fields: DilatedPool): string {
  const { mode, size, strides, padding, dilation, countIncludePad } = fields;
  const [rows, columns] = spatial(image);
  const channels = builder.shapeOfLayer(image.layer)[2]!;
  const given: Value = { layer: image.layer, shape: [rows, columns, channels], axes: [0, 1, 2] };
  const at = { ...site, node: `${site.node}/taps` };
  const padded = pad(builder, at, given, [...padding, [0, 0]], mode === 'max' ? LOWEST_FLOAT32 : 0);
  const [high, wide] = ([0, 1] as const).map((axis) =>
    positions(given.shape[axis]!, size[axis], strides[axis], padding[axis], dilation[axis]),
  ) as [number, number];
  const cut = (tap: number, axis: 0 | 1, count: number) => ({
    begin: tap * dilation[axis],
    end: tap * dilation[axis] + (count - 1) * strides[axis] + 1,
    stride: strides[axis],
  });
  const taps = Array.from({ length: size[0] * size[1] }, (_, tap) => {
    const [row, column] = [Math.floor(tap / size[1]), tap % size[1]];
    return slice(builder, at, padded, [
      cut(row, 0, high),
      cut(column, 1, wide),
      { begin: 0, end: channels, stride: 1 },
    ]);
  });
  if (taps.length === 1) return taps[0]!.layer;
  if (mode === 'max') return combine(builder, site, 'maximum', taps).layer;
  const sum = combine(builder, at, 'add', taps);
  const down = seen(rows, size[0], strides[0], dilation[0], padding[0]);
  const across = seen(columns, size[1], strides[1], dilation[1], padding[1]);
  const counts = down.flatMap((r) => across.map((c) => (countIncludePad ? size[0] * size[1] : r * c)));
  const data = Float64Array.from(counts);
  // Over one row of windows it leaves its axes in another order.
  const mean = withConstant(builder, site, 'divide', sum, { shape: [high, wide, 1], data });
  return builder.inSourceOrder(site, mean).layer;
}

export function pool2d(
  builder: GraphBuilder,
  site: Site,
  value: Value,
  channelAxis: 0 | 2,
  { mode, size, strides, padding, dilation = [1, 1], ceil = false, ...rest }: PoolFields,
): Value {
  checkWindow(site, 'its window', size);
  checkWindow(site, 'strides', strides);
  checkWindow(site, 'dilations', dilation);
  checkPadding(site, padding);
  const image = asImage(builder, site, value, channelAxis);
  const input = spatial(image);
  const reach = size.map((taps, axis) => (taps - 1) * dilation[axis]! + 1) as unknown as Pair;
  const given = resolvePadding(padding, input, size, strides, dilation);
  // Without padding there is nothing to count in.
  const countIncludePad = rest.countIncludePad && given.flat().some((side) => side > 0);
  const grown = ceil
    ? (([0, 1] as const).map((axis) => ceilPadding(input[axis], reach[axis], strides[axis], given[axis])) as [
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
  if (grown.some((sides, axis) => sides.some((side) => side >= reach[axis]!))) {
    throw siteError(site, `its padding ${JSON.stringify(grown)} is as wide as its window [${reach}]`);
  }
  if (dilation.some((step) => step > 1)) {
    const pooled = dilatedPool(builder, site, image, {
      mode,
      size,
      strides,
      padding: grown,
      dilation,
      countIncludePad,
    });
    return imageValue(builder, image, pooled, channelAxis);
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
