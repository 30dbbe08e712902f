/** What a plan file may hold. `parsePlan` checks each part by itself; `planner.ts` then checks that the points can be run. */
import { z } from 'zod';
import { PlanError } from '../../base/errors.js';
import { checkValue } from '../../base/input/issues.js';
import { LAST_SEED, MAXIMUM_IMAGES } from '../../base/random/seeds.js';
import { printable } from '../../base/text/printable.js';
import { BACKENDS } from '../../emulation/backends/types.js';
import { MAXIMUM_CLUSTERS } from '../../networks/compression/expand.js';
import { FIDELITIES } from '../result/types.js';
import { parseShare } from './share.js';
import { QUANTITIES, type SweepFigure } from './types.js';

/** More points than this are an oversight: each is emulated. */
export const MAXIMUM_SWEEP_POINTS = 10_000;
/** Chips or seeds of one point. */
const MAXIMUM_REPEATS = 10_000;

export const text = () => z.string().min(1);
export const seed = () => z.int().min(0).max(LAST_SEED);
export const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** What a run needs besides its network and its seeds, in a plan or a baseline. */
export const experimentSettings = {
  architecture: text().optional(),
  preprocessing: text().optional(),
  key: text().optional(),
  dataset: text().optional(),
  data: text().optional(),
  classes: text().optional(),
  hardware: text().default('sonic'),
  images: z.int().min(1).max(MAXIMUM_IMAGES).optional(),
  fidelity: z.enum(FIDELITIES).default('exact'),
  backend: z.enum(BACKENDS).default('wasm'),
};

/** What a point needs besides the hardware's fields; everything that `sonic run` takes. */
const runSettings = {
  network: text().optional(),
  ...experimentSettings,
  seed: seed().default(1),
  chip: seed().default(1),
  static: text().optional(),
  compression: z
    .strictObject({
      sparsity: z.number().min(0).lt(1).nullable().default(null),
      clusters: z.int().min(1).max(MAXIMUM_CLUSTERS).nullable().default(null),
    })
    .prefault({}),
};
const runSettingsSchema = z.strictObject(runSettings);
export type RunSettings = z.infer<typeof runSettingsSchema>;

const scale = z.enum(['linear', 'log', 'categories']).optional();
const label = text().optional();

/** Kinds of axis, told apart by the key that has this name. */
const axisSchemas = {
  values: z.strictObject({ path: text(), values: z.array(scalar).min(1), label, scale }),
  range: z.strictObject({
    path: text(),
    range: z.strictObject({
      from: z.number(),
      to: z.number(),
      steps: z.int().min(1).max(MAXIMUM_SWEEP_POINTS).optional(),
      scale: z.enum(['linear', 'log']).default('linear'),
      round: z.literal('integer').optional(),
    }),
    label,
  }),
  link: z.strictObject({ name: text(), link: z.record(text(), z.array(scalar).min(1)), label, scale }),
  variants: z.strictObject({ name: text(), variants: z.record(text(), z.record(text(), scalar)), label }),
} as const;
type AxisKind = keyof typeof axisSchemas;
export type PlanAxis = { [kind in AxisKind]: z.infer<(typeof axisSchemas)[kind]> }[AxisKind];
type PlanAxisInput = { [kind in AxisKind]: z.input<(typeof axisSchemas)[kind]> }[AxisKind];

const quantity = z.enum(QUANTITIES);
const figure = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('line'),
    x: text(),
    y: quantity,
    series: text().optional(),
    facet: text().optional(),
  }),
  z.strictObject({ kind: z.literal('heatmap'), x: text(), y: text(), value: quantity, facet: text().optional() }),
  z.strictObject({ kind: z.literal('pareto'), x: quantity, y: quantity, label: text().optional() }),
  z.strictObject({ kind: z.literal('alone'), y: quantity }),
  z.strictObject({ kind: z.literal('layers'), axis: text().optional() }),
  z.strictObject({ kind: z.literal('distribution'), x: text().optional() }),
]);

const share = z.union([z.number(), z.string()]).transform((value, context) => {
  const parsed = parseShare(value);
  if (parsed !== null) return parsed;
  context.addIssue({ code: 'custom', message: "write a share of 1 above 0 and below 1, as in '0.2%' or 0.002" });
  return z.NEVER;
});

const planSchema = z.strictObject({
  name: z
    .string()
    .max(100)
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'write small letters, digits and hyphens, as in adc-bits'),
  title: text().optional(),
  description: z.string().default(''),
  base: z.strictObject({ ...runSettings, set: z.record(text(), scalar).default({}) }),
  axes: z.array(z.record(z.string(), z.unknown())).default([]),
  sample: z
    .strictObject({ latinHypercube: z.int().min(1).max(MAXIMUM_SWEEP_POINTS), seed: seed().default(1) })
    .optional(),
  exclude: z.array(z.record(text(), z.union([scalar, z.array(scalar).min(1)]))).default([]),
  monteCarlo: z
    .strictObject({
      chips: z.int().min(1).max(MAXIMUM_REPEATS).default(1),
      seeds: z.int().min(1).max(MAXIMUM_REPEATS).default(1),
      until: share.optional(),
      most: z.int().min(1).max(MAXIMUM_REPEATS).default(64),
    })
    .prefault({}),
  figures: z.array(figure).default([]),
});

export type SweepPlan = Omit<z.infer<typeof planSchema>, 'axes' | 'figures'> & {
  readonly axes: readonly PlanAxis[];
  readonly figures: readonly SweepFigure[];
};
/** A plan as it is written: what has a default may be left out. */
export type SweepPlanInput = Omit<z.input<typeof planSchema>, 'axes'> & { readonly axes?: readonly PlanAxisInput[] };

function axisOf(value: Record<string, unknown>, index: number, origin: string): PlanAxis {
  const kinds = (Object.keys(axisSchemas) as AxisKind[]).filter((kind) => Object.hasOwn(value, kind));
  if (kinds.length !== 1) {
    throw new PlanError(
      `${origin}: axes.${index} has ${kinds.length === 0 ? `only ${printable(Object.keys(value).slice(0, 20).join(', ')) || 'no keys'}` : kinds.join(' and ')}; ` +
        `give it exactly one of ${Object.keys(axisSchemas).join(', ')}`,
    );
  }
  return checkValue(axisSchemas[kinds[0]!], value, { place: origin, ErrorClass: PlanError }, { at: ['axes', index] });
}

/** Settings of a point, as the plan's `base` has them. */
export function parseRunSettings(value: unknown, origin: string): RunSettings {
  return checkValue(runSettingsSchema, value, { place: origin, ErrorClass: PlanError });
}

/**
 * Checks a plan and fills in defaults.
 * @param origin what to call it in messages: the file's name.
 * @throws PlanError naming path, value and what is allowed; an unknown key names the nearest one.
 */
export function parsePlan(value: unknown, origin = 'plan'): SweepPlan {
  const plan = checkValue(planSchema, value ?? {}, { place: origin, ErrorClass: PlanError }, { whole: 'the plan' });
  return {
    ...plan,
    axes: plan.axes.map((axis, index) => axisOf(axis, index, origin)),
    figures: plan.figures as readonly SweepFigure[],
  };
}
