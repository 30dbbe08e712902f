/** What an experiment needs, loaded from names and files. */

import { DatasetError, MissingSplitError } from '../../base/errors.js';
import { type ClassMap, mapClasses, readClassMap } from '../../datasets/classMap.js';
import { loadDataset } from '../../datasets/index.js';
import { sliceDataset } from '../../datasets/slice.js';
import type { Dataset, LoadOptions } from '../../datasets/types.js';
import { loadHardware } from '../../hardware/descriptionFiles.js';
import { checkFits, outputClasses } from '../../networks/fits.js';
import { describePreprocessing } from '../../networks/formats/import/preprocessing.js';
import { type LoadedNetwork, loadNetworkFile, OWN_FORMAT } from '../../networks/formats/index.js';
import { pictureOptions } from '../../networks/preprocess.js';
import type { Network } from '../../networks/types.js';
import { loadMeasuredChip } from '../chip/staticFile.js';
import { findNetwork } from './bundled.js';
import { dataWarnings } from './datasetFacts.js';
import type { RunOptions } from './runExperiment.js';

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
  /** Which state_dict of a PyTorch file that holds several: its path, with dots. */
  readonly key?: string | undefined;
  /** Folder of the data set. */
  readonly data?: string | undefined;
  /** Which output each class of the data is, where classes and outputs differ: CLASS=OUTPUT,... or a file. */
  readonly classes?: string | undefined;
  /** File of static errors of the chip that are not drawn. */
  readonly static?: string | undefined;
  /** Only the first images. */
  readonly images?: number | undefined;
  /** Of the calibration set only those images that the hardware is calibrated on, where that saves reading the others. */
  readonly calibrationStart?: boolean | undefined;
}

/** A network as flags name it, and the data set it is for. */
export interface NetworkWithDataset {
  readonly loaded: LoadedNetwork;
  readonly dataset: string;
  /** What the user should know of a network from elsewhere: preprocessing, what was assumed. One line each. */
  readonly remarks: readonly string[];
}

type NetworkFlags = Pick<ExperimentFlags, 'network' | 'architecture' | 'preprocessing' | 'key' | 'dataset'>;

/**
 * Loads the network, bundled or of any format that can be read; data set null where nothing says which it is for.
 * @throws as `findNetwork` and `loadNetworkFile`
 */
export async function loadNamedNetwork(
  flags: NetworkFlags,
): Promise<Omit<NetworkWithDataset, 'dataset'> & { readonly dataset: string | null }> {
  const found = findNetwork(flags.network);
  const loaded = await loadNetworkFile(found.checkpoint, flags);
  const { network, metadata, format, notes } = loaded;
  const remarks = format === OWN_FORMAT ? [] : [`input: ${describePreprocessing(network.preprocessing)}`, ...notes];
  return { loaded, dataset: flags.dataset ?? found.dataset ?? metadata['dataset'] ?? null, remarks };
}

/**
 * As `loadNamedNetwork`.
 * @throws DatasetError too, where nothing says what data set it is for.
 */
export async function loadFlaggedNetwork(flags: NetworkFlags): Promise<NetworkWithDataset> {
  const { dataset, ...named } = await loadNamedNetwork(flags);
  if (dataset) return { ...named, dataset };
  throw new DatasetError(
    `${flags.network}: the checkpoint does not say what data set it is for; name one with --dataset`,
  );
}

/** The images to evaluate, and those to calibrate on: the training split, or the evaluated one where there is no other. */
export interface ExperimentData {
  readonly evaluated: Dataset;
  readonly calibrationSet: Dataset;
}

/** How many images of each split are wanted; absent: all. */
export interface FirstImages {
  readonly evaluated?: number | undefined;
  readonly calibration?: number | undefined;
}

/** What `images` and a calibration ask for; the evaluated ones may have to stand in for the calibration set. */
export function firstImages(images: number | undefined, calibration: number | undefined): FirstImages {
  // What is no count of images is for whoever cuts the whole set to say.
  if (calibration === undefined || images === undefined || !Number.isSafeInteger(images) || images < 1)
    return { calibration };
  return { calibration, evaluated: Math.max(images, calibration) };
}

/** The training split, or the evaluated one, which says why it stands for it, where there is no training split at all. */
async function loadCalibrationSet(name: string, source: Omit<LoadOptions, 'split'>, evaluated: Dataset) {
  try {
    return await loadDataset(name, { ...source, split: 'train' });
  } catch (error) {
    // A training split that is there and damaged is an error: what the user has is not what would be run.
    if (!(error instanceof MissingSplitError) || source.directory === undefined) throw error;
    return { ...evaluated, fallback: 'the data have no training split' };
  }
}

/**
 * Both splits of a data set. The network's input and preprocessing are what image folders are brought to.
 * @throws DatasetError where files are damaged, or there are no images to evaluate.
 */
export async function loadExperimentData(
  name: string,
  network: Pick<Network, 'inputShape' | 'preprocessing'>,
  directory: string | undefined,
  first: FirstImages = {},
): Promise<ExperimentData> {
  const source = { directory, ...pictureOptions(network) };
  const evaluated = await loadDataset(name, { ...source, split: 'test', first: first.evaluated });
  return {
    evaluated,
    calibrationSet: await loadCalibrationSet(name, { ...source, first: first.calibration }, evaluated),
  };
}

/**
 * A data set with the labels of the network's outputs.
 * @param classes which output each class is; null: they are the network's, in its order.
 * @throws DatasetError where they do not fit, NetworkError where the network does not classify.
 */
export function fitDataset(network: Network, dataset: Dataset, classes: ClassMap | null): Dataset {
  const fitting = classes ? mapClasses(dataset, classes, outputClasses(network)) : dataset;
  checkFits(network, fitting);
  return fitting;
}

/** What an experiment is about, hardware aside. */
export interface Subject extends Pick<RunOptions, 'network' | 'networkHash' | 'dataset' | 'calibrationSet'> {
  readonly remarks: NetworkWithDataset['remarks'];
  /** What a reader of numbers should know of the images: a result has it among its warnings. */
  readonly dataNotes: readonly string[];
}

export interface Experiment extends Subject, Pick<RunOptions, 'hardware' | 'measured'> {}

/**
 * Loads network and data.
 * @param calibrationImages how many of the calibration set are wanted; absent: all.
 */
export async function loadSubject(
  flags: Omit<ExperimentFlags, 'hardware' | 'set' | 'static' | 'calibrationStart'>,
  calibrationImages?: number,
): Promise<Subject> {
  const { loaded, dataset: name, remarks } = await loadFlaggedNetwork(flags);
  const { network, sha256 } = loaded;
  // What no data fit is said before they are read.
  outputClasses(network);
  const classes = flags.classes === undefined ? null : await readClassMap(flags.classes);
  const data = await loadExperimentData(name, network, flags.data, firstImages(flags.images, calibrationImages));
  const evaluated = fitDataset(network, data.evaluated, classes);
  const calibrationSet = fitDataset(network, data.calibrationSet, classes);
  const dataset = flags.images === undefined ? evaluated : sliceDataset(evaluated, flags.images);
  const dataNotes = dataWarnings(dataset, calibrationSet);
  return { network, networkHash: sha256, remarks, dataNotes, dataset, calibrationSet };
}

/** Loads network, data and hardware, the cheap and most often wrong things first. */
export async function loadExperiment(flags: ExperimentFlags): Promise<Experiment> {
  const hardware = await loadHardware(flags.hardware, flags.set);
  const measured = flags.static === undefined ? null : await loadMeasuredChip(flags.static, hardware);
  return {
    hardware,
    measured,
    ...(await loadSubject(flags, flags.calibrationStart ? hardware.calibration.images : undefined)),
  };
}
