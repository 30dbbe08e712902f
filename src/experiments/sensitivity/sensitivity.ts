/**
 * How much of each layer can go: accuracy over sparsity and over the number of clusters, for each layer alone, without
 * training on (as Li et al., ICLR 2017, and Han et al., NeurIPS 2015, choose pruning ratios), and targets for all layers
 * that are measured together.
 */
import { mean } from '../../base/statistics/moments.js';
import type { EnergyTable } from '../../cost/energyTable.js';
import { weightStatistics } from '../../cost/layerStatistics.js';
import { type CostStudy, costStudy } from '../../cost/study.js';
import type { Dataset } from '../../datasets/types.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { MAXIMUM_CLUSTERS } from '../../networks/compression/expand.js';
import { sparsityOf } from '../../networks/compression/prune.js';
import { isMacLayer, type MacLayer, type Network } from '../../networks/types.js';
import { crossedChange, crossedInterval95, crossedMeans } from '../result/crossed.js';
import type { PairedDifference } from '../result/paired.js';
import type { DatasetFacts } from '../result/types.js';
import { datasetFacts } from '../run/datasetFacts.js';
import { type CurvePoint, hardestWithin } from './curves.js';
import { type Evaluator, type Hits, withWeights } from './evaluator.js';
import { type ProposalStep, searchTargets } from './proposal.js';
import { type TargetFlags, targetFlags } from './targetFlags.js';
import { type Targets, targetWeights, type Variant, variantWeights } from './variants.js';

/** Weights of variants that are held at a time. */
const MAXIMUM_BYTES = 2 ** 28;

export interface Measured {
  readonly accuracy: number;
  readonly interval95: readonly [number, number];
}

/** Beside the reference, on the same images and chips. */
export interface Compared extends Measured {
  readonly reference: Measured;
  readonly change: PairedDifference;
}

export interface LayerSensitivity {
  readonly name: string;
  readonly kind: MacLayer['kind'];
  /** [kernel rows, kernel columns, input channels / groups, filters] or [inputs, filters]. */
  readonly weightShape: readonly number[];
  readonly weights: number;
  /** Share of zeros as the network is. */
  readonly sparsity: number;
  /** Distinct non-zero weights as the network is; null where there are more than 255. */
  readonly distinctWeights: number | null;
  readonly macs: number;
  /** Share of all layers' multiply-accumulates, and of their expected energy. */
  readonly macShare: number;
  readonly energyShare: number;
  /** From the mildest value to the hardest. */
  readonly sparsityCurve: readonly CurvePoint[];
  readonly clusterCurve: readonly CurvePoint[];
  /** What the layer bears alone within the loss: null where not even the mildest value. */
  readonly alone: Targets;
}

/** Expected cost of one image. */
export interface ExpectedCost {
  readonly energy_J: number;
  readonly latency_s: number;
}

export interface Proposal {
  /** Accuracy that may be lost, a share. */
  readonly loss: number;
  /** Every network that was measured on the scanned images. */
  readonly steps: readonly (Omit<ProposalStep<never>, 'measured'> & { readonly change: PairedDifference })[];
  /** Null where nothing that was measured kept within the loss. */
  readonly found: {
    readonly targets: Readonly<Record<string, Targets>>;
    readonly flags: TargetFlags;
    /** On the images that it was chosen on. */
    readonly chosen: Compared;
    /** On images that had no part in choosing; null where there are none. */
    readonly confirmed: Compared | null;
    /** Share of zeros among all weights, before and after. */
    readonly sparsity: readonly [before: number, after: number];
    readonly cost: readonly [before: ExpectedCost, after: ExpectedCost];
  } | null;
}

export interface Sensitivity {
  /** The images of the curves, and those of the confirmation. */
  readonly dataset: DatasetFacts;
  readonly confirmation: DatasetFacts | null;
  readonly emulated: boolean;
  readonly chipSeeds: readonly number[];
  readonly reference: Measured;
  readonly layers: readonly LayerSensitivity[];
  readonly proposal: Proposal;
}

export interface SensitivityOptions {
  readonly network: Network;
  readonly evaluator: Evaluator;
  readonly emulated: boolean;
  readonly dataset: Dataset;
  readonly confirmation: Dataset | null;
  /** Names of the layers to scan. */
  readonly layers: ReadonlySet<string>;
  /** In [0, 1), ascending. */
  readonly sparsities: readonly number[];
  /** From 1 to 255, descending. */
  readonly clusters: readonly number[];
  readonly loss: number;
  /** What the shares and costs are of. */
  readonly hardware: HardwareDescription;
  readonly energyTable: EnergyTable | null;
  readonly onStage?: ((stage: string) => void) | undefined;
  /** Called with images that need no run, for their variant changes nothing. */
  readonly onSkipped?: ((images: number) => void) | undefined;
}

/** Images that the curves and the reference take, of all chips. */
export function scanLength(
  { layers, sparsities, clusters }: Pick<SensitivityOptions, 'layers' | 'sparsities' | 'clusters'>,
  images: number,
  chips: number,
): number {
  return (1 + layers.size * (sparsities.length + clusters.length)) * images * chips;
}

function distinctWeights(weight: Float32Array): number | null {
  const values = new Set<number>();
  for (const w of weight) {
    if (w !== 0) values.add(w);
    if (values.size > MAXIMUM_CLUSTERS) return null;
  }
  return values.size;
}

function measuredOf(chipSeeds: readonly number[], hits: Hits): Measured {
  return { accuracy: mean(hits.map(mean)), interval95: crossedInterval95(crossedMeans(chipSeeds, hits)) };
}

function comparedOf(chipSeeds: readonly number[], before: Hits, after: Hits): Compared {
  return {
    ...measuredOf(chipSeeds, after),
    reference: measuredOf(chipSeeds, before),
    change: crossedChange(chipSeeds, before, after),
  };
}

/** Both curves of one layer; values that leave its weights as they are need no run. */
async function scanLayer(
  { evaluator, dataset, sparsities, clusters, onSkipped }: SensitivityOptions,
  layer: MacLayer,
  reference: Hits,
): Promise<Pick<LayerSensitivity, 'sparsityCurve' | 'clusterCurve'>> {
  const variants: Variant[] = [
    ...sparsities.map((value) => ({ kind: 'sparsity', value }) as const),
    ...clusters.map((value) => ({ kind: 'clusters', value }) as const),
  ];
  const atOnce = Math.max(1, Math.floor(MAXIMUM_BYTES / layer.weight.byteLength));
  const { chipSeeds } = evaluator;
  const points: CurvePoint[] = [];
  for (let first = 0; first < variants.length; first += atOnce) {
    const weights = variants.slice(first, first + atOnce).map((variant) => variantWeights(layer, variant));
    const isSame = weights.map((weight) => weight.every((w, i) => w === layer.weight[i]));
    const changed = weights.filter((_, v) => !isSame[v]).map((weight) => new Map([[layer.name, weight]]));
    const runs = await evaluator.hits(changed, dataset);
    onSkipped?.(isSame.filter(Boolean).length * dataset.count * chipSeeds.length);
    let at = 0;
    for (const [v, same] of isSame.entries()) {
      const hits = same ? reference : runs[at++]!;
      const { accuracy, interval95, change } = comparedOf(chipSeeds, reference, hits);
      points.push({ value: variants[first + v]!.value, accuracy, interval95, change, same });
    }
  }
  return { sparsityCurve: points.slice(0, sparsities.length), clusterCurve: points.slice(sparsities.length) };
}

function studyOf({ hardware, energyTable }: SensitivityOptions, network: Network): CostStudy {
  const statistics = weightStatistics(network, hardware);
  return costStudy(statistics, hardware, { sparsitySource: 'of the weights', table: energyTable });
}

function expectedCost({ hardware, costs }: CostStudy): ExpectedCost {
  const { energy_J, latency_s } = costs[hardware.cost.converterAccounting];
  return { energy_J, latency_s };
}

function zerosOf(network: Network): number {
  const layers = network.layers.filter(isMacLayer);
  const zeros = layers.reduce((sum, { weight }) => sum + sparsityOf(weight) * weight.length, 0);
  return zeros / layers.reduce((sum, { weight }) => sum + weight.length, 0);
}

async function propose(
  options: SensitivityOptions,
  layers: readonly LayerSensitivity[],
  reference: Hits,
  study: CostStudy,
): Promise<Proposal> {
  const { network, evaluator, dataset, confirmation, loss, onStage } = options;
  const { chipSeeds } = evaluator;
  const search = await searchTargets({
    curves: [...layers].sort((a, b) => b.energyShare - a.energyShare),
    loss,
    measure: async (targets) => {
      onStage?.('measuring all layers together');
      const [hits] = await evaluator.hits([targetWeights(network, targets)], dataset);
      return comparedOf(chipSeeds, reference, hits!);
    },
    lost: ({ change }) => -change.difference,
  });
  const steps = search.steps.map(({ measured, ...step }) => ({ ...step, change: measured.change }));
  if (!search.best) return { loss, steps, found: null };
  const { targets, measured } = search.best;
  const weights = targetWeights(network, targets);
  const compressed = withWeights(network, weights);
  let confirmed: Compared | null = null;
  if (confirmation) {
    onStage?.('confirming on other images');
    const [before, after] = await evaluator.hits([new Map(), weights], confirmation);
    confirmed = comparedOf(chipSeeds, before!, after!);
  }
  return {
    loss,
    steps,
    found: {
      targets: Object.fromEntries(targets),
      flags: targetFlags(network, targets, options),
      chosen: measured,
      confirmed,
      sparsity: [zerosOf(network), zerosOf(compressed)],
      cost: [expectedCost(study), expectedCost(studyOf(options, compressed))],
    },
  };
}

/**
 * Scans the layers and proposes targets.
 * @throws NetworkError, CompileError of the networks that are run
 */
export async function sensitivity(options: SensitivityOptions): Promise<Sensitivity> {
  const { network, evaluator, dataset, confirmation, emulated, loss, onStage } = options;
  const { chipSeeds } = evaluator;
  const study = studyOf(options, network);
  const costs = study.costs[study.hardware.cost.converterAccounting];
  const [allMacs, all_J] = [study.layers, costs.layers].map((layers) =>
    layers.reduce((sum, layer) => sum + ('macs' in layer ? layer.macs : layer.energy_J), 0),
  ) as [number, number];
  onStage?.('running the network as it is');
  const [reference] = (await evaluator.hits([new Map()], dataset)) as [Hits];
  const layers: LayerSensitivity[] = [];
  for (const layer of network.layers) {
    if (!isMacLayer(layer) || !options.layers.has(layer.name)) continue;
    const { name, kind, weightShape, weight } = layer;
    const curves = await scanLayer(options, layer, reference);
    const { macs } = study.layers.find((studied) => studied.name === name)!;
    const { energy_J } = costs.layers.find((costed) => costed.name === name)!;
    layers.push({
      name,
      kind,
      weightShape,
      weights: weight.length,
      sparsity: sparsityOf(weight),
      distinctWeights: distinctWeights(weight),
      macs,
      macShare: macs / allMacs,
      energyShare: energy_J / all_J,
      ...curves,
      alone: {
        sparsity: curves.sparsityCurve[hardestWithin(curves.sparsityCurve, loss)]?.value ?? null,
        clusters: curves.clusterCurve[hardestWithin(curves.clusterCurve, loss)]?.value ?? null,
      },
    });
  }
  return {
    dataset: datasetFacts(dataset),
    confirmation: confirmation && datasetFacts(confirmation),
    emulated,
    chipSeeds: emulated ? chipSeeds : [],
    reference: measuredOf(chipSeeds, reference),
    layers,
    proposal: await propose(options, layers, reference, study),
  };
}
