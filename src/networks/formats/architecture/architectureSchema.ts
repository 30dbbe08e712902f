/**
 * Architecture files: the layers of a network whose checkpoint holds only tensors. YAML, small enough to write by hand;
 * docs/importing.md is the description.
 */
import { z } from 'zod';
import { preprocessingSchema } from '../import/preprocessing.js';

const size = z.int().positive().max(65_536);
const count = z.int().nonnegative().max(65_536);
const sizes = z.union(
  [size.transform((n): [number, number] => [n, n]), z.tuple([size, size])],
  'must be a whole number from 1 on, or two: [rows, columns]',
);
const sides = z.tuple([count, count]);
const edges = z.union(
  [
    z.enum(['same', 'valid']),
    count.transform((n): [[number, number], [number, number]] => [
      [n, n],
      [n, n],
    ]),
    z.tuple([sides, sides]),
    sides.transform(([rows, columns]): [[number, number], [number, number]] => [
      [rows, rows],
      [columns, columns],
    ]),
  ],
  'must be same, valid, a number, [rows, columns] or [[top, bottom], [left, right]]',
);
const name = z.string().min(1).max(200);
const prefix = z.string().max(200);
const sources = z.array(name).min(2).max(64);

/** Every layer may have a name and take another input than the layer before. */
const common = { name: name.optional(), input: name.optional() };
/** A layer without settings is written as its name alone, or with null behind it. */
const bare = z.union([z.null(), z.literal(true)], 'takes no value');
const perAxis = <T extends z.ZodType>(item: T) =>
  z.strictObject({ rows: item.optional(), columns: item.optional(), channels: item.optional() });
/** begin, end (null: the last), stride. */
const cut = z.union(
  [
    z.tuple([count, z.union([size, z.null()])]).transform(([begin, end]) => ({ begin, end, stride: 1 })),
    z.tuple([count, z.union([size, z.null()]), size]).transform(([begin, end, stride]) => ({ begin, end, stride })),
  ],
  'must be [begin, end] or [begin, end, stride]; end null is the last',
);

const layer = <K extends string, S extends z.ZodType, F extends z.ZodRawShape>(kind: K, subject: S, fields: F) =>
  z.strictObject({ [kind]: subject, ...common, ...fields } as Record<K, S> & typeof common & F);

const pool = {
  stride: sizes.optional(),
  padding: edges.default([
    [0, 0],
    [0, 0],
  ]),
  ceil: z.boolean().default(false),
};

/** Layer kinds of an architecture file; the key of each is also the key under which its subject stands. */
export const layerSchemas = {
  conv2d: layer('conv2d', prefix, {
    kernel: sizes.optional(),
    filters: size.optional(),
    stride: sizes.default([1, 1]),
    padding: edges.default([
      [0, 0],
      [0, 0],
    ]),
    dilation: sizes.default([1, 1]),
    groups: size.default(1),
  }),
  dense: layer('dense', prefix, {}),
  batchNorm: layer('batchNorm', prefix, { epsilon: z.number().nonnegative().optional() }),
  relu: layer('relu', bare, {}),
  relu6: layer('relu6', bare, {}),
  leakyRelu: layer('leakyRelu', z.number(), {}),
  sigmoid: layer('sigmoid', bare, {}),
  tanh: layer('tanh', bare, {}),
  hardSigmoid: layer('hardSigmoid', bare, {}),
  hardSwish: layer('hardSwish', bare, {}),
  silu: layer('silu', bare, {}),
  softmax: layer('softmax', bare, {}),
  dropout: layer('dropout', z.union([bare, z.number()]), {}),
  flatten: layer('flatten', bare, {}),
  maxPool: layer('maxPool', sizes, pool),
  averagePool: layer('averagePool', sizes, { ...pool, countIncludePad: z.boolean().default(true) }),
  globalAveragePool: layer('globalAveragePool', bare, {}),
  globalMaxPool: layer('globalMaxPool', bare, {}),
  add: layer('add', sources, {}),
  subtract: layer('subtract', sources, {}),
  multiply: layer('multiply', sources, {}),
  concat: layer('concat', sources, {}),
  slice: layer('slice', perAxis(cut), {}),
  pad: layer('pad', perAxis(sides), { value: z.number().default(0) }),
  affine: layer('affine', z.strictObject({ scale: z.number().default(1), shift: z.number().default(0) }), {}),
} as const;

export type ArchitectureLayer = {
  [K in keyof typeof layerSchemas]: { readonly kind: K } & z.output<(typeof layerSchemas)[K]>;
}[keyof typeof layerSchemas];

const parameter = z.string().regex(/^[A-Za-z][A-Za-z0-9]*$/, 'must be letters and digits');

/** The whole file; layers are checked one by one, so that a message can name the layer. */
export const architectureSchema = z.strictObject({
  name: name.optional(),
  input: z.union([z.tuple([size, size, size]), z.tuple([size])], 'must be [rows, columns, channels] or [features]'),
  preprocessing: preprocessingSchema.optional(),
  /** How the tensors are named and laid out. */
  convention: z.enum(['pytorch', 'keras']).default('pytorch'),
  /** Stands before the name of every tensor. */
  prefix: prefix.default(''),
  /** Of batch normalisations that give none. */
  epsilon: z.number().nonnegative().optional(),
  /** Tensors that no layer uses; * stands for anything. */
  ignore: z.array(z.string().max(200)).max(1000).default([]),
  blocks: z.record(parameter, z.array(z.unknown()).min(1).max(1000)).default({}),
  layers: z.array(z.unknown()).min(1).max(10_000),
  output: name.optional(),
});

export type ArchitectureFile = z.output<typeof architectureSchema>;

/** A layer that stands for a block's layers. */
export const blockSchema = z.strictObject({
  block: parameter,
  with: z.record(parameter, z.union([z.string().max(200), z.number()])).default({}),
  ...common,
});
