/** What a search over combinations shows: how near each printed ratio and all of them together can be come to. */
import type { Quantity, SearchedRatio, SearchTable } from './search.js';
import {
  CHOICE_NAMES,
  type ChoiceName,
  COMBINATIONS,
  changesOf,
  combinationAt,
  digitOf,
  SEARCH_CHOICES,
  withDigit,
} from './searchChoices.js';
import { BIT_RULES, type BitRule } from './types.js';

/** A combination by its number, with what in it is not what this project takes elsewhere. */
export interface Found {
  readonly combination: number;
  readonly changes: readonly string[];
}

/** A number within this factor of a printed one counts as come to. */
export const NEAR_FACTOR = 1.1;

/** What combinations come to for one printed ratio. */
export interface Reach extends SearchedRatio, Found {
  /** With every first value, what the other tables print. */
  readonly taken: number;
  readonly lowest: number;
  readonly highest: number;
  /** The nearest value; of equally near ones that with the fewest changes. */
  readonly nearest: number;
  /** Share of all combinations that come within 10 %. */
  readonly near: number;
}

/** The best for several ratios together. */
export interface Together extends Found {
  /** Largest of ours over published, or of published over ours, among the ratios. */
  readonly factor: number;
  /** Ours, in the order of the table's ratios. */
  readonly values: readonly number[];
}

/** The best factor for all ratios where a choice is held at one of its values. */
export interface Held {
  readonly choice: ChoiceName;
  readonly label: string;
  readonly factor: number;
}

/** The best factor where this choice, and those before it, are held at what this project takes. */
export interface Frozen {
  readonly choice: ChoiceName;
  readonly combinations: number;
  readonly factor: number;
}

/** Two ratios that no combination comes near to at once. */
export interface Conflict {
  readonly pair: readonly [SearchedRatio, SearchedRatio];
  readonly factor: number;
}

/** [lowest, highest] */
export type Interval = readonly [number, number];

/** What one definition of a bit can reach of the energies per bit. */
export interface BitReach {
  readonly rule: BitRule;
  /** Best factor for the five energies per bit together. */
  readonly factor: number;
  /** By design: energy-per-bit ratio over FPS/W ratio, beside the printed one. */
  readonly scaleFree: readonly {
    readonly title: string;
    readonly published: number;
    /** Of combinations, which average both ratios alike; and where each may be averaged its own way. */
    readonly same: Interval;
    readonly mixed: Interval;
  }[];
}

export interface SearchAnalysis {
  readonly reaches: readonly Reach[];
  readonly together: Readonly<Record<'all' | Quantity, Together>>;
  readonly held: readonly Held[];
  readonly frozen: readonly Frozen[];
  readonly conflicts: readonly Conflict[];
  readonly bits: readonly BitReach[];
}

const foundAt = (combination: number): Found => ({ combination, changes: changesOf(combinationAt(combination)) });

/** Distance of every value from the printed ratio, |ln(ours / published)|. */
function distances({ ratios, values }: SearchTable): Float64Array {
  return values.map((value, i) => Math.abs(Math.log(value / ratios[i % ratios.length]!.published)));
}

/** The largest distance of each combination over some ratios. */
function largestOf(distance: Float64Array, count: number, of: readonly number[]): Float64Array {
  return Float64Array.from({ length: COMBINATIONS }, (_, c) => Math.max(...of.map((r) => distance[c * count + r]!)));
}

/** The smallest of `errors` among combinations that keep, and where; of equals the first. */
function leastOf(errors: Float64Array, keeps: (c: number) => boolean = () => true): { error: number; at: number } {
  let [error, at] = [Number.POSITIVE_INFINITY, -1];
  for (let c = 0; c < errors.length; c++) if (errors[c]! < error && keeps(c)) [error, at] = [errors[c]!, c];
  return { error, at };
}

function reachOf(table: SearchTable, distance: Float64Array, r: number): Reach {
  const { ratios, values } = table;
  const count = ratios.length;
  let [lowest, highest, near, nearest] = [Number.POSITIVE_INFINITY, 0, 0, 0];
  const changed = (c: number) => CHOICE_NAMES.filter((name) => digitOf(name, c) > 0).length;
  for (let c = 0; c < COMBINATIONS; c++) {
    const value = values[c * count + r]!;
    const [own, best] = [distance[c * count + r]!, distance[nearest * count + r]!];
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
    if (own <= Math.log(NEAR_FACTOR)) near++;
    // What does not depend on a choice differs by rounding.
    const equal = Math.abs(own - best) < 1e-12;
    if (equal ? changed(c) < changed(nearest) : own < best) nearest = c;
  }
  return {
    ...ratios[r]!,
    taken: values[r]!,
    lowest,
    highest,
    nearest: values[nearest * count + r]!,
    near: near / COMBINATIONS,
    ...foundAt(nearest),
  };
}

/** Smallest and largest of what is added. */
function interval() {
  let [lowest, highest] = [Number.POSITIVE_INFINITY, 0];
  return {
    add(value: number): void {
      lowest = Math.min(lowest, value);
      highest = Math.max(highest, value);
    },
    ends: (): Interval => [lowest, highest],
  };
}

function bitReach(table: SearchTable, rule: BitRule, energies: Float64Array): BitReach {
  const { ratios, values } = table;
  const count = ratios.length;
  const rules = SEARCH_CHOICES.averaging.values.map((_, a) => a);
  const here = (c: number) => digitOf('bits', c) === BIT_RULES.indexOf(rule);
  const scaleFree = ratios.flatMap(({ id, title, quantity, published }, r) => {
    if (quantity !== 'fpsPerWatt') return [];
    const other = ratios.findIndex((ratio) => ratio.id === id && ratio.quantity === 'energyPerBit');
    const [same, mixed] = [interval(), interval()];
    for (let c = 0; c < COMBINATIONS; c++) {
      if (!here(c)) continue;
      const energy = values[c * count + other]!;
      same.add(energy / values[c * count + r]!);
      for (const a of rules) mixed.add(energy / values[withDigit('averaging', a, c) * count + r]!);
    }
    return [{ title, published: ratios[other]!.published / published, same: same.ends(), mixed: mixed.ends() }];
  });
  return { rule, factor: Math.exp(leastOf(energies, here).error), scaleFree };
}

/** The best factor while choices are held at what this project takes, always the one next that costs least. */
function freezeOneByOne(errors: Float64Array): Frozen[] {
  const frozen: Frozen[] = [];
  const open = new Set(CHOICE_NAMES);
  let left = Array.from({ length: COMBINATIONS }, (_, c) => c);
  while (open.size > 0) {
    const tried = [...open].map((choice) => {
      const rest = left.filter((c) => digitOf(choice, c) === 0);
      return { choice, rest, error: rest.reduce((least, c) => Math.min(least, errors[c]!), Number.POSITIVE_INFINITY) };
    });
    const next = tried.reduce((best, one) => (one.error < best.error ? one : best));
    open.delete(next.choice);
    left = next.rest;
    frozen.push({ choice: next.choice, combinations: left.length, factor: Math.exp(next.error) });
  }
  return frozen;
}

/** The pairs of ratios that exclude each other most. */
function conflictsOf({ ratios }: SearchTable, distance: Float64Array): Conflict[] {
  const pairs = ratios.flatMap((_, a) => ratios.slice(a + 1).map((__, b) => [a, a + 1 + b] as const));
  return pairs
    .map(([a, b]): Conflict => {
      const { error } = leastOf(largestOf(distance, ratios.length, [a, b]));
      return { pair: [ratios[a]!, ratios[b]!], factor: Math.exp(error) };
    })
    .sort((one, other) => other.factor - one.factor);
}

/** @param table of `searchCombinations` */
export function analyseSearch(table: SearchTable): SearchAnalysis {
  const { ratios, values } = table;
  const distance = distances(table);
  const indices = ratios.map((_, r) => r);
  const of = (quantity: Quantity) => indices.filter((r) => ratios[r]!.quantity === quantity);
  const errors = largestOf(distance, ratios.length, indices);
  const energies = largestOf(distance, ratios.length, of('energyPerBit'));
  const best = (among: Float64Array): Together => {
    const { error, at } = leastOf(among);
    const own = Array.from(values.slice(at * ratios.length, (at + 1) * ratios.length));
    return { factor: Math.exp(error), values: own, ...foundAt(at) };
  };
  return {
    reaches: indices.map((r) => reachOf(table, distance, r)),
    together: {
      all: best(errors),
      fpsPerWatt: best(largestOf(distance, ratios.length, of('fpsPerWatt'))),
      energyPerBit: best(energies),
    },
    held: CHOICE_NAMES.flatMap((choice) =>
      SEARCH_CHOICES[choice].values.map(({ label }, index): Held => {
        const { error } = leastOf(errors, (c) => digitOf(choice, c) === index);
        return { choice, label, factor: Math.exp(error) };
      }),
    ),
    frozen: freezeOneByOne(errors),
    conflicts: conflictsOf(table, distance),
    bits: BIT_RULES.map((rule) => bitReach(table, rule, energies)),
  };
}
