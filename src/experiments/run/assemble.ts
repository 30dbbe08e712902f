/** What a run measured -> its result: the one place where accuracy, layers and cost come together. */

import { versions } from '../../base/versions.js';
import { costOfActivity } from '../../cost/costReport.js';
import type { EnergyTable } from '../../cost/energyTable.js';
import { BACKEND_TRAITS } from '../../emulation/backends/types.js';
import type { Emulation } from '../../emulation/emulator/emulate.js';
import { type LayerFidelity, lumpedValidity } from '../../emulation/emulator/fidelity.js';
import type { Activity } from '../../emulation/program/activity.js';
import type { Program } from '../../emulation/program/types.js';
import { hardwareHash } from '../../hardware/descriptionFiles.js';
import { type MeasuredChip, measuredMapNames } from '../../hardware/optics/measuredChip.js';
import { electronicProductNotes } from '../../networks/macCounts.js';
import { countParameters } from '../../networks/parameters.js';
import type { Accuracy } from '../result/accuracy.js';
import type { ChipDistribution } from '../result/chipDistribution.js';
import type { Result } from '../result/types.js';
import { datasetFacts, dataWarnings } from './datasetFacts.js';
import { type CompiledChip, layerResults } from './layerResults.js';
import type { RunOptions } from './runOptions.js';

export type { CompiledChip } from './layerResults.js';

/** Layers that were asked to run `lumped` where that does not hold. */
function fidelityWarnings(program: Program, fidelities: readonly LayerFidelity[]): string[] {
  return program.layers.flatMap((layer, l) => {
    const { valid, peakOverRange, stepOverDarkNoise } = lumpedValidity(layer);
    if (valid || fidelities[l] === 'exact') return [];
    return [
      `layer '${layer.name}' runs lumped where that does not hold: peak / ADC range ${peakOverRange.toPrecision(3)}, ` +
        `ADC step / dark noise ${stepOverDarkNoise.toPrecision(3)}, both should be at most 1; use --fidelity auto or exact`,
    ];
  });
}

type Subject = Pick<RunOptions, 'network' | 'networkHash' | 'hardware'>;

export interface Measured extends Subject, Pick<Result['run'], 'fidelity' | 'backend' | 'threads' | 'batch'> {
  readonly runSeed: number;
  readonly chipSeed: number;
  /** Static errors that were not drawn. */
  readonly measured?: MeasuredChip | null | undefined;
  readonly dataset: Pick<RunOptions['dataset'], 'name' | 'split' | 'count' | 'sha256' | 'labels' | 'outputs' | 'files'>;
  readonly calibrationSet: Pick<RunOptions['calibrationSet'], 'split' | 'fallback'>;
  /** Whether layers list their stream means one by one: thousands of numbers, which a trial of a sweep does without. */
  readonly withStreams?: boolean;
  /** What hardware.cost.energyTable holds. */
  readonly table: EnergyTable | null;
  /** Null in fidelity `digital`, as is its activity. */
  readonly compiled: CompiledChip | null;
  readonly activity: Activity | null;
  /** What computed, and on what, where one backend used the whole machine. */
  readonly about?: Emulation['about'];
  readonly accuracy: Accuracy;
  readonly chips: ChipDistribution | null;
  /** Images in `wallTime_s`, of all chips. */
  readonly imagesRun: number;
  readonly wallTime_s: number;
}

/** The result of a run. */
export function assembleResult(measured: Measured): Result {
  const { network, dataset, calibrationSet, hardware, table, compiled, activity, about, wallTime_s } = measured;
  const parameters = countParameters(network);
  const counted = compiled && activity ? { ...compiled, activity } : null;
  const cost = counted
    ? costOfActivity(counted.activity, counted.program, { parameters, network, ...(table ? { table } : {}) })
    : null;
  return {
    schema: 'sonic-result/1',
    network: { name: network.name, parameters, hash: measured.networkHash },
    dataset: datasetFacts(dataset),
    hardware,
    hardwareHash: hardwareHash(hardware),
    run: {
      fidelity: measured.fidelity,
      backend: measured.backend,
      threads: measured.threads,
      batch: measured.batch,
      runSeed: measured.runSeed,
      chipSeed: measured.chipSeed,
      ...(measured.measured && compiled
        ? { static: { sha256: measured.measured.sha256, maps: measuredMapNames(measured.measured) } }
        : {}),
      calibration: compiled?.program.calibration ?? null,
      wallTime_s,
      imagesPerSecond: measured.imagesRun / wallTime_s,
      adapter: about?.device ?? null,
      tolerance: BACKEND_TRAITS[measured.backend].tolerance,
      versions: { ...versions(), ...(about ? { [measured.backend]: about.version } : {}) },
    },
    chips: measured.chips,
    accuracy: measured.accuracy,
    layers: counted && cost ? layerResults(counted, counted.activity, cost, measured.withStreams ?? false) : [],
    cost,
    warnings: [
      ...(counted ? [...counted.program.warnings, ...fidelityWarnings(counted.program, counted.fidelities)] : []),
      ...(counted ? electronicProductNotes(network) : []),
      ...dataWarnings(dataset, counted ? calibrationSet : null),
    ],
  };
}
