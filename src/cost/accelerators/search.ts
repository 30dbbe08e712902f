/**
 * All combinations of the choices that the papers leave open, and how near they come to the ten ratios that SONIC's paper
 * prints. Every combination is computed; nothing is fitted. What depends on few choices is computed once for all that agree
 * in them, so that tens of thousands of combinations take seconds.
 */

import { mergeDescription } from '../../hardware/descriptionPaths.js';
import { parseHardware } from '../../hardware/parseHardware.js';
import { PUBLISHED_NETWORKS } from '../../networks/zoo/publishedNetworks.js';
import { averageRatio, defined, evaluateAll, publishedRatios, publishedWorkloads } from './comparison.js';
import { COMPARATORS, sonic } from './index.js';
import { type ChoiceName, COMBINATIONS, type Combination, combinationAt, SEARCH_CHOICES } from './searchChoices.js';
import type { AcceleratorReport, AnyAccelerator, BitRule, Setting } from './types.js';
import type { Workload } from './workload.js';

export type Quantity = 'fpsPerWatt' | 'energyPerBit';

/** A ratio that the paper prints: SONIC against `title`. */
export interface SearchedRatio {
  readonly id: string;
  readonly title: string;
  readonly quantity: Quantity;
  readonly published: number;
}

/** All ratios of all combinations. */
export interface SearchTable {
  readonly ratios: readonly SearchedRatio[];
  readonly combinations: number;
  /** Ours, ratio number r of combination number c at c * ratios.length + r. */
  readonly values: Float64Array;
  readonly elapsed_s: number;
}

/** Designs whose ratios are printed. */
const SEARCHED: readonly AnyAccelerator[] = COMPARATORS.filter(({ id }) => publishedRatios(id) !== null);

/** The printed ratios, those of FPS/W first. */
export const SEARCHED_RATIOS: readonly SearchedRatio[] = (['fpsPerWatt', 'energyPerBit'] as const).flatMap((quantity) =>
  SEARCHED.map(({ id, title }) => ({ id, title, quantity, published: publishedRatios(id)![quantity] })),
);

type Value<N extends ChoiceName> = (typeof SEARCH_CHOICES)[N]['values'][number]['value'];

const valueIn = <N extends ChoiceName>(name: N, combination: Combination): Value<N> =>
  SEARCH_CHOICES[name].values[combination[name]]!.value as Value<N>;

/** `of` a combination, computed once for all that agree in these choices. */
function cached<T>(names: readonly ChoiceName[], of: (combination: Combination) => T): (at: Combination) => T {
  const known = new Map<number, T>();
  return (combination) => {
    const key = names.reduce((sum, name) => sum * SEARCH_CHOICES[name].values.length + combination[name], 0);
    const found = known.get(key) ?? of(combination);
    known.set(key, found);
    return found;
  };
}

/** Which choices SONIC's reports depend on, and those of each design. */
const SONIC_CHOICES = ['accounting', 'sampling', 'loading', 'layers', 'chunking', 'idle'] as const;
const SHARED_CHOICES = ['accounting', 'devices'] as const;
const OWN_CHOICES: Readonly<Record<string, readonly ChoiceName[]>> = {
  nullhop: ['nullHop'],
  lightbulb: ['sizes', 'lightBulb'],
  holylight: ['sizes'],
};

function parametersOf(id: string, design: AnyAccelerator, combination: Combination): object {
  const build = id === 'nullhop' ? valueIn('nullHop', combination) : null;
  return {
    ...(build === null ? {} : design.variants[build]),
    ...(id === 'lightbulb' ? valueIn('lightBulb', combination) : {}),
    ...(id === 'lightbulb' || id === 'holylight' ? valueIn('sizes', combination) : {}),
  };
}

/** FPS/W and energies per bit of the four networks. */
interface Figures {
  readonly fpsPerWatt: readonly number[];
  readonly energyPerBit: Readonly<Record<BitRule, readonly number[]>>;
}

function figuresOf(reports: readonly AcceleratorReport[]): Figures {
  const perBit = (rule: BitRule) =>
    defined(
      reports.map(({ energyPerBit_J }) => energyPerBit_J[rule]),
      `energy per bit (${rule})`,
    );
  return {
    fpsPerWatt: defined(
      reports.map(({ framesPerSecondPerWatt }) => framesPerSecondPerWatt),
      'FPS/W',
    ),
    energyPerBit: { denseMac: perBit('denseMac'), parameter: perBit('parameter'), processed: perBit('processed') },
  };
}

/** The setting of a combination; what SONIC overrides is its own. */
function settingOf(base: Setting, combination: Combination): Setting {
  const converterAccounting = valueIn('accounting', combination);
  const hardware = parseHardware(mergeDescription(base.hardware, { cost: { converterAccounting } }), 'the search');
  return { ...base, hardware, devices: valueIn('devices', combination) };
}

/** One report a network, computed once for each workload: the fit of MNIST changes only the first. */
function byNetwork(
  names: readonly ChoiceName[],
  of: (workload: Workload, combination: Combination) => AcceleratorReport,
) {
  const workloads = cached(['activity'], (combination) => {
    const activationSparsity = valueIn('activity', combination);
    const named = (networks: readonly string[]) => publishedWorkloads({ activationSparsity, networks });
    const fits = SEARCH_CHOICES.network.values.map(({ value }) => value);
    return { fits: named(fits), rest: named(Object.keys(PUBLISHED_NETWORKS).filter((name) => name !== 'mnist')) };
  });
  const mnist = cached(['activity', 'network', ...names], (combination) =>
    of(workloads(combination).fits[combination.network]!, combination),
  );
  const rest = cached(['activity', ...names], (combination) =>
    workloads(combination).rest.map((workload) => of(workload, combination)),
  );
  return cached(['activity', 'network', ...names], (combination) =>
    figuresOf([mnist(combination), ...rest(combination)]),
  );
}

/** Every combination's ratios. @throws SonicError for hardware that an override makes invalid, or where a ratio is not defined */
export function searchCombinations(base: Setting): SearchTable {
  const started = performance.now();
  const ours = byNetwork(SONIC_CHOICES, (workload, combination) => {
    const changes = (['sampling', 'loading', 'layers', 'chunking'] as const).map((name) => valueIn(name, combination));
    const overrides = changes.reduce<unknown>(mergeDescription, {});
    const parameters = { overrides, alwaysOn: valueIn('idle', combination) };
    return evaluateAll(sonic, [workload], settingOf(base, combination), parameters)[0]!;
  });
  const theirs = SEARCHED.map((design) =>
    byNetwork(
      [...SHARED_CHOICES, ...(OWN_CHOICES[design.id] ?? [])],
      (workload, combination) =>
        evaluateAll(design, [workload], settingOf(base, combination), parametersOf(design.id, design, combination))[0]!,
    ),
  );
  const values = new Float64Array(COMBINATIONS * SEARCHED_RATIOS.length);
  for (let c = 0; c < COMBINATIONS; c++) {
    const combination = combinationAt(c);
    const averaging = valueIn('averaging', combination);
    const bits = valueIn('bits', combination);
    const own = ours(combination);
    SEARCHED.forEach((_, d) => {
      const other = theirs[d]!(combination);
      const at = c * SEARCHED_RATIOS.length + d;
      values[at] = averageRatio(own.fpsPerWatt, other.fpsPerWatt, averaging);
      values[at + SEARCHED.length] = averageRatio(other.energyPerBit[bits], own.energyPerBit[bits], averaging);
    });
  }
  const elapsed_s = (performance.now() - started) / 1000;
  return { ratios: SEARCHED_RATIOS, combinations: COMBINATIONS, values, elapsed_s };
}
