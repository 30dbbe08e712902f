/** SONIC beside every comparator on the four published networks, and the ratios that the paper prints. */

import { SonicError } from '../../base/errors.js';
import { geometricMean, mean } from '../../base/statistics/moments.js';
import { isMacLayer } from '../../networks/types.js';
import { PUBLISHED_NETWORKS, publishedSparsity, RECONSTRUCTIONS } from '../../networks/zoo/publishedNetworks.js';
import { COMPARATORS, sonic } from './index.js';
import { publishedValue } from './publishedNumbers.js';
import { published as sonicPublished } from './sonic/model.js';
import { type AcceleratorReport, type AnyAccelerator, BIT_RULES, type BitRule, type Setting } from './types.js';
import { type Workload, workloadOf } from './workload.js';

/**
 * How four networks become one ratio: mean over mean, mean of the networks' ratios, geometric mean. The paper says only
 * "on average"; with one denominator for all designs, only the first can give a scale-free ratio R other than 1.
 */
export const AVERAGINGS = ['ratioOfMeans', 'meanOfRatios', 'geometric'] as const;
export type Averaging = (typeof AVERAGINGS)[number];

/** How many times larger `above` is than `below`, over the networks. */
export function averageRatio(above: readonly number[], below: readonly number[], averaging: Averaging): number {
  const ratios = above.map((value, i) => value / below[i]!);
  switch (averaging) {
    case 'ratioOfMeans':
      return mean(above) / mean(below);
    case 'meanOfRatios':
      return mean(ratios);
    case 'geometric':
      return geometricMean(ratios);
    default:
      return averaging satisfies never;
  }
}

export interface WorkloadChoices {
  /** Share of zero activations, those of the image aside. */
  readonly activationSparsity?: number;
  /** Which layers have table 3's sparsity: the largest ones, as many as it says, or all. */
  readonly pruned?: 'largest' | 'all';
  readonly networks?: readonly string[];
}

/** The published networks with table 3's sparsities. */
export function publishedWorkloads({
  activationSparsity,
  pruned = 'largest',
  networks,
}: WorkloadChoices = {}): Workload[] {
  const names = networks ?? Object.keys(PUBLISHED_NETWORKS);
  return names.map((name) => {
    const entry = RECONSTRUCTIONS[name]!;
    const network = entry.structure();
    const weightSparsity =
      pruned === 'largest'
        ? publishedSparsity(entry, network)
        : Object.fromEntries(network.layers.filter(isMacLayer).map((layer) => [layer.name, entry.sparsity]));
    const workload = workloadOf(network, {
      weightSparsity,
      ...(activationSparsity === undefined ? {} : { activationSparsity }),
    });
    return { ...workload, name: entry.title };
  });
}

/** One design on every network, in the networks' order. */
export interface DesignResult {
  readonly id: string;
  readonly title: string;
  /** Name of the variant; null for the default. */
  readonly variant: string | null;
  readonly reports: readonly AcceleratorReport[];
}

/** SONIC against one design. */
export interface Ratios {
  readonly fpsPerWatt: number;
  readonly energyPerBit: Readonly<Record<BitRule, number>>;
  /** energyPerBit / fpsPerWatt: does not depend on any factor in power or speed. */
  readonly scaleFree: Readonly<Record<BitRule, number>>;
}

export interface PublishedRatios {
  readonly fpsPerWatt: number;
  readonly energyPerBit: number;
  readonly scaleFree: number;
}

export interface ComparedDesign extends DesignResult {
  readonly ratios: Ratios;
  /** Null where the paper prints none, and for variants. */
  readonly published: PublishedRatios | null;
}

export interface Comparison {
  readonly setting: Setting;
  readonly averaging: Averaging;
  readonly networks: readonly string[];
  readonly sonic: DesignResult;
  readonly designs: readonly ComparedDesign[];
}

/** A design's reports on every workload. */
export function evaluateAll(
  design: AnyAccelerator,
  workloads: readonly Workload[],
  setting: Setting,
  parameters: object = {},
): AcceleratorReport[] {
  return workloads.map((workload) => design.evaluate(workload, { ...design.defaults, ...parameters }, setting));
}

/** Values of all networks. @throws SonicError where one is not defined: a design that takes neither time nor energy has no ratio. */
export function defined(values: readonly (number | null)[], what: string): number[] {
  return values.map((value) => {
    if (value !== null) return value;
    throw new SonicError(
      `${what} is not defined: a design takes no time or no energy for an image; compare networks and hardware that have work and power`,
    );
  });
}

/** @throws SonicError where a ratio is not defined. */
export function ratiosOf(
  ours: readonly AcceleratorReport[],
  theirs: readonly AcceleratorReport[],
  averaging: Averaging,
): Ratios {
  const efficiency = (reports: readonly AcceleratorReport[]) =>
    defined(
      reports.map((r) => r.framesPerSecondPerWatt),
      'FPS/W',
    );
  const fpsPerWatt = averageRatio(efficiency(ours), efficiency(theirs), averaging);
  const byRule = (value: (rule: BitRule) => number) =>
    Object.fromEntries(BIT_RULES.map((rule) => [rule, value(rule)])) as Record<BitRule, number>;
  const energyPerBit = byRule((rule) => {
    const perBit = (reports: readonly AcceleratorReport[]) =>
      defined(
        reports.map((r) => r.energyPerBit_J[rule]),
        `energy per bit (${rule})`,
      );
    return averageRatio(perBit(theirs), perBit(ours), averaging);
  });
  return { fpsPerWatt, energyPerBit, scaleFree: byRule((rule) => energyPerBit[rule] / fpsPerWatt) };
}

/** What the paper prints for a design, or null. */
export function publishedRatios(id: string): PublishedRatios | null {
  const name = `${id[0]!.toUpperCase()}${id.slice(1)}`;
  if (!(`fpsPerWattOver${name}` in sonicPublished.numbers)) return null;
  const fpsPerWatt = publishedValue(sonicPublished, `fpsPerWattOver${name}`);
  const energyPerBit = publishedValue(sonicPublished, `epbUnder${name}`);
  return { fpsPerWatt, energyPerBit, scaleFree: energyPerBit / fpsPerWatt };
}

/**
 * SONIC and every comparator with its variants, on the given workloads.
 * @param areOfPaper whether the workloads are the paper's networks, beside which its ratios stand.
 */
export function compareDesigns(
  setting: Setting,
  averaging: Averaging = 'ratioOfMeans',
  workloads: readonly Workload[] = publishedWorkloads(),
  areOfPaper = true,
): Comparison {
  const ours = evaluateAll(sonic, workloads, setting);
  const designs = COMPARATORS.flatMap((design) =>
    [null, ...Object.keys(design.variants)].map((variant): ComparedDesign => {
      const reports = evaluateAll(design, workloads, setting, variant === null ? {} : design.variants[variant]);
      return {
        id: design.id,
        title: design.title,
        variant,
        reports,
        ratios: ratiosOf(ours, reports, averaging),
        published: variant === null && areOfPaper ? publishedRatios(design.id) : null,
      };
    }),
  );
  return {
    setting,
    averaging,
    networks: workloads.map(({ name }) => name),
    sonic: { id: sonic.id, title: sonic.title, variant: null, reports: ours },
    designs,
  };
}
