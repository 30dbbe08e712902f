/** A whole search: points, constraints, Pareto set, the paper's point among them. */

import { SonicError } from '../../base/errors.js';
import type { HardwareDescription } from '../../hardware/description.js';
import type { AccurateFront } from './accurateFront.js';
import { accurateFront } from './accurateFront.js';
import {
  broken,
  type Constraint,
  type CostMetric,
  type ExploreOptions,
  type ExplorePoint,
  keeps,
  type Metric,
  paretoPoints,
  rankOf,
  searchSpace,
  tiesOf,
} from './search.js';
import type { Axis, PointValues } from './space.js';

/** (n, m, N, K), the best that the paper found. */
const PAPER_POINT: Readonly<Record<string, number>> = {
  'vdu.conv.size': 5,
  'vdu.fc.size': 50,
  'vdu.conv.units': 50,
  'vdu.fc.units': 10,
};

export interface Exploration {
  readonly networks: readonly string[];
  readonly axes: readonly Axis[];
  /** How kernels are cut into chunks, where that is no axis; the paper reads as `slice`. */
  readonly chunking: HardwareDescription['vdu']['conv']['chunking'];
  /** Points of the space, those that are no valid hardware included; the paper's beside it is not counted. */
  readonly searched: number;
  readonly invalid: ReadonlyMap<string, number>;
  /** Valid points whose hardware the user should know something of, by warning. */
  readonly warned: ReadonlyMap<string, number>;
  readonly elapsed_s: number;
  readonly constraints: readonly Constraint[];
  readonly objectives: readonly Metric[];
  /** Points that keep the constraints. */
  readonly points: readonly ExplorePoint[];
  readonly front: readonly ExplorePoint[];
  /** Null if it is no valid hardware, or does not keep the constraints; emulated where the Pareto set is. */
  readonly paper: ExplorePoint | null;
  /** Why the paper's point is null: it is no valid hardware, or breaks constraints. */
  readonly paperProblem:
    | { readonly kind: 'invalid'; readonly reason: string }
    | { readonly kind: 'constraints'; readonly point: ExplorePoint; readonly broken: readonly Constraint[] }
    | null;
  /**
   * Places of the paper's point under each objective, of accuracy among the points that were emulated; how many other
   * points share each; and the best points under each objective but accuracy.
   */
  readonly ranks: Readonly<Partial<Record<Metric, number>>>;
  readonly ties: Readonly<Partial<Record<Metric, number>>>;
  readonly best: Readonly<Partial<Record<CostMetric, ExplorePoint>>>;
  readonly emulations: { readonly images: number; readonly points: number; readonly stopped: boolean } | null;
}

export interface ExplorationOptions extends ExploreOptions {
  readonly constraints: readonly Constraint[];
  readonly objectives: readonly Metric[];
  /** How accuracy is found; absent: it is not. */
  readonly accuracy?: {
    readonly at: (point: ExplorePoint) => Promise<number>;
    readonly images: number;
    readonly limit: number;
  };
}

/** The paper's values on the axes that are its own, the base description's on others. */
function paperValues(axes: readonly Axis[], current: (path: string) => unknown): PointValues {
  return axes.map(({ path }) => PAPER_POINT[path] ?? current(path));
}

/** The paper's point, or why it is no valid hardware here. */
function costPaper(options: ExploreOptions, values: PointValues): ExplorePoint | string {
  try {
    const { networks, hardware, table = null, axes } = options;
    return searchSpace({ networks, hardware, table, axes, points: [values] }).points[0]!;
  } catch (error) {
    if (error instanceof SonicError) return error.message.replace(/^no point of the space is valid hardware: /, '');
    throw error;
  }
}

/**
 * Searches a space; the paper's point is costed even where the grid does not have it.
 * @param current the base description's value at a path, for axes that the paper does not vary.
 */
export async function explore(options: ExplorationOptions, current: (path: string) => unknown): Promise<Exploration> {
  const { axes, constraints, objectives, accuracy } = options;
  const paperAt = paperValues(axes, current);
  const same = (values: PointValues) => values.every((value, a) => value === paperAt[a]);
  const { points: grid, invalid, warned, elapsed_s } = searchSpace(options);
  const ofGrid = grid.find(({ values }) => same(values));
  const costed = ofGrid ?? costPaper(options, paperAt);
  const all = ofGrid || typeof costed === 'string' ? grid : [...grid, costed];
  let points = all.filter((point) => keeps(point, constraints));
  let front = paretoPoints(
    points,
    objectives.filter((metric) => metric !== 'accuracy'),
  );
  let found: AccurateFront | null = null;
  if (accuracy) {
    const { at: accuracyAt, limit } = accuracy;
    found = await accurateFront({ points, objectives, constraints, accuracyAt, limit });
    const emulated = new Map(found.emulated.map((point) => [point.values, point]));
    points = points.map((point) => emulated.get(point.values) ?? point).filter((point) => keeps(point, constraints));
    front = [...found.front];
  }
  // As costed, or as emulated where that was done, the constraints kept or not.
  let here = typeof costed === 'string' ? null : (found?.emulated.find(({ values }) => same(values)) ?? costed);
  if (here && accuracy && here.accuracy === null && keeps(here, constraints)) {
    const emulated = { ...here, accuracy: await accuracy.at(here) };
    here = emulated;
    points = points
      .map((point) => (point.values === emulated.values ? emulated : point))
      .filter((point) => keeps(point, constraints));
    // It belongs to the set where it is more accurate than the points that are cheaper, and where the emulations ended
    // before its turn: unless a point is better in the costs, emulated or not, that may keep the limit on accuracy.
    const open = objectives.includes('accuracy')
      ? [...front, emulated]
      : paretoPoints(points, objectives).filter((point) => point === emulated || front.includes(point));
    if (keeps(emulated, constraints)) front = paretoPoints(open, objectives);
  }
  const paper = here && keeps(here, constraints) ? here : null;
  const among = (metric: Metric) => (metric === 'accuracy' ? points.filter((p) => p.accuracy !== null) : points);
  const ofObjectives = <T>(of: (metric: Metric) => T) =>
    Object.fromEntries(objectives.map((metric) => [metric, of(metric)] as const));
  const costObjectives = objectives.filter((metric): metric is CostMetric => metric !== 'accuracy');
  return {
    networks: options.networks.map(({ name }) => name),
    axes,
    chunking: options.hardware.vdu.conv.chunking,
    searched: options.points.length,
    invalid,
    warned,
    elapsed_s,
    constraints,
    objectives,
    points,
    front,
    paper,
    paperProblem:
      typeof costed === 'string'
        ? { kind: 'invalid', reason: costed }
        : paper || !here
          ? null
          : { kind: 'constraints', point: here, broken: broken(here, constraints) },
    ranks: paper ? ofObjectives((metric) => rankOf(paper, among(metric), metric)) : {},
    ties: paper ? ofObjectives((metric) => tiesOf(paper, among(metric), metric)) : {},
    best: Object.fromEntries(
      costObjectives.flatMap((metric) =>
        paretoPoints(points, [metric])
          .slice(0, 1)
          .map((point) => [metric, point]),
      ),
    ),
    emulations:
      found && accuracy ? { images: accuracy.images, points: found.emulated.length, stopped: found.stopped } : null,
  };
}
