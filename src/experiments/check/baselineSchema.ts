/** What a baseline file may hold: runs, and what is expected of each. */
import { z } from 'zod';
import { BaselineError } from '../../base/errors.js';
import { checkValue } from '../../base/input/issues.js';
import { printableValue } from '../../base/text/printable.js';
import { experimentSettings, scalar, seed, text } from '../sweep/planSchema.js';

/** One image whose class the emulation changed, in one run. */
export interface ChangedClass {
  readonly chip: number;
  readonly seed: number;
  /** Place of the image in the whole split, from 0. */
  readonly image: number;
  readonly from: number;
  readonly to: number;
}

/** At most this many runs of one check. */
const MAXIMUM_RUNS = 1000;

/** 0.9905, '0.9905' or '99.05 %' as a share from 0 to 1; null for anything else. */
function parseShareOf1(value: string | number): number | null {
  const match = /^\s*(\d*\.?\d+(?:e[+-]?\d+)?)\s*(%?)\s*$/i.exec(String(value));
  if (!match) return null;
  const share = match[2] === '%' ? Number(match[1]) / 100 : Number(match[1]);
  return share <= 1 ? share : null;
}

const share = (example: string) =>
  z.union([z.number(), z.string()]).transform((value, context) => {
    const parsed = parseShareOf1(value);
    if (parsed !== null) return parsed;
    context.addIssue({ code: 'custom', message: `write a share from 0 to 1, or per cent as in '${example}'` });
    return z.NEVER;
  });

const tolerance = z.union([z.number(), z.string()]).transform((value, context) => {
  const parsed = value === 'binomial' ? value : parseShareOf1(value);
  if (parsed !== null) return parsed;
  context.addIssue({ code: 'custom', message: "write 'binomial', a share from 0 to 1, or points as in '0.2 %'" });
  return z.NEVER;
});

/** Distinct seeds, one or a list. */
const seeds = z
  .union([seed(), z.array(seed()).min(1)])
  .transform((value) => (typeof value === 'number' ? [value] : value))
  .refine((list) => new Set(list).size === list.length, 'name each seed once')
  .default([1]);

const count = () => z.int().min(0);
/** Told apart by what is written; a union's own messages would not say what is wrong. */
const changedSchemas = {
  count: count(),
  most: z.strictObject({ most: count() }),
  list: z.array(
    z.strictObject({
      chip: seed().optional(),
      seed: seed().optional(),
      image: count(),
      from: count(),
      to: count(),
    }),
  ),
} as const;

const expectSchema = z.strictObject({
  accuracy: share('98.9 %').optional(),
  digital: share('99.1 %').optional(),
  tolerance: tolerance.optional(),
  changed: z.unknown().optional(),
  maximumEnergy_J: z.number().positive().optional(),
  maximumLatency_s: z.number().positive().optional(),
});

const checkSchema = z.strictObject({
  name: text().optional(),
  network: text(),
  ...experimentSettings,
  set: z.record(text(), scalar).default({}),
  chips: seeds,
  seeds,
  expect: expectSchema.nullable().optional(),
});

const baselineSchema = z.strictObject({ checks: z.array(checkSchema).min(1) });

/** `list`: exactly these images; `count`: exactly as many; `most`: no more. Of all runs together. */
type ExpectedChanges =
  | { readonly kind: 'list'; readonly list: readonly ChangedClass[] }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'most'; readonly count: number };

interface Expectation {
  /** Shares. */
  readonly accuracy?: number | undefined;
  readonly digital?: number | undefined;
  /** A share; `binomial`: the Wilson interval of what is expected. */
  readonly tolerance?: number | 'binomial' | undefined;
  readonly changed?: ExpectedChanges | undefined;
  readonly maximumEnergy_J?: number | undefined;
  readonly maximumLatency_s?: number | undefined;
}

/** A check with its name and place in the file. */
export type Check = Omit<z.output<typeof checkSchema>, 'name' | 'expect'> & {
  readonly name: string;
  readonly index: number;
  /** Null where the file says nothing yet. */
  readonly expect: Expectation | null;
};

/** Order in which changed classes are listed. */
export const byRunAndImage = (a: ChangedClass, b: ChangedClass) =>
  a.chip - b.chip || a.seed - b.seed || a.image - b.image;

type ParsedCheck = z.output<typeof checkSchema>;

function changesOf({ expect, chips, seeds }: ParsedCheck, index: number, origin: string): ExpectedChanges | undefined {
  const value = expect?.changed;
  if (value === undefined) return undefined;
  const at = ['checks', index, 'expect', 'changed'];
  const refuse = (why: string) => new BaselineError(`${origin}: ${at.join('.')}: ${why}`);
  const checked = <S extends z.ZodType>(schema: S) =>
    checkValue(schema, value, { place: origin, ErrorClass: BaselineError }, { at });
  if (Array.isArray(value)) {
    const list = checked(changedSchemas.list).map((change, i): ChangedClass => {
      const seedOf = (key: 'chip' | 'seed', among: readonly number[]) => {
        const given = change[key] ?? (among.length === 1 ? among[0]! : undefined);
        if (given === undefined || !among.includes(given)) {
          const said = given === undefined ? `has no ${key}` : `has ${key} ${given}`;
          throw refuse(`entry ${i} ${said}; ${key}s of this check: ${among.join(', ')}`);
        }
        return given;
      };
      if (change.from === change.to) throw refuse(`entry ${i} goes from class ${change.from} to the same class`);
      return { ...change, chip: seedOf('chip', chips), seed: seedOf('seed', seeds) };
    });
    const sorted = [...list].sort(byRunAndImage);
    const twice = sorted.find((change, i) => i > 0 && byRunAndImage(sorted[i - 1]!, change) === 0);
    if (twice) throw refuse(`names image ${twice.image} twice; leave one out`);
    return { kind: 'list', list: sorted };
  }
  if (typeof value === 'object' && value !== null) return { kind: 'most', count: checked(changedSchemas.most).most };
  if (typeof value === 'number') return { kind: 'count', count: checked(changedSchemas.count) };
  throw refuse(`is ${printableValue(value, 40)}: write a list of { image, from, to }, a number, or { most: a number }`);
}

function expectationOf(check: ParsedCheck, index: number, origin: string): Expectation | null {
  const { expect, fidelity } = check;
  if (!expect || Object.keys(expect).length === 0) return null;
  const { changed: _, ...quantities } = expect;
  const changed = changesOf(check, index, origin);
  const refuse = (key: string, why: string) => {
    throw new BaselineError(`${origin}: checks.${index}.expect.${key}: ${why}`);
  };
  if (expect.tolerance !== undefined && expect.accuracy === undefined && expect.digital === undefined)
    refuse('tolerance', "is of an accuracy; give 'accuracy' or 'digital' too");
  if (fidelity === 'digital') {
    for (const key of ['digital', 'changed', 'maximumEnergy_J', 'maximumLatency_s'] as const)
      if (expect[key] !== undefined)
        refuse(key, `fidelity digital emulates nothing; leave it out${key === 'digital' ? ", 'accuracy' is it" : ''}`);
  }
  return { ...quantities, ...(changed ? { changed } : {}) };
}

/**
 * Checks the content of a baseline and fills in defaults.
 * @param origin what to call it in messages: the file's name.
 * @throws BaselineError naming path, value and what is allowed; an unknown key names the nearest one.
 */
export function parseBaseline(value: unknown, origin: string): readonly Check[] {
  const { checks } = checkValue(
    baselineSchema,
    value ?? {},
    { place: origin, ErrorClass: BaselineError },
    { whole: 'the baseline' },
  );
  const names = new Map<string, number>();
  return checks.map((check, index) => {
    const { network, hardware, fidelity, chips, seeds } = check;
    const name = check.name ?? (fidelity === 'digital' ? `${network} digital` : `${network} on ${hardware}`);
    const earlier = names.get(name);
    if (earlier !== undefined)
      throw new BaselineError(`${origin}: checks ${earlier} and ${index} are both called '${name}'; give one a 'name'`);
    names.set(name, index);
    if (chips.length * seeds.length > MAXIMUM_RUNS)
      throw new BaselineError(
        `${origin}: checks.${index} is ${chips.length * seeds.length} runs, chips times seeds; at most ${MAXIMUM_RUNS}`,
      );
    return { ...check, name, index, expect: expectationOf(check, index, origin) };
  });
}
