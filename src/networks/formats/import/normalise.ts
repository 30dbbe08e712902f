/** Layer, group and instance normalisation, on Values: one image's own mean and variance. */
import { sizeOf } from '../../../base/batch.js';
import { withConstant } from './arithmetic.js';
import type { Constant } from './constant.js';
import type { GraphBuilder } from './networkBuilder.js';
import { type Site, siteError } from './site.js';
import type { Value } from './value.js';

/** What follows a normalisation: x * scale + shift, each broadcast to the tensor. */
interface Affine {
  readonly scale: Constant | null;
  readonly shift: Constant | null;
}

function normalised(builder: GraphBuilder, site: Site, value: Value, epsilon: number): Value {
  if (!(epsilon > 0 && Number.isFinite(epsilon)))
    throw siteError(site, `its epsilon is ${epsilon}; a number above 0 is needed`);
  const given = builder.withLast(site, value, value.shape.length - 1);
  return { ...given, layer: builder.emit(site, { kind: 'normalise', epsilon }, [given.layer]) };
}

function scaled(builder: GraphBuilder, site: Site, value: Value, { scale, shift }: Affine): Value {
  const product = scale ? withConstant(builder, site, 'multiply', value, scale) : value;
  return shift ? withConstant(builder, site, 'add', product, shift) : product;
}

/** Over the axes from `axis` on. */
export function layerNorm(
  builder: GraphBuilder,
  site: Site,
  value: Value,
  axis: number,
  epsilon: number,
  affine: Affine,
): Value {
  const { whole, shape } = value;
  if (axis === shape.length - 1) return scaled(builder, site, normalised(builder, site, value, epsilon), affine);
  const joined = builder.reshape(site, value, [...shape.slice(0, axis), sizeOf(shape.slice(axis))]);
  const result = builder.reshape(site, normalised(builder, site, joined, epsilon), shape);
  return scaled(builder, site, whole ? { ...result, whole } : result, affine);
}

/** Of [channels, ...] in groups of channels, each over all that it has; `scale` and `shift` are one a channel, or one a group. */
export function groupNorm(
  builder: GraphBuilder,
  site: Site,
  value: Value,
  groups: number,
  epsilon: number,
  { scale, shift }: Affine,
): Value {
  const channels = value.shape[0]!;
  if (value.whole || value.shape.length < 2)
    throw siteError(site, `its input is [${value.shape}] without the batch; channels and what lies behind are needed`);
  if (!(Number.isInteger(groups) && groups >= 1 && channels % groups === 0))
    throw siteError(site, `its ${channels} channels cannot be shared out among ${groups} groups`);
  const perChannel = (given: Constant | null): Constant | null => {
    if (!given) return null;
    const { length } = given.data;
    if (length !== channels && length !== groups)
      throw siteError(site, `it has ${length} factors for ${channels} channels in ${groups} groups`);
    const data = Float32Array.from({ length: channels }, (_, c) => given.data[Math.floor((c * length) / channels)]!);
    return { shape: [channels, ...value.shape.slice(1).map(() => 1)], data };
  };
  const grouped = builder.reshape(site, value, [groups, sizeOf(value.shape) / groups]);
  const result = builder.reshape(site, normalised(builder, site, grouped, epsilon), value.shape);
  return scaled(builder, site, result, { scale: perChannel(scale), shift: perChannel(shift) });
}
