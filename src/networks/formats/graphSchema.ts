/**
 * The JSON form of a Network: its fields as in networks/types.ts, arrays replaced by names of tensors. Strict: an unknown
 * key is an error. Whether the layers fit together is the network's own validation, not the format's.
 */
import { z } from 'zod';
import { ACTIVATION_FUNCTIONS } from '../activations.js';
import type { Layer } from '../types.js';

/** Version of the checkpoint format, in the graph's `format`. */
export const CHECKPOINT_FORMAT = 'sonic-checkpoint/1';

/** At most one line of a message; nothing that would break it. */
const name = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\p{Cc}]*$/u, 'must not hold control characters');
const size = z.int().positive();
const index = z.int().nonnegative();
const pair = z.tuple([size, size]);
const edges = z.tuple([index, index]);
const padding2d = z.tuple([edges, edges]);
const shape = z.array(size).min(1).max(8);
const weightShape2 = z.tuple([size, size]);
const weightShape4 = z.tuple([size, size, size, size]);
/** JSON has no infinities and no -0 that survives every writer. */
const extendedReal = z.union([z.number(), z.enum(['Infinity', '-Infinity', '-0'])]);
const inputs = z.array(name).min(1).max(1024);
/** Dense, or compressed. */
const weight = z.union([name, z.strictObject({ mask: name, index: name, centroids: name })]);
const bias = z.nullable(name);

/** Places among the rows or columns of an image. */
const places = z.array(z.number().nonnegative()).min(1).max(65_536);

const layer = <Kind extends string, Fields extends z.ZodRawShape>(kind: Kind, fields: Fields) =>
  z.strictObject({ kind: z.literal(kind), name, inputs, ...fields });

/** One schema per kind of layer. */
export const layerSchemas = {
  conv2d: layer('conv2d', {
    weight,
    weightShape: weightShape4,
    bias,
    strides: pair,
    padding: padding2d,
    dilation: pair,
    groups: size,
  }),
  dense: layer('dense', { weight, weightShape: weightShape2, bias }),
  batchNorm: layer('batchNorm', {
    gamma: name,
    beta: name,
    mean: name,
    variance: name,
    epsilon: z.number().nonnegative(),
  }),
  activation: layer('activation', {
    function: z.enum(ACTIVATION_FUNCTIONS),
    alpha: z.number().optional(),
  }),
  pool2d: layer('pool2d', {
    mode: z.enum(['max', 'average']),
    size: pair,
    strides: pair,
    padding: padding2d,
    countIncludePad: z.boolean(),
  }),
  globalPool2d: layer('globalPool2d', { mode: z.enum(['max', 'average']) }),
  add: layer('add', {}),
  subtract: layer('subtract', {}),
  multiply: layer('multiply', {}),
  maximum: layer('maximum', {}),
  minimum: layer('minimum', {}),
  concat: layer('concat', { axis: index }),
  slice: layer('slice', {
    begin: z.array(z.int()).max(8),
    end: z.array(z.int()).max(8),
    strides: z.array(size).max(8),
  }),
  transpose: layer('transpose', { permutation: z.array(index).max(8) }),
  flatten: layer('flatten', {}),
  reshape: layer('reshape', { shape }),
  pad: layer('pad', { padding: z.array(edges).max(8), value: extendedReal }),
  softmax: layer('softmax', {}),
  affine: layer('affine', { scale: name, shift: name }),
  normalise: layer('normalise', { epsilon: z.number().positive() }),
  reduce: layer('reduce', { mode: z.enum(['sum', 'mean', 'max']), axes: z.array(index).min(1).max(8) }),
  matMul: layer('matMul', {}),
  tile: layer('tile', { repeats: z.array(size).max(8) }),
  quantise: layer('quantise', { scale: z.number().positive(), zeroPoint: z.int(), low: z.int(), high: z.int() }),
  dynamicQuantise: layer('dynamicQuantise', {}),
  resample: layer('resample', { rows: places, columns: places }),
} satisfies Record<Layer['kind'], z.ZodType>;

/** Fields of each kind that are vectors, each stored as a tensor [length]. */
export const VECTOR_FIELDS: Readonly<Partial<Record<Layer['kind'], readonly string[]>>> = {
  conv2d: ['bias'],
  dense: ['bias'],
  batchNorm: ['gamma', 'beta', 'mean', 'variance'],
  affine: ['scale', 'shift'],
};

const preprocessing = z.strictObject({
  scale: z.number(),
  mean: z.array(z.number()).min(1).max(4096),
  std: z.array(z.number().positive()).min(1).max(4096),
  resize: z.int().positive().optional(),
  crop: z.int().positive().optional(),
});

/** Everything but the layers, which are parsed one by one so that a message can name the layer. */
export const graphSchema = z.strictObject({
  format: z.literal(CHECKPOINT_FORMAT),
  name,
  inputShape: shape,
  inputRange: z.nullable(z.tuple([extendedReal, extendedReal])),
  preprocessing,
  layers: z.array(z.unknown()).min(1).max(100_000),
  output: name,
});

export type ExtendedReal = z.infer<typeof extendedReal>;
export type GraphLayer = z.infer<(typeof layerSchemas)[Layer['kind']]>;
export type StoredWeight = z.infer<typeof weight>;
export type Graph = Omit<z.infer<typeof graphSchema>, 'layers'> & { readonly layers: readonly GraphLayer[] };
