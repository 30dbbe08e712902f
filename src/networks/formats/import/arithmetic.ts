/** Activations and arithmetic, on Values. Axes and shapes are the source's, batch excluded. */
import type { ActivationLayer } from '../../types.js';
import { broadcastConstant, type Constant, toFloat32, transposeConstant } from './constant.js';
import type { GraphBuilder } from './networkBuilder.js';
import { aligned, broadcastTo } from './rearrange.js';
import { type Site, siteError } from './site.js';
import { naturalAxes, physicalShape, type Value } from './value.js';

/** Softmax along one axis. */
export function softmax(builder: GraphBuilder, site: Site, value: Value, axis: number): Value {
  const given = builder.withLast(site, value, axis);
  return { ...given, layer: builder.emit(site, { kind: 'softmax' }, [given.layer]) };
}

export function activation(
  builder: GraphBuilder,
  site: Site,
  value: Value,
  name: ActivationLayer['function'],
  alpha?: number,
): Value {
  if (alpha !== undefined && !Number.isFinite(alpha)) throw siteError(site, `its slope is ${alpha}`);
  return builder.map(site, { kind: 'activation', function: name, ...(alpha === undefined ? {} : { alpha }) }, value);
}

/** Element by element on two tensors, broadcast where needed. */
export function combine(
  builder: GraphBuilder,
  site: Site,
  operation: Arithmetic | 'maximum' | 'minimum',
  values: readonly Value[],
): Value {
  if (operation === 'divide') {
    const [dividend, divisor] = values as [Value, Value];
    return combine(builder, site, 'multiply', [dividend, activation(builder, site, divisor, 'reciprocal')]);
  }
  const kind = operation;
  const rank = Math.max(...values.map((value) => value.shape.length));
  const common = naturalAxes(rank).map((axis) => Math.max(...values.map((value) => value.shape[axis] ?? 0)));
  const inputs = aligned(
    builder,
    site,
    values.map((value) => broadcastTo(builder, site, value, common)),
  );
  const layer = builder.emit(
    site,
    { kind },
    inputs.map((input) => input.layer),
  );
  return { ...inputs[0]!, layer };
}

/** x * scale + shift. */
export function affine(builder: GraphBuilder, site: Site, value: Value, scale: number, shift: number): Value {
  if (!Number.isFinite(Math.fround(scale)) || !Number.isFinite(Math.fround(shift)))
    throw siteError(site, `it scales by ${scale} and shifts by ${shift}; finite numbers are needed`);
  if (scale === 1 && shift === 0) return value;
  return builder.map(site, { kind: 'affine', scale: Float32Array.of(scale), shift: Float32Array.of(shift) }, value);
}

/** Lower and upper limit of every element, composed of the activations a network has. */
export function clip(builder: GraphBuilder, site: Site, value: Value, low: number, high: number): Value {
  if (!(low <= high) || (low === high && !Number.isFinite(low)))
    throw siteError(site, `its limits are [${low}, ${high}]`);
  const scaled = (x: Value, scale: number, shift: number) => affine(builder, site, x, scale, shift);
  const act = (x: Value, name: ActivationLayer['function']) => activation(builder, site, x, name);
  if (low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY) return value;
  if (high === Number.POSITIVE_INFINITY) return scaled(act(scaled(value, 1, -low), 'relu'), 1, low);
  if (low === Number.NEGATIVE_INFINITY) return scaled(act(scaled(value, -1, high), 'relu'), -1, high);
  // relu6 cuts at 0 and 6.
  const width = high - low;
  if (width === 0) return scaled(act(scaled(value, 0, 0), 'relu'), 1, low);
  return scaled(act(scaled(value, 6 / width, (-6 * low) / width), 'relu6'), width / 6, low);
}

/** max(0, min(1, alpha x + beta)), as ONNX and Keras 2 write it with alpha 0.2 and beta 0.5. */
export function hardSigmoid(builder: GraphBuilder, site: Site, value: Value, alpha: number, beta: number): Value {
  const isOurs = Math.abs(alpha - 1 / 6) < 1e-6 && beta === 0.5;
  const given = isOurs ? value : affine(builder, site, value, 6 * alpha, 6 * beta - 3);
  return activation(builder, site, given, 'hardSigmoid');
}

/** x sigmoid(x). */
export function swish(builder: GraphBuilder, site: Site, value: Value): Value {
  return combine(builder, site, 'multiply', [value, activation(builder, site, value, 'sigmoid')]);
}

/** The constant as one of as many axes as the tensor has, the batch axis (if it has one) taken off. */
function alignConstant(site: Site, constant: Constant, shape: readonly number[]): Constant {
  const extra = constant.shape.length - shape.length;
  const leading = constant.shape.slice(0, Math.max(0, extra));
  if (leading.some((length) => length !== 1))
    throw siteError(
      site,
      `a constant [${constant.shape}] and a tensor [${shape}] (batch excluded) do not fit together`,
    );
  const own = constant.shape.slice(Math.max(0, extra));
  return { shape: [...new Array<number>(Math.max(0, -extra)).fill(1), ...own], data: constant.data };
}

/** x * scale + shift, both constants of one shape that broadcasts to the tensor's. */
function affineOf(builder: GraphBuilder, site: Site, value: Value, scale: Constant, shift: Constant): Value {
  const varying = scale.shape.flatMap((length, axis) => (length > 1 ? [axis] : []));
  if (varying.length === 0) return affine(builder, site, value, scale.data[0]!, shift.data[0]!);
  const fields = (s: Constant, b: Constant) => ({
    kind: 'affine' as const,
    scale: toFloat32(s.data),
    shift: toFloat32(b.data),
  });
  if (value.unflattened) {
    const inside = { shape: value.unflattened.shape };
    const [s, b] = [scale, shift].map(({ data }) => ({ ...inside, data })) as [Constant, Constant];
    return builder.flattened(affineOf(builder, site, value.unflattened, s, b));
  }
  if (varying.length === 1) {
    const given = builder.withLast(site, value, varying[0]!);
    return { ...given, layer: builder.emit(site, fields(scale, shift), [given.layer]) };
  }
  const inMemory = (constant: Constant) => transposeConstant(broadcastConstant(constant, value.shape), value.axes);
  const flat = builder.emit(site, { kind: 'flatten' }, [value.layer]);
  const scaled = builder.emit(site, fields(inMemory(scale), inMemory(shift)), [flat]);
  return { ...value, layer: builder.emit(site, { kind: 'reshape', shape: physicalShape(value) }, [scaled]) };
}

export type Arithmetic = 'add' | 'subtract' | 'multiply' | 'divide';

/** x and a constant; `constantFirst` where the constant is the left operand. */
export function withConstant(
  builder: GraphBuilder,
  site: Site,
  operation: Arithmetic,
  value: Value,
  constant: Constant,
  constantFirst = false,
): Value {
  if (operation === 'divide' && constantFirst) {
    const inverse = activation(builder, site, value, 'reciprocal');
    return withConstant(builder, site, 'multiply', inverse, constant);
  }
  const fitting = alignConstant(site, constant, value.shape);
  const common = value.shape.map((length, axis) => Math.max(length, fitting.shape[axis]!));
  const wide = broadcastTo(builder, site, value, common);
  if (fitting.shape.some((length, axis) => length !== 1 && length !== common[axis]))
    throw siteError(
      site,
      `a constant [${constant.shape}] and a tensor [${value.shape}] (batch excluded) do not fit together`,
    );
  const wrong = fitting.data.findIndex((x: number) => !Number.isFinite(x) || (operation === 'divide' && x === 0));
  if (wrong >= 0)
    throw siteError(site, `its constant holds ${fitting.data[wrong]} at index ${wrong}; finite numbers are needed`);
  const each = (f: (x: number) => number): Constant => ({
    shape: fitting.shape,
    data: Float64Array.from(fitting.data, f),
  });
  const [scale, shift] = {
    add: () => [each(() => 1), fitting] as const,
    subtract: () =>
      constantFirst ? ([each(() => -1), fitting] as const) : ([each(() => 1), each((x) => -x)] as const),
    multiply: () => [fitting, each(() => 0)] as const,
    divide: () => [each((x) => 1 / x), each(() => 0)] as const,
  }[operation]();
  return affineOf(builder, site, wide, scale, shift);
}

/** x where it is positive, slope x where it is not; one slope, or one for each element that the constant broadcasts to. */
export function parametricRelu(builder: GraphBuilder, site: Site, value: Value, slope: Constant): Value {
  if (slope.data.length === 1) return activation(builder, site, value, 'leakyRelu', slope.data[0]!);
  const positive = activation(builder, site, value, 'relu');
  const negative = activation(builder, site, affine(builder, site, value, -1, 0), 'relu');
  const scaled = withConstant(builder, site, 'multiply', negative, {
    shape: slope.shape,
    data: Float64Array.from(slope.data, (x) => -x),
  });
  return combine(builder, site, 'add', [positive, scaled]);
}
