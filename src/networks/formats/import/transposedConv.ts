/** Transposed convolutions, on Values: zeros between the elements, then a convolution with the kernel turned round. */
import type { Pair } from '../../types.js';
import type { Constant } from './constant.js';
import { cutConstant, type FoldingBudget, reshapeConstant, turnConstant } from './fold.js';
import { asImage, checkWindow, imageValue, spatial } from './image.js';
import { conv2d } from './macs.js';
import type { GraphBuilder } from './networkBuilder.js';
import { pad } from './rearrange.js';
import { type Site, siteError } from './site.js';
import { physicalShape, type Value } from './value.js';

export interface TransposedConvFields {
  /** [channels][filters / groups][kernel rows][kernel columns]. */
  readonly weight: Constant;
  readonly bias: Float32Array | null;
  readonly strides: Pair;
  readonly dilation: Pair;
  readonly groups: number;
  /** Cut off the full result, [before, after] of rows and of columns; negative numbers add. */
  readonly cut: readonly [Pair, Pair];
}

/** An image [rows, columns, channels] in memory with stride - 1 zeros between its rows and columns. */
function spread(builder: GraphBuilder, site: Site, image: Value, [down, across]: Pair): Value {
  const at = { ...site, node: `${site.node}/spread` };
  const [rows, columns, channels] = physicalShape(image) as [number, number, number];
  const reshape = (layer: string, shape: readonly number[]) => builder.emit(at, { kind: 'reshape', shape }, [layer]);
  const zeros = (layer: string, after: number) =>
    builder.emit(
      at,
      {
        kind: 'pad',
        padding: [
          [0, 0],
          [0, after],
          [0, 0],
        ],
        value: 0,
      },
      [layer],
    );
  const tall = reshape(zeros(reshape(image.layer, [rows, 1, columns * channels]), down - 1), [
    rows * down,
    columns,
    channels,
  ]);
  const lone = reshape(tall, [rows * down * columns, 1, channels]);
  const wide = reshape(zeros(lone, across - 1), [rows * down, columns * across, channels]);
  const end = [(rows - 1) * down + 1, (columns - 1) * across + 1, channels];
  const layer = builder.emit(at, { kind: 'slice', begin: [0, 0, 0], end, strides: [1, 1, 1] }, [wide]);
  return { layer, shape: end, axes: [0, 1, 2] };
}

/** The kernel as a convolution has it, [kernel rows][kernel columns][channels / groups][filters], turned round. */
function turnedRound(site: Site, budget: FoldingBudget, weight: Constant, groups: number): Constant {
  const [channels, filters, rows, columns] = weight.shape as [number, number, number, number];
  const grouped = reshapeConstant(site, weight, [groups, channels / groups, filters, rows, columns]);
  const whole = (count: number) => ({ begin: 0, count, stride: 1 });
  const back = (count: number) => ({ begin: count - 1, count, stride: -1 });
  const cuts = [whole(groups), whole(channels / groups), whole(filters), back(rows), back(columns)];
  const turned = turnConstant(site, budget, cutConstant(site, budget, grouped, cuts), [3, 4, 1, 0, 2]);
  return reshapeConstant(site, turned, [rows, columns, channels / groups, groups * filters]);
}

export function transposedConv2d(
  builder: GraphBuilder,
  site: Site,
  budget: FoldingBudget,
  value: Value,
  channelAxis: 0 | 2,
  { weight, bias, strides, dilation, groups, cut }: TransposedConvFields,
): Value {
  if (weight.shape.length !== 4) throw siteError(site, `its kernel is [${weight.shape}]; 4 axes are needed`);
  for (const [what, numbers] of Object.entries({ strides, dilation, groups: [groups], 'its kernel': weight.shape }))
    checkWindow(site, what, numbers);
  const [channels, , rows, columns] = weight.shape as [number, number, number, number];
  if (channels % groups !== 0 || channels !== value.shape[channelAxis])
    throw siteError(site, `its kernel [${weight.shape}] in ${groups} group(s) does not fit its input [${value.shape}]`);
  const image = asImage(builder, site, value, channelAxis);
  const stretched = spread(builder, site, { ...image, shape: [...spatial(image), channels], axes: [0, 1, 2] }, strides);
  const sides = cut.map(([before, after], axis): Pair => {
    const reach = ([rows, columns][axis]! - 1) * dilation[axis]!;
    return [reach - before, reach - after];
  });
  const fields = {
    weight: turnedRound(site, budget, weight, groups),
    bias,
    strides: [1, 1],
    dilation,
    groups,
  } as const;
  const isPadding = sides.flat().every((side) => side >= 0);
  const given = isPadding
    ? stretched
    : pad(builder, { ...site, node: `${site.node}/cut` }, stretched, [...sides, [0, 0]], 0);
  const padding = isPadding ? ([sides[0]!, sides[1]!] as const) : 'valid';
  const result = conv2d(builder, site, given, 2, { ...fields, padding });
  return imageValue(builder, image, result.layer, channelAxis);
}
