/**
 * Activity without images (section 3 of the cost contract). With weights, CONV rows are exact; the number of FC rows
 * follows from mean and deviation of the number of non-zero activations, taken as normal. From sparsities alone the
 * expected number of rows is used. Of what no image tells, this is assumed:
 * - activations are 0 with probability 0.5, those of the image never, each by itself (unless mean and deviation are given),
 *   and independently of the weights they meet;
 * - of a two-pass layer's non-zero activations half are in each pass;
 * - non-zero activations, and weights where only their sparsity is known, are uniform in (0, 1]: this decides which rings
 *   need the thermo-optic tuner and what tuning must hold, nothing else;
 * - detunings are those of the imprint, not solved against spectral crosstalk; nothing clips; VCSELs are gated at 0 only
 *   where activations are streamed.
 */

import { mean } from '../base/statistics/moments.js';
import type { Activity, LayerActivity, Schedule } from '../emulation/program/activity.js';
import { railsOf } from '../hardware/derived.js';
import type { HardwareDescription } from '../hardware/description.js';
import { type ChipTrims, chipTrims } from '../hardware/optics/chipTrims.js';
import { convTransmission, detuning_nm, fcTransmission, type Ring, ringConstants } from '../hardware/optics/ring.js';
import { thermoOpticShift_nm } from '../hardware/optics/variation.js';
import type { Network } from '../networks/types.js';
import { type CostInputs, gainDetuning_nm } from './costInputs.js';
import { type CostReport, costReport } from './costReport.js';
import type { EnergyTable } from './energyTable.js';
import { chunkDistribution, expectedChunks } from './expectation.js';
import {
  checkedShares,
  type HeldLists,
  type LayerStatistics,
  type NetworkStatistics,
  weightStatistics,
} from './layerStatistics.js';

/** What is known of a layer's input. */
interface ActivationStatistics {
  /** Share of zero codes, mean over images. */
  readonly sparsity: number;
  /** Standard deviation over images of the number of codes that are not 0; default: that of independent elements. */
  readonly deviation?: number;
}

/** By MAC layer; layers that are absent have 0.5, those that read the image 0. */
export type ActivationsByLayer = Readonly<Record<string, ActivationStatistics>>;

/** Share of zero activations where nothing is known. */
const DEFAULT_ACTIVATION_SPARSITY = 0.5;

/** Values v = index / LEVELS in [0, 1] and what tuning must hold for them: near enough for sums over many rings. */
const LEVELS = 1024;

interface Tuning {
  /** Electro- and thermo-optic shift at v = index / LEVELS, in nm. */
  readonly eo_nm: Float64Array;
  readonly to_nm: Float64Array;
}

function tuningTable(hardware: HardwareDescription, own: (v: number) => number, ring: Ring): Tuning {
  const delta_nm = Float64Array.from({ length: LEVELS + 1 }, (_, i) => detuning_nm(ring, own(i / LEVELS)));
  const to_nm = delta_nm.map((delta) => thermoOpticShift_nm(hardware, delta));
  return { to_nm, eo_nm: delta_nm.map((delta, i) => delta - to_nm[i]!) };
}

/** Means over v uniform in (0, 1], and the share of such v that needs the thermo-optic tuner. */
function uniformMeans({ eo_nm, to_nm }: Tuning): { eo_nm: number; to_nm: number; slow: number } {
  const above0 = (values: Float64Array) => mean(values.subarray(1));
  return { eo_nm: above0(eo_nm), to_nm: above0(to_nm), slow: above0(to_nm.map((shift) => (shift > 0 ? 1 : 0))) };
}

type Held = Omit<Schedule, 'images'>;
type ConvUnits = HardwareDescription['vdu']['conv'];

/** Rows of a convolution with known weights. */
function exactRows(held: HeldLists, size: number, units: number, { eo_nm, to_nm }: Tuning): Held {
  const slowRowsByUnit = new Array<number>(units).fill(0);
  const eoShift_nm: [number, number] = [0, 0];
  const toShift_nm: [number, number] = [0, 0];
  let rows = 0;
  for (let f = 0; f + 1 < held.start.length; f++) {
    for (let first = held.start[f]!; first < held.start[f + 1]!; first += size, rows++) {
      let [eo, to] = [0, 0];
      for (let entry = first; entry < Math.min(first + size, held.start[f + 1]!); entry++) {
        const level = Math.round(held.magnitude[entry]! * LEVELS);
        eo += eo_nm[level]!;
        to += to_nm[level]!;
      }
      const speed = to > 0 ? 1 : 0;
      slowRowsByUnit[rows % units]! += speed;
      eoShift_nm[speed] += eo;
      toShift_nm[speed] += to;
    }
  }
  return { rows, slowRowsByUnit: slowRowsByUnit.some((n) => n > 0) ? slowRowsByUnit : [], eoShift_nm, toShift_nm };
}

/**
 * `rows` rows that hold `entries` values uniform in (0, 1]; slow rows are spread evenly over the units.
 * @param rings per entry: 1 (CONV, the sign's rail) or as many as there are rails (FC, all buses).
 */
function expectedRows(rows: number, entries: number, rings: 1 | 2, units: number, tuning: Tuning): Held {
  const mean = uniformMeans(tuning);
  const slowShare = rows > 0 ? 1 - (1 - mean.slow) ** (entries / rows) : 0;
  const [least, more] = [Math.floor(rows / units), rows % units];
  const split = (shift_nm: number): [number, number] => {
    const total = rings * entries * shift_nm;
    return [total * (1 - slowShare), total * slowShare];
  };
  return {
    rows,
    slowRowsByUnit:
      slowShare > 0 ? Array.from({ length: units }, (_, unit) => slowShare * (least + (unit < more ? 1 : 0))) : [],
    eoShift_nm: split(mean.eo_nm),
    toShift_nm: split(mean.to_nm),
  };
}

/** Counts that are the same for both kinds of layer. */
function activityOf(
  layer: LayerStatistics,
  sparsity: number,
  schedules: Schedule[],
  counts: Pick<LayerActivity, 'litSamples' | 'heldConversions'>,
): LayerActivity {
  const rows = schedules.reduce((sum, schedule) => sum + schedule.rows * schedule.images, 0);
  const gains = layer.kind === 'dense' ? rows * layer.samplesPerRow : rows;
  return {
    name: layer.name,
    kind: layer.kind,
    samplesPerRow: layer.samplesPerRow,
    schedules,
    partialSums: rows * layer.samplesPerRow,
    streamedConversions: counts.litSamples,
    ...counts,
    gainConversions: layer.opticalGain ? gains : 0,
    clippedConversions: 0,
    clippedActivations: 0,
    zeroActivations: sparsity * layer.inputs,
    activations: layer.inputs,
  };
}

/** Rows of a convolution of which only the share of non-zero weights is known: of whole filters, or slice by slice. */
function expectedConvRows(
  { filters, patch, channels, density }: LayerStatistics,
  size: number,
  chunking: ConvUnits['chunking'],
): number {
  // A 1 x 1 kernel is always concatenated.
  const lists = chunking === 'slice' && patch > channels ? channels : 1;
  return Math.round(filters * lists * expectedChunks(patch / lists, density, size));
}

function predictConv(
  layer: LayerStatistics,
  sparsity: number,
  hardware: HardwareDescription,
  tuning: Tuning,
): LayerActivity {
  const { size, units, chunking } = hardware.vdu.conv;
  const exact = layer.held?.[chunking];
  const entries = exact ? exact.magnitude.length : layer.density * layer.patch * layer.filters;
  const held = exact
    ? exactRows(exact, size, units, tuning)
    : expectedRows(expectedConvRows(layer, size, chunking), entries, 1, units, tuning);
  const { passes } = layer;
  const both = ([fast, slow]: readonly [number, number]): [number, number] => [passes * fast, passes * slow];
  const schedule = { ...held, images: passes, eoShift_nm: both(held.eoShift_nm), toShift_nm: both(held.toShift_nm) };
  return activityOf(layer, sparsity, [schedule], {
    litSamples: (1 - sparsity) * layer.streamed,
    heldConversions: passes * entries,
  });
}

function predictDense(
  layer: LayerStatistics,
  { sparsity, deviation }: ActivationStatistics,
  hardware: HardwareDescription,
  tuning: Tuning,
): LayerActivity {
  const { size, units } = hardware.vdu.fc;
  const { inputs, passes } = layer;
  const share = (1 - sparsity) / passes;
  const active = inputs * share;
  const spread = deviation === undefined ? Math.sqrt(active * (1 - share)) : deviation / Math.sqrt(passes);
  const outcomes = layer.density > 0 ? chunkDistribution(active, spread, inputs, size) : [];
  const meanRows = outcomes.reduce((sum, { rows, probability }) => sum + rows * probability, 0);
  const schedules = outcomes.map(({ rows, probability }): Schedule => {
    const entries = meanRows > 0 ? (active * rows) / meanRows : 0;
    const images = passes * probability;
    const held = expectedRows(rows, entries, railsOf(hardware), units, tuning);
    const all = ([fast, slow]: readonly [number, number]): [number, number] => [images * fast, images * slow];
    return { ...held, images, eoShift_nm: all(held.eoShift_nm), toShift_nm: all(held.toShift_nm) };
  });
  const held = outcomes.length > 0 ? passes * active : 0;
  return activityOf(layer, sparsity, schedules, { litSamples: held * layer.streamed, heldConversions: held });
}

/**
 * Expected counts of one image.
 * @param statistics of `weightStatistics` or `sparsityStatistics`.
 * @throws NetworkError for activations of a layer that is not there, or a sparsity outside 0 .. 1.
 */
export function predictActivity(
  statistics: NetworkStatistics,
  hardware: HardwareDescription,
  activations: ActivationsByLayer = {},
): Activity {
  const sparsities = checkedShares(
    statistics.layers.map(({ name }) => name),
    Object.fromEntries(Object.entries(activations).map(([name, { sparsity }]) => [name, sparsity])),
    'activation sparsity',
    Object.fromEntries(
      statistics.layers.map(({ name, readsInput }) => [name, readsInput ? 0 : DEFAULT_ACTIVATION_SPARSITY]),
    ),
  );
  const ring = ringConstants(hardware);
  const conv = tuningTable(
    hardware,
    (v) => (railsOf(hardware) === 2 ? convTransmission(ring, v) : fcTransmission(ring, v)),
    ring,
  );
  const fc = tuningTable(hardware, (v) => fcTransmission(ring, v), ring);
  const layers = statistics.layers.map((layer) => {
    const sparsity = sparsities.get(layer.name)!;
    if (layer.kind === 'conv2d') return predictConv(layer, sparsity, hardware, conv);
    const deviation = Object.hasOwn(activations, layer.name) ? activations[layer.name]!.deviation : undefined;
    return predictDense(layer, { sparsity, ...(deviation === undefined ? {} : { deviation }) }, hardware, fc);
  });
  return { images: 1, layers };
}

/** Mean detuning of the broadband ring over a layer's rows, in nm. */
function meanGainShift_nm({ gain, held }: LayerStatistics, { size, chunking }: ConvUnits, ring: Ring): number {
  const exact = held?.[chunking];
  // Where rows are not known, all filters have as many.
  const rows = new Float64Array(gain.length).fill(exact ? 0 : 1);
  exact?.filter.forEach((f, list) => {
    rows[f]! += Math.ceil((exact.start[list + 1]! - exact.start[list]!) / size);
  });
  let [sum, weights] = [0, 0];
  for (let f = 0; f < gain.length; f++) {
    sum += rows[f]! * gainDetuning_nm(ring, gain[f]!);
    weights += rows[f]!;
  }
  return weights > 0 ? sum / weights : 0;
}

/** Inputs of the cost model that go with predicted activity. @param trims of a chip; null: every ring needs tuning.trimShift_nm. */
export function predictedInputs(
  statistics: NetworkStatistics,
  hardware: HardwareDescription,
  trims: ChipTrims | null = null,
): CostInputs {
  const ring = ringConstants(hardware);
  const layers = statistics.layers.map((layer) => {
    const { name, kind, macs, outputs, readsInput, opticalGain, activationFunctions, pooled } = layer;
    const shift_nm = meanGainShift_nm(layer, hardware.vdu.conv, ring);
    const gainShift_nm = [shift_nm, shift_nm] as const;
    return { name, kind, macs, outputs, readsInput, opticalGain, activationFunctions, pooled, gainShift_nm };
  });
  return { layers, parameters: statistics.parameters, trims };
}

export interface PredictOptions {
  readonly activations?: ActivationsByLayer;
  /** Trims of this chip; absent: every ring needs tuning.trimShift_nm. */
  readonly chipSeed?: number;
  readonly table?: EnergyTable;
}

/** Expected cost of one image. A network with weights is read first; pass its statistics to cost it many times. */
export function predictCost(
  network: Network | NetworkStatistics,
  hardware: HardwareDescription,
  options: PredictOptions = {},
): CostReport {
  const statistics = 'output' in network ? weightStatistics(network, hardware) : network;
  const activity = predictActivity(statistics, hardware, options.activations);
  const trims = options.chipSeed === undefined ? null : chipTrims(hardware, options.chipSeed);
  return costReport(activity, predictedInputs(statistics, hardware, trims), hardware, options.table ?? null);
}
