/** The format `sonic-conformance/1`: cases with inputs, expected values and tolerances. Unknown keys are errors. */
import { z } from 'zod';

const integer = z.int();
const numbers = z.array(z.number());
const table = z.array(numbers);
const pair = z.tuple([integer, integer]);
/** Nested arrays of numbers of any depth. */
const nested: z.ZodType<NestedNumbers> = z.lazy(() => z.union([numbers, z.array(nested)]));
export type NestedNumbers = number[] | NestedNumbers[];

const hardware = z.strictObject({ preset: z.string(), overrides: z.record(z.string(), z.unknown()) });
const common = { name: z.string(), note: z.string().optional() };
const tolerance = z.strictObject({ float64: z.number(), float32: z.number().optional() });

const batchNorm = z.strictObject({
  gamma: numbers,
  beta: numbers,
  mean: numbers,
  variance: numbers,
  epsilon: z.number(),
});
const layerCommon = {
  index: integer,
  weight: nested,
  bias: numbers,
  batchNorm: batchNorm.optional(),
  twoPasses: z.boolean(),
  activationScale: z.number(),
  adcRange: z.number(),
  meanActivation: z.number().optional(),
};
const layerTolerance = z.strictObject({
  H: z.number(),
  u: z.number(),
  adcCodes: integer,
  y: z.number(),
  lumped: z.number(),
});

const layerCase = z.strictObject({
  ...common,
  kind: z.literal('layer'),
  hardware,
  seeds: z.strictObject({ run: integer, chip: integer }),
  layer: z.discriminatedUnion('kind', [
    z.strictObject({
      ...layerCommon,
      kind: z.literal('conv2d'),
      strides: pair,
      dilation: pair,
      padding: z.tuple([pair, pair]),
      groups: integer,
      streamMean: numbers.optional(),
      lightPoint: z.number().optional(),
    }),
    z.strictObject({ ...layerCommon, kind: z.literal('dense') }),
  ]),
  imageIndex: integer,
  input: nested,
  expected: z.strictObject({
    weightLevels: z.enum(['codebook', 'uniform']),
    weightScale: z.number(),
    gainScale: z.number(),
    gain: numbers,
    shift: numbers,
    X: z.number(),
    c: z.number(),
    I_A: z.number(),
    noise: z.strictObject({ shot: z.number(), intensity: z.number(), constant: z.number() }),
    adcStep: z.number(),
    calibratedRange: z.number(),
    streamMean: numbers.optional(),
    lightPoint: z.union([z.number(), numbers]).optional(),
    operatingPoint: z.union([z.number(), numbers]).optional(),
    clippedActivations: integer,
    passes: z.array(
      z.strictObject({
        activationCode: nested.optional(),
        filter: z.array(integer).optional(),
        k: z.array(z.array(integer)),
        held: table,
        Hplus: table,
        Hminus: table,
        Dplus: table.optional(),
        Dminus: table.optional(),
        u: table,
        adcCode: z.array(z.array(integer)).optional(),
        clippedConversions: integer,
      }),
    ),
    y: nested,
    lumped: z.strictObject({ value: nested, variance: nested, y: nested }),
  }),
  tolerance: z.strictObject({ float64: layerTolerance, float32: layerTolerance }),
});

const bankCase = z.strictObject({
  ...common,
  kind: z.literal('bank'),
  hardware,
  seeds: z.strictObject({ chip: integer }),
  bank: z.enum(['conv', 'fc']),
  unit: z.array(integer),
  held: table,
  streamExcess: nested.optional(),
  expected: z.strictObject({
    wavelengths: integer,
    waveguides: integer,
    channel_nm: numbers,
    X: z.number(),
    c: z.number(),
    detuning_nm: nested,
    error_nm: nested,
    Hplus: table,
    Hminus: table,
    Dplus: table.optional(),
    Dminus: table.optional(),
  }),
  tolerance,
});

const staticCase = z.strictObject({
  ...common,
  kind: z.literal('static'),
  hardware,
  seeds: z.strictObject({ chip: integer }),
  bank: z.enum(['conv', 'fc']),
  unit: integer,
  expected: z.strictObject({
    wavelengths: integer,
    waveguides: integer,
    coupling: numbers,
    residual: table,
    trim_nm: table,
    xi: z.array(table),
    heatedTrim_nm: table.optional(),
    gain: table.optional(),
    railGain: table.optional(),
    drift: table.optional(),
    source: numbers.optional(),
  }),
  tolerance,
});

const imprint = z.strictObject({ transmission: numbers, detuning_nm: numbers });
const ringCase = z.strictObject({
  ...common,
  kind: z.literal('ring'),
  hardware,
  distance_nm: numbers,
  value: numbers,
  expected: z.strictObject({
    Tmin: z.number(),
    /** Absent where the response is measured. */
    F: z.number().optional(),
    linewidth_nm: z.number(),
    Tfs: z.number(),
    T: numbers,
    conv: imprint,
    fc: imprint,
    reachable: numbers,
    slope_per_nm: numbers.optional(),
  }),
  tolerance,
});

const philoxCase = z.strictObject({
  ...common,
  kind: z.literal('philox'),
  seed: pair,
  firstSample: integer,
  samples: integer,
  expected: z.strictObject({ key: pair, counterHigh: pair, words: table, normals: numbers, uniforms: numbers }),
  tolerance,
});

export const conformanceFile = z.strictObject({
  format: z.literal('sonic-conformance/1'),
  cases: z.array(z.discriminatedUnion('kind', [layerCase, bankCase, staticCase, ringCase, philoxCase])),
});

export type LayerCase = z.infer<typeof layerCase>;
export type BankCase = z.infer<typeof bankCase>;
export type StaticCase = z.infer<typeof staticCase>;
export type RingCase = z.infer<typeof ringCase>;
export type PhiloxCase = z.infer<typeof philoxCase>;
export type ConformanceCase = z.infer<typeof conformanceFile>['cases'][number];
