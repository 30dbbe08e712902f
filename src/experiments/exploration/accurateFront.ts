/** Emulated accuracy of the points that matter: those of the Pareto set, until all of them keep the limit on accuracy. */
import type { HardwareDescription } from '../../hardware/description.js';
import { hardwareHash } from '../../hardware/descriptionFiles.js';
import { mergeDescription } from '../../hardware/descriptionPaths.js';
import { parseHardware } from '../../hardware/parseHardware.js';
import type { RunOptions } from '../run/runExperiment.js';
import { codeHash } from '../store/codeHash.js';
import { datasetHash } from '../store/identity.js';
import type { ResultStore } from './resultStore.js';
import { type Constraint, type ExplorePoint, keeps, type Metric, paretoPoints } from './search.js';

/** Accuracy of a network on some hardware. */
export type AccuracyOf = (hardware: HardwareDescription) => Promise<number>;

export type Emulated = Pick<RunOptions, 'network' | 'networkHash' | 'dataset' | 'calibrationSet'>;

/** What accuracy does not depend on, at fixed values: costs are counted with, not computed with. */
const COSTS_ASIDE = {
  name: 'sonic',
  cost: {
    converterScaling: 'fixed',
    converterAccounting: 'static',
    doubleBuffered: false,
    pipelinedLayers: false,
    idlePower_mW: 0,
    memory: 'none',
    energyTable: null,
    electronics: { accumulate_ns: 0, activation_ns: 0, pool_ns: 0, maximum_ns: 0 },
  },
  tuning: { eoPower_uW_per_nm: 0, eoLatency_ns: 0, toPower_mW_per_FSR: 0, toLatency_us: 0 },
  vcsel: { electricalPower_mW: 'auto', wallPlugEfficiency: 1 },
} as const;
const POWERS_ASIDE = ['activationDac', 'batchNormDac', 'weightDac', 'adc', 'photodetector', 'receiver'] as const;

/** The description with all that only costs depend on at one value. */
export function accuracyHardware(hardware: HardwareDescription): HardwareDescription {
  const powers = Object.fromEntries(POWERS_ASIDE.map((device) => [device, { power_mW: 0 }]));
  return parseHardware(mergeDescription(hardware, { ...COSTS_ASIDE, ...powers }));
}

/**
 * Emulates, or finds in the store what was emulated before. The key is made of contents, as those of trials are: what was
 * emulated by other code, on other data or another network is not found.
 * @param code hash of the code that numbers depend on.
 */
export function storedAccuracy(
  emulated: Emulated,
  seeds: { readonly runSeed: number; readonly chipSeed: number },
  store: ResultStore,
  run: (hardware: HardwareDescription) => Promise<number>,
  code: string = codeHash(),
): AccuracyOf {
  const { networkHash, dataset, calibrationSet } = emulated;
  return async (hardware) => {
    const content = {
      kind: 'accuracy/2',
      code,
      network: networkHash,
      dataset: { hash: datasetHash(dataset), images: dataset.count },
      calibration: { hash: datasetHash(calibrationSet), images: calibrationSet.count },
      hardware: hardwareHash(accuracyHardware(hardware)),
      ...seeds,
    };
    const known = store.get(content);
    if (known !== undefined) return known;
    const accuracy = await run(hardware);
    await store.put(content, accuracy);
    return accuracy;
  };
}

export interface AccurateFront {
  /** The Pareto set, all emulated, all within the constraints. */
  readonly front: readonly ExplorePoint[];
  /** All points that were emulated, those that failed too. */
  readonly emulated: readonly ExplorePoint[];
  /** Whether the search stopped at `limit` emulations before the set was settled. */
  readonly stopped: boolean;
}

export interface AccuracySearch {
  readonly points: readonly ExplorePoint[];
  readonly objectives: readonly Metric[];
  readonly constraints: readonly Constraint[];
  /** Accuracy at a point: of the worst of several networks. */
  readonly accuracyAt: (point: ExplorePoint) => Promise<number>;
  /** Most points that are emulated. */
  readonly limit: number;
}

/**
 * Emulates the Pareto set under the cost objectives; points below the limit on accuracy drop out, which lets others in, and
 * so on. With accuracy among the objectives the set is then that of the emulated points under all of them.
 */
export async function accurateFront(search: AccuracySearch): Promise<AccurateFront> {
  const { points, objectives, constraints, accuracyAt, limit } = search;
  const costObjectives = objectives.filter((metric) => metric !== 'accuracy');
  const emulated = new Map<ExplorePoint, ExplorePoint>();
  const withAccuracy = () => points.map((point) => emulated.get(point) ?? point).filter((p) => keeps(p, constraints));
  for (;;) {
    const original = new Map([...emulated].map(([before, after]) => [after, before]));
    const front = paretoPoints(withAccuracy(), costObjectives);
    const open = front.filter((point) => !original.has(point));
    if (open.length === 0 || emulated.size >= limit) {
      const settled = front.filter((point) => point.accuracy !== null);
      return {
        front: objectives.includes('accuracy') ? paretoPoints(settled, objectives) : settled,
        emulated: [...emulated.values()],
        stopped: open.length > 0,
      };
    }
    for (const point of open.slice(0, limit - emulated.size)) {
      emulated.set(point, { ...point, accuracy: await accuracyAt(point) });
    }
  }
}
