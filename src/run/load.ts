/** What an experiment needs, loaded from names and files. */
import { loadDataset } from '../datasets/index.js';
import { sliceDataset } from '../datasets/slice.js';
import type { Dataset } from '../datasets/types.js';
import { DatasetError } from '../errors.js';
import { loadCheckpoint } from '../formats/checkpoint.js';
import { loadHardware } from '../hardware/files.js';
import { findNetwork } from './bundled.js';
import type { RunOptions } from './run.js';

export interface ExperimentFlags {
  /** Bundled network or checkpoint file. */
  readonly network: string;
  /** Preset or file. */
  readonly hardware: string;
  /** path=value. */
  readonly set: readonly string[];
  readonly dataset?: string | undefined;
  /** Folder of the data set. */
  readonly data?: string | undefined;
  /** Only the first images. */
  readonly images?: number | undefined;
}

/** The training split, or the evaluated one where the data set has no other. */
async function loadCalibrationSet(name: string, directory: string | undefined, evaluated: Dataset): Promise<Dataset> {
  try {
    return await loadDataset(name, { split: 'train', directory });
  } catch (error) {
    if (error instanceof DatasetError && directory !== undefined) return evaluated;
    throw error;
  }
}

/** Loads network, data and hardware, the cheap and most often wrong things first. */
export async function loadExperiment(
  flags: ExperimentFlags,
): Promise<Pick<RunOptions, 'network' | 'networkHash' | 'dataset' | 'calibrationSet' | 'hardware'>> {
  const hardware = await loadHardware(flags.hardware, flags.set);
  const found = findNetwork(flags.network);
  const { network, sha256, metadata } = await loadCheckpoint(found.checkpoint);
  const name = flags.dataset ?? found.dataset ?? metadata['dataset'];
  if (!name)
    throw new DatasetError(
      `${flags.network}: the checkpoint does not say what data set it is for; name one with --dataset`,
    );
  const whole = await loadDataset(name, { split: 'test', directory: flags.data });
  const dataset = flags.images === undefined ? whole : sliceDataset(whole, flags.images);
  return {
    network,
    networkHash: sha256,
    hardware,
    dataset,
    calibrationSet: await loadCalibrationSet(name, flags.data, whole),
  };
}
