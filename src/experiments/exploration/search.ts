/** Design-space search: the predicted cost of one or more networks at every point, constraints, and the Pareto set. */

import { DescriptionError, SonicError } from '../../base/errors.js';
import { geometricMean } from '../../base/statistics/moments.js';
import { deviceAreas } from '../../cost/area.js';
import type { EnergyTable } from '../../cost/energyTable.js';
import type { NetworkStatistics } from '../../cost/layerStatistics.js';
import { predictCost } from '../../cost/predict.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { changeDescription } from '../../hardware/descriptionPaths.js';
import { hardwareWarnings } from '../../hardware/hardwareWarnings.js';
import { parseHardware } from '../../hardware/parseHardware.js';
import { paretoFront } from './pareto.js';
import { type Axis, overridesOf, type PointValues } from './space.js';

/** What a point can be judged by. Means over the networks are geometric. */
export const METRICS = {
  fpsPerWatt: { title: 'FPS/W', best: 'most' },
  fps: { title: 'FPS', best: 'most' },
  energyDelay: { title: 'energy-delay product (J s)', best: 'least' },
  latency: { title: 'latency (s)', best: 'least' },
  energy: { title: 'energy an image (J)', best: 'least' },
  power: { title: 'power (W)', best: 'least' },
  area: { title: 'area (mm2)', best: 'least' },
  accuracy: { title: 'emulated accuracy', best: 'most' },
} as const;
export type Metric = keyof typeof METRICS;
/** What is known without emulation. */
export type CostMetric = Exclude<Metric, 'accuracy'>;

/** Limits on a point: `most` or `least` of a metric, on its worst network. */
export interface Constraint {
  readonly metric: Metric;
  readonly limit: 'most' | 'least';
  readonly value: number;
}

export interface ExplorePoint {
  readonly values: PointValues;
  /** Null where it is not defined for one of the networks: FPS and FPS/W of a network without work. */
  readonly metrics: Readonly<Record<CostMetric, number | null>>;
  /** Of the worst network under each metric, which constraints are held against. */
  readonly worst: Readonly<Record<CostMetric, number | null>>;
  /** Null where not emulated. */
  readonly accuracy: number | null;
}

/** A network whose statistics may depend on the description. */
interface ExploredNetwork {
  readonly name: string;
  readonly statistics: (hardware: HardwareDescription) => NetworkStatistics;
}

export interface ExploreOptions {
  readonly networks: readonly ExploredNetwork[];
  readonly hardware: HardwareDescription;
  readonly table?: EnergyTable | null;
  readonly axes: readonly Axis[];
  readonly points: readonly PointValues[];
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Searched {
  readonly points: readonly ExplorePoint[];
  /** Points that are no valid hardware, by reason. */
  readonly invalid: ReadonlyMap<string, number>;
  /** Valid points whose hardware the user should know something of, by warning. */
  readonly warned: ReadonlyMap<string, number>;
  readonly elapsed_s: number;
}

/** The description at a point. */
export function hardwareAt({ hardware, axes }: Pick<ExploreOptions, 'hardware' | 'axes'>, values: PointValues) {
  return parseHardware(changeDescription(hardware, overridesOf(axes, values)), 'point of the search');
}

/** Equal for descriptions that agree in all that a network's statistics depend on. */
export function statisticsKey(hardware: HardwareDescription): string {
  const { name, vdu, grid, tuning, adc, cost, receiver, losses, ...rest } = hardware;
  return JSON.stringify([vdu.signs, rest]);
}

/** Statistics of networks, computed once for all points that agree in what statistics depend on. */
function cachedStatistics({ networks }: ExploreOptions): (hardware: HardwareDescription) => NetworkStatistics[] {
  const known = new Map<string, NetworkStatistics[]>();
  return (hardware) => {
    const key = statisticsKey(hardware);
    const found = known.get(key) ?? networks.map(({ statistics }) => statistics(hardware));
    known.set(key, found);
    return found;
  };
}

/** `of` all values; null where one of them is not defined. */
const ofDefined = (values: readonly (number | null)[], of: (values: readonly number[]) => number): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length < values.length ? null : of(known);
};

/** Cost of all networks at one point. */
function costPoint(
  values: PointValues,
  hardware: HardwareDescription,
  statistics: readonly NetworkStatistics[],
  table: EnergyTable | null,
): ExplorePoint {
  const costs = statistics.map((network) => predictCost(network, hardware, table ? { table } : {}));
  const area = deviceAreas(hardware).reduce((sum, { total_mm2 }) => sum + total_mm2, 0);
  const all: Record<CostMetric, (number | null)[]> = {
    fpsPerWatt: costs.map((c) => c.framesPerSecondPerWatt),
    fps: costs.map((c) => c.framesPerSecond),
    energyDelay: costs.map((c) => c.energy_J * c.latency_s),
    latency: costs.map((c) => c.latency_s),
    energy: costs.map((c) => c.energy_J),
    power: costs.map((c) => c.power_W),
    area: [area],
  };
  const metrics = Object.entries(all) as [CostMetric, (number | null)[]][];
  const worstOf = (metric: CostMetric, list: readonly (number | null)[]) =>
    ofDefined(list, (known) => (METRICS[metric].best === 'most' ? Math.min(...known) : Math.max(...known)));
  return {
    values,
    metrics: Object.fromEntries(
      metrics.map(([m, list]) => [m, ofDefined(list, geometricMean)]),
    ) as ExplorePoint['metrics'],
    worst: Object.fromEntries(metrics.map(([m, list]) => [m, worstOf(m, list)])) as ExplorePoint['worst'],
    accuracy: null,
  };
}

/**
 * Costs every point.
 * @throws SonicError if no point is valid hardware, naming the reason of most.
 */
export function searchSpace(options: ExploreOptions): Searched {
  const statisticsOf = cachedStatistics(options);
  const started = performance.now();
  const points: ExplorePoint[] = [];
  const invalid = new Map<string, number>();
  const warned = new Map<string, number>();
  const count = (reasons: Map<string, number>, reason: string) => reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  options.points.forEach((values, i) => {
    try {
      const hardware = hardwareAt(options, values);
      points.push(costPoint(values, hardware, statisticsOf(hardware), options.table ?? null));
      for (const warning of hardwareWarnings(hardware)) count(warned, warning);
    } catch (error) {
      if (!(error instanceof DescriptionError)) throw error;
      count(invalid, error.message);
    }
    options.onProgress?.(i + 1, options.points.length);
  });
  if (points.length === 0) {
    const [reason] = [...invalid].sort((a, b) => b[1] - a[1])[0] ?? ['the space has no points'];
    throw new SonicError(`no point of the space is valid hardware: ${reason}`);
  }
  return { points, invalid, warned, elapsed_s: (performance.now() - started) / 1000 };
}

/** What JSON says of metrics that are null; empty where none is. */
export function undefinedMetrics(points: readonly ExplorePoint[]): string {
  const names = Object.keys(METRICS).filter((m) => points.some(({ metrics }) => metrics[m as CostMetric] === null));
  return names.length === 0 ? '' : `${names.join(', ')} not defined where null: a network does no work there`;
}

/**
 * Whether a point keeps the constraints; one on accuracy is only held against points that were emulated. What is not
 * defined keeps none.
 */
export function keeps(point: ExplorePoint, constraints: readonly Constraint[]): boolean {
  return constraints.every(({ metric, limit, value }) => {
    const actual = metric === 'accuracy' ? point.accuracy : point.worst[metric];
    if (actual === null) return metric === 'accuracy';
    return limit === 'most' ? actual <= value : actual >= value;
  });
}

/** A point's scores under objectives, larger being better. */
export function scoresOf(point: ExplorePoint, objectives: readonly Metric[]): number[] {
  return objectives.map((metric) => {
    const value = metric === 'accuracy' ? (point.accuracy ?? 0) : point.metrics[metric];
    if (value === null) return Number.NEGATIVE_INFINITY;
    return METRICS[metric].best === 'most' ? value : -value;
  });
}

/** The points that no other is better than under all objectives, best in the first objective first. */
export function paretoPoints(points: readonly ExplorePoint[], objectives: readonly Metric[]): ExplorePoint[] {
  return paretoFront(points.map((point) => scoresOf(point, objectives))).map((i) => points[i]!);
}

/** Place of a point among others in one metric, 1 being the best; equal ones share theirs. */
export function rankOf(point: ExplorePoint, points: readonly ExplorePoint[], metric: Metric): number {
  const [own] = scoresOf(point, [metric]) as [number];
  return 1 + points.filter((other) => scoresOf(other, [metric])[0]! > own).length;
}

/** How many other points share a point's place in one metric. */
export function tiesOf(point: ExplorePoint, points: readonly ExplorePoint[], metric: Metric): number {
  const [own] = scoresOf(point, [metric]) as [number];
  return points.filter((other) => other.values !== point.values && scoresOf(other, [metric])[0] === own).length;
}

/** The constraints that a point breaks. */
export function broken(point: ExplorePoint, constraints: readonly Constraint[]): Constraint[] {
  return constraints.filter((constraint) => !keeps(point, [constraint]));
}
