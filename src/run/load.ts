/** What an experiment needs, loaded from names and files. */
import { loadDataset } from '../datasets/index.js';
import { sliceDataset } from '../datasets/slice.js';
import type { Dataset, LoadOptions } from '../datasets/types.js';
import { DatasetError } from '../errors.js';
import { describePreprocessing } from '../formats/import/preprocessing.js';
import { loadNetworkFile, OWN_FORMAT } from '../formats/index.js';
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
  /** For a checkpoint that holds only tensors: YAML file, or a bundled name. */
  readonly architecture?: string | undefined;
  /** How bytes become inputs, over what the file says: YAML text or a file. */
  readonly preprocessing?: string | undefined;
  /** Folder of the data set. */
  readonly data?: string | undefined;
  /** Only the first images. */
  readonly images?: number | undefined;
}

/** The training split, or the evaluated one where the data set has no other. */
async function loadCalibrationSet(
  name: string,
  options: Omit<LoadOptions, 'split'>,
  evaluated: Dataset,
): Promise<Dataset> {
  try {
    return await loadDataset(name, { ...options, split: 'train' });
  } catch (error) {
    if (error instanceof DatasetError && options.directory !== undefined) return evaluated;
    throw error;
  }
}

export interface Experiment
  extends Pick<RunOptions, 'network' | 'networkHash' | 'dataset' | 'calibrationSet' | 'hardware'> {
  /** What the user should know of a network from elsewhere: preprocessing, what was assumed. One line each. */
  readonly remarks: readonly string[];
}

/** Loads network, data and hardware, the cheap and most often wrong things first. */
export async function loadExperiment(flags: ExperimentFlags): Promise<Experiment> {
  const hardware = await loadHardware(flags.hardware, flags.set);
  const found = findNetwork(flags.network);
  const { network, sha256, metadata, format, notes } = await loadNetworkFile(found.checkpoint, flags);
  const name = flags.dataset ?? found.dataset ?? metadata['dataset'];
  if (!name)
    throw new DatasetError(
      `${flags.network}: the checkpoint does not say what data set it is for; name one with --dataset`,
    );
  const [rows, columns, channels] = network.inputShape;
  const shape = channels === undefined ? undefined : ([rows!, columns!, channels] as const);
  const source = { directory: flags.data, shape };
  const whole = await loadDataset(name, { ...source, split: 'test' });
  const dataset = flags.images === undefined ? whole : sliceDataset(whole, flags.images);
  return {
    network,
    networkHash: sha256,
    hardware,
    remarks: format === OWN_FORMAT ? [] : [`input: ${describePreprocessing(network.preprocessing)}`, ...notes],
    dataset,
    calibrationSet: await loadCalibrationSet(name, source, whole),
  };
}
