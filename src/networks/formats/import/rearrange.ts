/** Joining, cutting, turning and padding, on Values. Axes and shapes are the source's, batch excluded. */
import type { Pair } from '../../types.js';
import type { GraphBuilder } from './networkBuilder.js';
import { type Site, siteError } from './site.js';
import type { Value } from './value.js';

/** Brings all tensors to the axes of the first. */
export function aligned(builder: GraphBuilder, site: Site, values: readonly Value[]): Value[] {
  const first = builder.materialised(site, values[0]!);
  return [first, ...values.slice(1).map((value) => builder.ordered(site, value, first.axes))];
}

export function concat(builder: GraphBuilder, site: Site, values: readonly Value[], axis: number): Value {
  if (values.length === 0) throw siteError(site, 'it joins no tensors');
  const rank = values[0]!.shape.length;
  const stranger = values.find(
    ({ shape }) => shape.length !== rank || shape.some((length, i) => i !== axis && length !== values[0]!.shape[i]),
  );
  if (stranger)
    throw siteError(
      site,
      `[${values[0]!.shape}] and [${stranger.shape}] cannot be joined along axis ${axis} (batch excluded)`,
    );
  const inputs = aligned(builder, site, values);
  const { axes, shape } = inputs[0]!;
  const layer = builder.emit(
    site,
    { kind: 'concat', axis: axes.indexOf(axis) },
    inputs.map((input) => input.layer),
  );
  const length = values.reduce((sum, value) => sum + value.shape[axis]!, 0);
  return { ...inputs[0]!, layer, axes, shape: shape.map((old, i) => (i === axis ? length : old)) };
}

/** begin, end (exclusive) and stride (positive) per axis, all within the shape. */
export function slice(
  builder: GraphBuilder,
  site: Site,
  value: Value,
  cuts: readonly { readonly begin: number; readonly end: number; readonly stride: number }[],
): Value {
  const empty = cuts.findIndex(({ begin, end }) => !(begin < end));
  if (empty >= 0) throw siteError(site, `nothing is left of axis ${empty} (batch excluded) of [${value.shape}]`);
  if (cuts.every(({ begin, end, stride }, axis) => begin === 0 && end === value.shape[axis] && stride === 1))
    return value;
  const given = builder.materialised(site, value);
  const inOrder = given.axes.map((axis) => cuts[axis]!);
  const layer = builder.emit(
    site,
    {
      kind: 'slice',
      begin: inOrder.map((cut) => cut.begin),
      end: inOrder.map((cut) => cut.end),
      strides: inOrder.map((cut) => cut.stride),
    },
    [given.layer],
  );
  return { ...given, layer, shape: cuts.map(({ begin, end, stride }) => Math.ceil((end - begin) / stride)) };
}

/** Picks indices along an axis, in any order; runs of neighbours become one slice each. */
export function take(builder: GraphBuilder, site: Site, value: Value, axis: number, indices: readonly number[]): Value {
  const length = value.shape[axis]!;
  const wrong = indices.find((index) => !Number.isInteger(index) || index < 0 || index >= length);
  if (wrong !== undefined || indices.length === 0)
    throw siteError(site, `index ${wrong ?? 'nothing'} is not one of the ${length} of axis ${axis} (batch excluded)`);
  const runs: { begin: number; end: number }[] = [];
  for (const index of indices) {
    const last = runs.at(-1);
    if (last && last.end === index) last.end++;
    else runs.push({ begin: index, end: index + 1 });
  }
  if (runs.length > 1024) throw siteError(site, `it picks ${runs.length} separate pieces, at most 1024 are supported`);
  const pieces = runs.map((run) =>
    slice(
      builder,
      site,
      value,
      value.shape.map((whole, i) => (i === axis ? { ...run, stride: 1 } : { begin: 0, end: whole, stride: 1 })),
    ),
  );
  return pieces.length === 1 ? pieces[0]! : concat(builder, site, pieces, axis);
}

/** Axis i of the result is axis permutation[i]: no layer, only another way to see the tensor. */
export function transpose(builder: GraphBuilder, site: Site, value: Value, permutation: readonly number[]): Value {
  const given = builder.materialised(site, value);
  const sorted = [...permutation].sort((a, b) => a - b);
  if (sorted.length !== given.shape.length || sorted.some((axis, i) => axis !== i))
    throw siteError(site, `[${permutation}] is not an order of the axes of [${given.shape}] (batch excluded)`);
  return {
    ...given,
    shape: permutation.map((axis) => given.shape[axis]!),
    axes: given.axes.map((axis) => permutation.indexOf(axis)),
  };
}

/** Constant padding, [before, after] per axis; negative numbers cut. */
export function pad(builder: GraphBuilder, site: Site, value: Value, padding: readonly Pair[], filler: number): Value {
  if (padding.flat().some((side) => !Number.isInteger(side) || Math.abs(side) > 2 ** 20))
    throw siteError(site, `it pads by ${JSON.stringify(padding)}; whole numbers are needed`);
  const cut = slice(
    builder,
    site,
    value,
    padding.map(([before, after], axis) => ({
      begin: Math.max(0, -before),
      end: value.shape[axis]! - Math.max(0, -after),
      stride: 1,
    })),
  );
  const added = padding.map(([before, after]): Pair => [Math.max(0, before), Math.max(0, after)]);
  if (added.flat().every((side) => side === 0)) return cut;
  if (!Number.isFinite(filler)) throw siteError(site, `it pads with ${filler}; a finite number is needed`);
  const given = builder.materialised(site, cut);
  const layer = builder.emit(site, { kind: 'pad', padding: given.axes.map((axis) => added[axis]!), value: filler }, [
    given.layer,
  ]);
  return { ...given, layer, shape: given.shape.map((length, axis) => length + added[axis]![0] + added[axis]![1]) };
}

/** Repeats axes of length 1 up to `shape`, as broadcasting does. */
export function broadcastTo(builder: GraphBuilder, site: Site, value: Value, shape: readonly number[]): Value {
  if (value.shape.length !== shape.length) {
    throw siteError(
      site,
      `[${value.shape}] and [${shape}] (batch excluded) have different numbers of axes; reshape one`,
    );
  }
  if (shape.every((length, axis) => length === value.shape[axis])) return value;
  if (shape.some((length, axis) => length !== value.shape[axis] && value.shape[axis] !== 1))
    throw siteError(site, `[${value.shape}] cannot be repeated to [${shape}] (batch excluded)`);
  const given = builder.materialised(site, value);
  const repeats = given.axes.map((axis) => shape[axis]! / given.shape[axis]!);
  return { ...given, shape, layer: builder.emit(site, { kind: 'tile', repeats }, [given.layer]) };
}

/** How `pad` fills what it adds: with what lies beyond the edge mirrored, the edge itself, or the other end. */
export type PadMode = 'reflect' | 'edge' | 'wrap';

/** The index of the input that stands at `index` of the padded axis, which may lie beyond either end. */
function mirrored(index: number, length: number, mode: PadMode): number {
  if (mode === 'edge') return Math.min(Math.max(index, 0), length - 1);
  const period = mode === 'wrap' ? length : Math.max(1, 2 * (length - 1));
  const at = ((index % period) + period) % period;
  return at < length ? at : period - at;
}

/** Padding with elements of the input, [before, after] per axis; negative numbers cut. */
export function padWithInput(
  builder: GraphBuilder,
  site: Site,
  value: Value,
  padding: readonly Pair[],
  mode: PadMode,
): Value {
  if (padding.flat().some((side) => !Number.isInteger(side) || Math.abs(side) > 1024))
    throw siteError(site, `it pads by ${JSON.stringify(padding)}; whole numbers up to 1024 are needed`);
  return padding.reduce((sofar, [before, after], axis) => {
    const length = sofar.shape[axis]!;
    if (before === 0 && after === 0) return sofar;
    const count = length + before + after;
    if (count < 1) throw siteError(site, `nothing is left of axis ${axis} (batch excluded) of [${value.shape}]`);
    const indices = Array.from({ length: count }, (_, i) => mirrored(i - before, length, mode));
    return take(builder, site, sofar, axis, indices);
  }, value);
}
