/** Networks and data of trials, each loaded once, in memory that threads share; and with them the trials' identities. */

import { sha256Hex } from '../../base/files.js';
import { type EnergyTable, readEnergyTable } from '../../cost/energyTable.js';
import { readClassMap } from '../../datasets/classMap.js';
import { sliceDataset } from '../../datasets/slice.js';
import type { Dataset } from '../../datasets/types.js';
import { macSpecs } from '../../emulation/compiler/network.js';
import { toShared } from '../../emulation/emulator/shared.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { hardwareHash } from '../../hardware/descriptionFiles.js';
import type { MeasuredChip } from '../../hardware/optics/measuredChip.js';
import { clusterNetwork } from '../../networks/compression/cluster.js';
import { pruneNetwork } from '../../networks/compression/prune.js';
import { outputClasses } from '../../networks/fits.js';
import { validateNetwork } from '../../networks/shapes.js';
import type { Network } from '../../networks/types.js';
import { measuredChip, readStaticFile } from '../chip/staticFile.js';
import {
  type ExperimentData,
  type FirstImages,
  firstImages,
  fitDataset,
  loadExperimentData,
  loadFlaggedNetwork,
} from '../run/loadExperiment.js';
import { canonicalJson, datasetHash, trialKey } from '../store/identity.js';
import type { Compression, TrialIdentity } from '../sweep/types.js';
import { Recent } from './recent.js';
import type { TrialSettings } from './trialSettings.js';

/** A trial with all that it runs on. */
export interface LoadedTrial {
  readonly key: string;
  readonly identity: TrialIdentity;
  /** Compressed. */
  readonly network: Network;
  /** SHA-256 of the checkpoint. */
  readonly networkHash: string;
  readonly dataset: Dataset;
  readonly calibrationSet: Dataset;
  readonly table: EnergyTable | null;
  /** Static errors that are not drawn. */
  readonly measured: MeasuredChip | null;
  readonly remarks: readonly string[];
}

export interface TrialLoader {
  /** @throws SonicError where something cannot be loaded or does not fit. */
  load(settings: TrialSettings): Promise<LoadedTrial>;
}

interface LoadedModel {
  readonly network: Network;
  readonly sha256: string;
  /** Of the identity. */
  readonly hash: string;
  readonly dataset: string;
  readonly remarks: readonly string[];
}

/** Data sets that are kept: a sweep over how many images of a folder are read has one for each number of them. */
const KEPT_DATA = 8;

/** Remembers what the last keys led to. Failures are forgotten: the next trial may find the file that was away. */
function remembered<T>(
  make: (key: string) => Promise<T>,
  most = Number.POSITIVE_INFINITY,
): (key: string) => Promise<T> {
  const known = new Recent<T>(most);
  return (key) => known.get(key, () => make(key));
}

type ModelKey = Pick<TrialSettings, 'network' | 'architecture' | 'preprocessing' | 'key' | 'dataset' | 'compression'>;

function compressed(network: Network, compression: Compression | null): Network {
  const pruned = compression?.sparsity == null ? network : pruneNetwork(network, compression.sparsity).network;
  return compression?.clusters == null ? pruned : clusterNetwork(pruned, compression.clusters).network;
}

async function loadModel(key: string): Promise<LoadedModel> {
  const { compression, ...flags } = JSON.parse(key) as ModelKey;
  const { loaded, dataset, remarks } = await loadFlaggedNetwork(flags);
  validateNetwork(loaded.network);
  outputClasses(loaded.network);
  let hash = loaded.sha256;
  if (flags.preprocessing !== undefined) {
    const { readPreprocessing } = await import('../../networks/formats/import/preprocessingText.js');
    hash = sha256Hex(`${hash} ${canonicalJson(await readPreprocessing(flags.preprocessing))}`);
  }
  const network = toShared(compressed(loaded.network, compression));
  // What the core cannot run is found here rather than hours later.
  macSpecs(network);
  return { network, sha256: loaded.sha256, hash, dataset, remarks };
}

interface DataKey {
  readonly name: string;
  readonly directory?: string;
  readonly inputShape: readonly number[];
  readonly preprocessing: Network['preprocessing'];
  /** Of image folders: how many pictures are worth decoding. */
  readonly first?: FirstImages;
}

async function loadData(key: string): Promise<ExperimentData> {
  const { name, directory, first, ...network } = JSON.parse(key) as DataKey;
  return toShared(await loadExperimentData(name, network, directory, first));
}

/**
 * A loader that keeps what it has loaded.
 * @param code hash of the code that numbers depend on.
 */
export function createTrialLoader(code: string): TrialLoader {
  const models = remembered(loadModel);
  const data = remembered(loadData, KEPT_DATA);
  const fitted = remembered(async (key) => {
    const [dataKey, classes, modelKey] = JSON.parse(key) as [string, string | null, string];
    const [{ evaluated, calibrationSet }, { network }] = await Promise.all([data(dataKey), models(modelKey)]);
    const map = classes === null ? null : await readClassMap(classes);
    const fitting = (dataset: Dataset) => toShared(fitDataset(network, dataset, map));
    return { evaluated: fitting(evaluated), calibrationSet: fitting(calibrationSet) };
  }, KEPT_DATA);
  const slices = remembered(async (key) => {
    const [fittedKey, images] = JSON.parse(key) as [string, number | null];
    const { evaluated } = await fitted(fittedKey);
    const slice = images === null ? evaluated : sliceDataset(evaluated, images);
    return { slice, hash: datasetHash(slice) };
  }, KEPT_DATA);
  const statics = remembered(readStaticFile);
  const chipOf = async (file: string, hardware: HardwareDescription) =>
    toShared(measuredChip(await statics(file), hardware, file));
  const tables = remembered(async (file) => {
    const { table, bytes } = await readEnergyTable(file);
    return { table, hash: sha256Hex(bytes) };
  });
  return {
    load: async (settings) => {
      const { network: name, architecture, preprocessing, key, dataset, compression, hardware } = settings;
      const modelKey = JSON.stringify({ network: name, architecture, preprocessing, key, dataset, compression });
      const model = await models(modelKey);
      const { network } = model;
      const dataKey = JSON.stringify({
        name: model.dataset,
        directory: settings.data,
        inputShape: network.inputShape,
        preprocessing: network.preprocessing,
        // Of other data sets all images are read: what a trial is called includes the hash of its calibration set.
        ...(model.dataset === 'image-folder'
          ? { first: firstImages(settings.images, hardware.calibration.images) }
          : {}),
      });
      const fittedKey = JSON.stringify([dataKey, settings.classes ?? null, modelKey]);
      const { calibrationSet } = await fitted(fittedKey);
      const { slice, hash } = await slices(JSON.stringify([fittedKey, settings.images ?? null]));
      const measured = settings.static === undefined ? null : await chipOf(settings.static, hardware);
      const { energyTable } = hardware.cost;
      const table = energyTable === null ? null : await tables(energyTable);
      const described = table
        ? { ...hardware, cost: { ...hardware.cost, energyTable: `sha256:${table.hash}` } }
        : hardware;
      const identity: TrialIdentity = {
        schema: 'sonic-trial/1',
        code,
        network: { name: network.name, hash: model.hash },
        compression,
        dataset: { name: slice.name, split: slice.split, hash, images: slice.count },
        calibration: { split: calibrationSet.split, hash: datasetHash(calibrationSet) },
        hardware: described,
        hardwareHash: hardwareHash(described),
        fidelity: settings.fidelity,
        backend: settings.backend,
        runSeed: settings.runSeed,
        chipSeed: settings.chipSeed,
        // The digital network knows no chip.
        ...(measured && settings.fidelity !== 'digital' ? { static: measured.sha256 } : {}),
      };
      return {
        key: trialKey(identity),
        identity,
        network,
        networkHash: model.sha256,
        dataset: slice,
        calibrationSet,
        table: table?.table ?? null,
        measured,
        remarks: model.remarks,
      };
    },
  };
}
