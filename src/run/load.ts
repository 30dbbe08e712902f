/** What an experiment needs, loaded from names and files. */
import { loadDataset } from '../datasets/index.js';
import { sliceDataset } from '../datasets/slice.js';
import type { Dataset } from '../datasets/types.js';
import { DatasetError } from '../errors.js';
import { describePreprocessing } from '../formats/import/preprocessing.js';
import { type LoadedNetwork, loadNetworkFile, OWN_FORMAT } from '../formats/index.js';
import { loadHardware } from '../hardware/files.js';
import type { Network } from '../network/types.js';
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

/** A network as flags name it, and the data set it is for. */
export interface NetworkWithDataset {
  readonly loaded: LoadedNetwork;
  readonly dataset: string;
  /** What the user should know of a network from elsewhere: preprocessing, what was assumed. One line each. */
  readonly remarks: readonly string[];
}

/**
 * Loads the network.
 * @throws as `findNetwork` and `loadNetworkFile`; DatasetError where nothing says what data set it is for.
 */
export async function loadFlaggedNetwork(
  flags: Pick<ExperimentFlags, 'network' | 'architecture' | 'preprocessing' | 'dataset'>,
): Promise<NetworkWithDataset> {
  const found = findNetwork(flags.network);
  const loaded = await loadNetworkFile(found.checkpoint, flags);
  const { network, metadata, format, notes } = loaded;
  const dataset = flags.dataset ?? found.dataset ?? metadata['dataset'];
  if (!dataset)
    throw new DatasetError(
      `${flags.network}: the checkpoint does not say what data set it is for; name one with --dataset`,
    );
  const remarks = format === OWN_FORMAT ? [] : [`input: ${describePreprocessing(network.preprocessing)}`, ...notes];
  return { loaded, dataset, remarks };
}

/** The images to evaluate, and those to calibrate on: the training split, or the evaluated one where there is no other. */
export interface ExperimentData {
  readonly evaluated: Dataset;
  readonly calibrationSet: Dataset;
}

/** Both splits of a data set. `shape` is that of the network's input, for image folders. */
export async function loadExperimentData(
  name: string,
  { inputShape }: Pick<Network, 'inputShape'>,
  directory: string | undefined,
): Promise<ExperimentData> {
  const [rows, columns, channels] = inputShape;
  const shape = channels === undefined ? undefined : ([rows!, columns!, channels] as const);
  const source = { directory, shape };
  const evaluated = await loadDataset(name, { ...source, split: 'test' });
  try {
    return { evaluated, calibrationSet: await loadDataset(name, { ...source, split: 'train' }) };
  } catch (error) {
    if (error instanceof DatasetError && directory !== undefined) return { evaluated, calibrationSet: evaluated };
    throw error;
  }
}

export interface Experiment
  extends Pick<RunOptions, 'network' | 'networkHash' | 'dataset' | 'calibrationSet' | 'hardware'> {
  readonly remarks: NetworkWithDataset['remarks'];
}

/** Loads network, data and hardware, the cheap and most often wrong things first. */
export async function loadExperiment(flags: ExperimentFlags): Promise<Experiment> {
  const hardware = await loadHardware(flags.hardware, flags.set);
  const { loaded, dataset: name, remarks } = await loadFlaggedNetwork(flags);
  const { network, sha256 } = loaded;
  const { evaluated, calibrationSet } = await loadExperimentData(name, network, flags.data);
  const dataset = flags.images === undefined ? evaluated : sliceDataset(evaluated, flags.images);
  return { network, networkHash: sha256, hardware, remarks, dataset, calibrationSet };
}
