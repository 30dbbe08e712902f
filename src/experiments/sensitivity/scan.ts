/** A scan from names and files to its result. */
import { checkSeed } from '../../base/random/seeds.js';
import { loadEnergyTable } from '../../cost/energyTable.js';
import type { BackendName } from '../../emulation/backends/types.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { loadHardware } from '../../hardware/descriptionFiles.js';
import { checkChips, type MeasuredChip } from '../../hardware/optics/measuredChip.js';
import { layerValues } from '../../networks/layerValues.js';
import { electronicProductNotes } from '../../networks/macCounts.js';
import { isMacLayer, type Network } from '../../networks/types.js';
import { loadMeasuredChip } from '../chip/staticFile.js';
import { type ExperimentFlags, loadFlaggedNetwork } from '../run/loadExperiment.js';
import type { EvaluatorOptions } from './digitalScan.js';
import { digitalEvaluator, emulatedEvaluator } from './evaluator.js';
import { loadScanData, type ScanData, type ScanDataFlags } from './scanData.js';
import { type Sensitivity, type SensitivityOptions, scanLength, sensitivity } from './sensitivity.js';

type NetworkFlags = Pick<
  ExperimentFlags,
  'network' | 'architecture' | 'preprocessing' | 'key' | 'dataset' | 'hardware' | 'set' | 'static'
>;

export interface ScanFlags extends NetworkFlags, Omit<ScanDataFlags, 'calibration'> {
  /** Names of layers or patterns; absent: all. */
  readonly layers?: readonly string[] | undefined;
}

export interface LoadedScan extends ScanData {
  readonly network: Network;
  readonly networkHash: string;
  /** The network as it was named, with what its file needs besides: arguments of commands that take networks. */
  readonly named: readonly string[];
  readonly layers: ReadonlySet<string>;
  readonly hardware: HardwareDescription;
  readonly measured: MeasuredChip | null;
  readonly remarks: readonly string[];
}

function namedBy({ network, architecture, preprocessing, key }: NetworkFlags): string[] {
  const options = Object.entries({ architecture, preprocessing, key });
  return [network, ...options.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]))];
}

/**
 * Loads what a scan needs, the cheap and most often wrong things first.
 * @throws NetworkError naming the nearest layer if there is none of a name
 */
export async function loadScan(flags: ScanFlags): Promise<LoadedScan> {
  const hardware = await loadHardware(flags.hardware, flags.set);
  const measured = flags.static === undefined ? null : await loadMeasuredChip(flags.static, hardware);
  const { loaded, dataset: name, remarks } = await loadFlaggedNetwork(flags);
  const { network, sha256 } = loaded;
  const names = network.layers.filter(isMacLayer).map((layer) => layer.name);
  const wanted = flags.layers ? Object.fromEntries(flags.layers.map((layer) => [layer, 1])) : 1;
  const layers = new Set(layerValues(names, wanted, 'sensitivity').keys());
  const data = await loadScanData(name, network, { ...flags, calibration: hardware.calibration.images });
  return {
    ...data,
    ...{
      network,
      networkHash: sha256,
      named: namedBy(flags),
      layers,
      hardware,
      measured,
    },
    remarks: [...remarks, ...electronicProductNotes(network)],
  };
}

export interface RunScanOptions
  extends Pick<SensitivityOptions, 'sparsities' | 'clusters' | 'loss' | 'onStage'>,
    Pick<EvaluatorOptions, 'threads' | 'batch'> {
  readonly emulated?: boolean | undefined;
  readonly seed: number;
  readonly chip: number;
  readonly chips: number;
  readonly backend: BackendName;
  readonly onProgress?: ((done: number, total: number, detail: { readonly run: number }) => void) | undefined;
}

/** What `sonic sensitivity --json` writes. */
export interface SensitivityResult extends Sensitivity {
  readonly schema: 'sonic-sensitivity/1';
  readonly network: { readonly name: string; readonly hash: string };
  readonly hardware: HardwareDescription;
  /** Seed of the read noise; null where nothing was emulated. */
  readonly runSeed: number | null;
  readonly backend: BackendName;
  readonly notes: readonly string[];
}

/** @throws NetworkError where the network has no layer to scan, and as `sensitivity` */
export async function runScan(loaded: LoadedScan, options: RunScanOptions): Promise<SensitivityResult> {
  const { network, dataset, confirmation, calibrationSet, layers, hardware, measured } = loaded;
  const { threads, batch, backend, emulated = false, sparsities, clusters, loss, onStage, onProgress } = options;
  checkSeed(options.chip + options.chips - 1, 'the last chip seed');
  checkChips(options.chips, measured);
  const chipSeeds = Array.from({ length: emulated ? options.chips : 1 }, (_, c) => options.chip + c);
  const total = scanLength({ layers, sparsities, clusters }, dataset.count, chipSeeds.length);
  let [run, skipped] = [0, 0];
  // The measurements of the proposal, whose number nobody knows, come after.
  const told = () => {
    if (run + skipped <= total) onProgress?.(run + skipped, total, { run });
  };
  const onImages = (count: number) => {
    run += count;
    told();
  };
  const onSkipped = (count: number) => {
    skipped += count;
    told();
  };
  const runSeed = checkSeed(options.seed, 'the run seed');
  const machine = { hardware, measured, calibrationSet, chipSeeds, runSeed, backend };
  const evaluator = emulated
    ? emulatedEvaluator(network, machine, { threads, batch, onImages })
    : digitalEvaluator(network, confirmation ? [dataset, confirmation] : [dataset], { threads, batch, onImages });
  const { energyTable } = hardware.cost;
  try {
    const found = await sensitivity({
      ...{ network, evaluator, emulated, dataset, confirmation, layers, sparsities, clusters, loss, hardware },
      ...{ onStage, onSkipped },
      energyTable: energyTable === null ? null : await loadEnergyTable(energyTable),
    });
    return {
      schema: 'sonic-sensitivity/1',
      network: { name: network.name, hash: loaded.networkHash },
      hardware,
      runSeed: emulated ? runSeed : null,
      backend,
      notes: loaded.notes,
      ...found,
    };
  } finally {
    await evaluator.close();
  }
}
