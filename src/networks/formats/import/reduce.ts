/** Sums, means and extremes over axes, and of two operands. Axes count the batch. */
import { activation, clip, combine } from './arithmetic.js';
import { zipConstants } from './fold.js';
import { alike, asValue, type Context, fullShape, reshape, settled, valueAxis } from './graphTensor.js';
import { globalPool } from './pools.js';
import { siteError } from './site.js';
import { type Operand, ofConstant, ofValue, type Value } from './value.js';

/** Over axes, or all of them; over rows and columns of an image it is a global pool. */
export function reduce(
  context: Context,
  value: Value,
  given: readonly number[] | null,
  mode: 'sum' | 'max' | 'mean',
  keep: boolean,
): Operand {
  const { builder, site } = context;
  const named = given?.length ? given : fullShape(context, ofValue(value)).map((_, axis) => axis);
  const axes = named.map((axis) => valueAxis(context, axis, value));
  const rest = [0, 1, 2].filter((axis) => !axes.includes(axis));
  if (mode !== 'sum' && !value.whole && value.shape.length === 3 && rest.length === 1 && rest[0] !== 1) {
    const pool = mode === 'max' ? 'max' : 'average';
    return ofValue(globalPool(builder, site, value, rest[0] as 0 | 2, pool, keep));
  }
  const source = builder.materialised(site, value);
  const physical = axes.map((axis) => source.axes.indexOf(axis));
  const layer = builder.emit(site, { kind: 'reduce', mode, axes: physical }, [source.layer]);
  const shape = source.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const reduced = { ...source, layer, shape };
  if (keep) return ofValue(reduced);
  const full = fullShape(context, ofValue(reduced));
  const dropped = new Set(axes.map((axis) => (value.whole ? axis : axis + 1)));
  return reshape(
    context,
    ofValue(reduced),
    full.filter((_, axis) => !dropped.has(axis)),
  );
}

/** The larger or smaller: of constants, of a tensor and one number, or of tensors. */
export function extreme(context: Context, name: 'min' | 'max', operands: readonly Operand[]): Operand {
  const { builder, site, budget } = context;
  if (operands.length === 1) return operands[0]!;
  if (operands.every(({ kind }) => kind === 'value')) {
    const values = alike(
      context,
      operands.map((operand, index) => asValue(context, operand, `its input ${index}`)),
    );
    return ofValue(settled(context, combine(builder, site, name === 'max' ? 'maximum' : 'minimum', values)));
  }
  const [a, b] = operands;
  if (!a || !b || operands.length !== 2)
    throw siteError(
      site,
      `it has ${operands.length} inputs, some of them constants; two, or tensors alone, are supported`,
    );
  if (a.kind === 'constant' && b.kind === 'constant')
    return ofConstant(zipConstants(site, budget, a.constant, b.constant, Math[name]));
  const [value, limit] = a.kind === 'value' ? [a.value, b] : [asValue(context, b), a];
  if (limit.kind !== 'constant' || limit.constant.data.length !== 1)
    throw siteError(site, 'the larger or smaller of a tensor and several constants is not supported');
  const number = limit.constant.data[0]!;
  if (name === 'max' && number === 0) return ofValue(activation(builder, site, value, 'relu'));
  return ofValue(
    name === 'max' ? clip(builder, site, value, number, Infinity) : clip(builder, site, value, -Infinity, number),
  );
}
