/**
 * Targets for all layers at once. Losses of single layers do not add up to that of all (they are dependent, and measured with
 * noise), so the networks with all targets are measured. First every layer gets the hardest value that by its own curves may
 * lose at most one common budget, and the largest budget whose network keeps within the wanted loss is found by bisection;
 * then layer after layer takes its next harder value, round by round, as long as the whole keeps within the loss.
 */
import { type CurvePoint, hardestWithin, possibleLossOf } from './curves.js';
import type { Targets } from './variants.js';

/** Curves of one layer, each from the mildest value to the hardest. */
export interface LayerCurves {
  readonly name: string;
  readonly sparsityCurve: readonly CurvePoint[];
  readonly clusterCurve: readonly CurvePoint[];
}

/** How far each curve is gone: the place of its point, -1 for none. */
type Place = readonly [sparsity: number, clusters: number];

/** One network that was measured. */
export interface ProposalStep<M> {
  /** What each layer might lose by itself, a share; null for a step of a single layer. */
  readonly budget: number | null;
  /** The layer whose next value was tried; null for a budget. */
  readonly layer: string | null;
  readonly measured: M;
  readonly isWithin: boolean;
}

export interface Search<M> {
  /** In the order in which they were measured. */
  readonly steps: readonly ProposalStep<M>[];
  /** The last that kept within the loss; null where none did. */
  readonly best: { readonly targets: ReadonlyMap<string, Targets>; readonly measured: M } | null;
}

export interface SearchOptions<M> {
  /** Curves, the layers whose targets are worth most first. */
  readonly curves: readonly LayerCurves[];
  /** Accuracy that may be lost, a share. */
  readonly loss: number;
  /** Runs the network with these targets. */
  readonly measure: (targets: ReadonlyMap<string, Targets>) => Promise<M>;
  /** Share of accuracy that a measurement lost. */
  readonly lost: (measured: M) => number;
}

function targetsAt(curves: readonly LayerCurves[], places: readonly Place[]): Map<string, Targets> {
  return new Map(
    curves.map(({ name, sparsityCurve, clusterCurve }, l) => [
      name,
      {
        sparsity: sparsityCurve[places[l]![0]]?.value ?? null,
        clusters: clusterCurve[places[l]![1]]?.value ?? null,
      },
    ]),
  );
}

const placesWithin = (curves: readonly LayerCurves[], budget: number) =>
  curves.map(
    ({ sparsityCurve, clusterCurve }): Place => [
      hardestWithin(sparsityCurve, budget, possibleLossOf),
      hardestWithin(clusterCurve, budget, possibleLossOf),
    ],
  );

/** Budgets at which targets change, ascending. */
export function budgetsOf(curves: readonly LayerCurves[]): number[] {
  const points = curves.flatMap(({ sparsityCurve, clusterCurve }) => [...sparsityCurve, ...clusterCurve]);
  return [...new Set(points.map(possibleLossOf))].sort((a, b) => a - b);
}

/** Finds targets whose network keeps within the loss. */
export async function searchTargets<M>({ curves, loss, measure, lost }: SearchOptions<M>): Promise<Search<M>> {
  const steps: ProposalStep<M>[] = [];
  let best: { places: readonly Place[]; measured: M } | null = null;
  const tried = async (places: readonly Place[], about: Pick<ProposalStep<M>, 'budget' | 'layer'>) => {
    const measured = await measure(targetsAt(curves, places));
    const isWithin = lost(measured) <= loss;
    steps.push({ ...about, measured, isWithin });
    if (isWithin) best = { places, measured };
    return isWithin;
  };
  const budgets = budgetsOf(curves);
  let [low, high] = [0, budgets.length - 1];
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const budget = budgets[middle]!;
    if (await tried(placesWithin(curves, budget), { budget, layer: null })) low = middle + 1;
    else high = middle - 1;
  }
  // Round by round, so that no layer takes all of the loss; what did not fit once does not fit later.
  let open = curves.flatMap((_, l) => [[l, 0] as const, [l, 1] as const]);
  while (open.length > 0) {
    const still: typeof open = [];
    for (const [l, axis] of open) {
      const places: readonly Place[] =
        (best as { places: readonly Place[] } | null)?.places ?? curves.map(() => [-1, -1]);
      const { name, sparsityCurve, clusterCurve } = curves[l]!;
      const next = places[l]![axis] + 1;
      if (next >= (axis === 0 ? sparsityCurve : clusterCurve).length) continue;
      const raised = places.map((place, other): Place => {
        if (other !== l) return place;
        return axis === 0 ? [next, place[1]] : [place[0], next];
      });
      if (await tried(raised, { budget: null, layer: name })) still.push([l, axis]);
    }
    open = still;
  }
  // Assigned in a closure, which the compiler does not follow.
  const found = best as { places: readonly Place[]; measured: M } | null;
  return { steps, best: found && { targets: targetsAt(curves, found.places), measured: found.measured } };
}
