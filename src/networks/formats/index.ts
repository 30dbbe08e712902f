/**
 * Networks from files: our own checkpoints and those of PyTorch, Keras, TensorFlow (.js and Lite), ONNX and the hubs' safetensors.
 * Each reader is loaded when a file needs it.
 */
import { bytesOf } from '../../base/bytes.js';
import { FormatError } from '../../base/errors.js';
import { isFile, isFolder, readFileChecked, sha256OfParts } from '../../base/files.js';
import { basename, join } from '../../base/paths.js';
import type { CompressedWeights } from '../compression/types.js';
import type { Network } from '../types.js';
import type { DerivedTensors } from './derivedTensors.js';
import { detectFormat, FORMATS, type FormatName } from './detect.js';
import type { Imported } from './import/finish.js';
import type { Preprocessing } from './import/preprocessing.js';

export interface LoadNetworkOptions {
  /** For files without one: a file in YAML, or the name of a bundled architecture. */
  readonly architecture?: string | undefined;
  /** How bytes become inputs, over what the file says: YAML text or a file. */
  readonly preprocessing?: string | undefined;
  /** Which state_dict of a PyTorch file that holds several: its path, with dots. */
  readonly key?: string | undefined;
}

export interface LoadedNetwork {
  readonly network: Network;
  /** Of all bytes the network depends on: checkpoint, weights files, architecture. That of the file where it is all. */
  readonly sha256: string;
  /** Every file that was read, that of the network first. */
  readonly files: readonly FileHash[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Compressed form of layers' weights, by layer name, where the file has it. */
  readonly clusters: Readonly<Record<string, CompressedWeights>>;
  readonly format: string;
  /** What was assumed or left out, one line each. */
  readonly notes: readonly string[];
}

/** A file by its name, without folders, or as the file that names it has it, and the SHA-256 of its bytes. */
export interface FileHash {
  readonly file: string;
  readonly sha256: string;
}

/** `format` of our own checkpoints. */
export const OWN_FORMAT = 'sonic-checkpoint';

/** Name for people: the file's, without folder and extension. */
const titleOf = (path: string) => basename(path).replace(/\.[^.]+$/, '') || 'network';

/** model.json where a folder of TensorFlow.js is named; other folders are told what to do. */
async function resolveFolder(path: string): Promise<string> {
  if (!(await isFolder(path))) return path;
  if (await isFile(join(path, 'model.json'))) return join(path, 'model.json');
  if (await isFile(join(path, 'saved_model.pb'))) {
    throw new FormatError(
      `${path}: a TensorFlow SavedModel, for which there is no well-kept reader outside TensorFlow; convert it with tensorflowjs_converter or tf2onnx`,
    );
  }
  throw new FormatError(`${path}: a folder without a model.json of TensorFlow.js; name the checkpoint file in it`);
}

interface Source {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly title: string;
  readonly format: FormatName;
  /** Given by the user; null leaves it to the file. */
  readonly preprocessing: Preprocessing | null;
  readonly architecture: string | undefined;
  readonly key: string | undefined;
}

type Hashes = Pick<LoadedNetwork, 'sha256' | 'files'>;

/**
 * Hashes of what was read.
 * @param others files beside the source, by the name that they are known by.
 * @param more text that the network depends on and that is in none of the files.
 */
async function hashesOf(
  { path, bytes }: Source,
  others: readonly (readonly [file: string, bytes: Uint8Array])[] = [],
  more = '',
): Promise<Hashes> {
  const read = [[basename(path), bytes] as const, ...others];
  const files = await Promise.all(
    read.map(async ([file, content]) => ({ file, sha256: await sha256OfParts([content]) })),
  );
  if (files.length === 1 && more === '') return { sha256: files[0]!.sha256, files };
  return { sha256: await sha256OfParts([...read.map(([, content]) => content), bytesOf(more)]), files };
}

/** A file of a checkpoint, read and recognised. */
async function openSource(given: string, options: LoadNetworkOptions): Promise<Source> {
  const path = await resolveFolder(given);
  const bytes = await readFileChecked(path, FormatError, 'checkpoint');
  const preprocessing =
    options.preprocessing === undefined
      ? null
      : await (await import('./import/preprocessingText.js')).readPreprocessing(options.preprocessing);
  const format = await detectFormat(bytes, path);
  const { architecture, key } = options;
  if (key !== undefined && format !== 'pytorch')
    throw new FormatError(`${path}: --key chooses among the state_dicts of a PyTorch file; leave it out`);
  return { path, bytes, title: titleOf(path), format, preprocessing, architecture, key };
}

/** Tensors of a file that holds no architecture, every weight whole; null for all other formats. */
async function looseTensors({ format, bytes, path, key }: Source): Promise<DerivedTensors | null> {
  const read = async () => {
    if (format === 'pytorch') return (await import('./pytorch/pytorchFile.js')).readTorchFile(bytes, path, key);
    if (format !== 'safetensors') return null;
    return { tensors: (await import('./tensorList.js')).safetensorsConstants(bytes, path), notes: [] };
  };
  const found = await read();
  if (!found) return null;
  const { wholeTensors } = await import('./derivedTensors.js');
  const { tensors, notes } = wholeTensors(found.tensors, path);
  return { tensors, notes: [...found.notes, ...notes] };
}

/** Our own checkpoint, told by its metadata. */
async function ownCheckpoint(source: Source): Promise<LoadedNetwork | null> {
  const { bytes, path, preprocessing } = source;
  const [{ parseSafetensors }, { decodeCheckpoint, NETWORK_KEY }] = await Promise.all([
    import('./safetensors.js'),
    import('./checkpointBytes.js'),
  ]);
  if (!parseSafetensors(bytes, path).metadata.has(NETWORK_KEY)) return null;
  const { network, metadata, clusters } = decodeCheckpoint(bytes, path);
  const { checkImported } = await import('./import/finish.js');
  const changed = preprocessing ? await withPreprocessing(network, preprocessing, path) : network;
  return {
    network: checkImported(changed, path),
    ...(await hashesOf(source)),
    metadata,
    clusters,
    format: OWN_FORMAT,
    notes: [],
  };
}

async function withPreprocessing(network: Network, given: Preprocessing, path: string): Promise<Network> {
  const { inputRangeOf, networkPreprocessing } = await import('./import/preprocessing.js');
  const refuse = (problem: string) => new FormatError(`${path}: ${problem}`);
  if (given.channels === 'bgr' || given.image)
    throw refuse("a checkpoint's channel order and image are fixed; give scale, mean, std, resize and crop only");
  const preprocessing = networkPreprocessing(given, network.inputShape.at(-1)!, refuse);
  return { ...network, preprocessing, inputRange: inputRangeOf(preprocessing) };
}

async function fromTensors(source: Source, { tensors, notes }: DerivedTensors): Promise<Imported & Hashes> {
  const { loadArchitecture, architectureNames, someArchitectures } = await import('./architecture/loadArchitecture.js');
  const { path, title, architecture: wanted, preprocessing, key } = source;
  if (wanted === undefined) {
    throw new FormatError(
      `${path}: the file holds ${tensors.size} tensors and no architecture; name one with --architecture: a bundled one (${someArchitectures(await architectureNames())}) or a YAML file, which 'sonic inspect' drafts`,
    );
  }
  const { architecture, place, text, bytes } = await loadArchitecture(wanted);
  const { importWithArchitecture } = await import('./architecture/importArchitecture.js');
  const imported = importWithArchitecture(
    tensors,
    architecture,
    { place: path, architecturePlace: place, name: title },
    preprocessing,
  );
  const { ASSUMED } = await import('./import/preprocessing.js');
  const assumed = preprocessing === null && architecture.preprocessing === undefined;
  const hashes = bytes
    ? await hashesOf(source, [[basename(place), bytes]], key)
    : await hashesOf(source, [], text + (key ?? ''));
  return { ...imported, notes: [...notes, ...imported.notes, ...(assumed ? [ASSUMED] : [])], ...hashes };
}

/** Files that hold their architecture. */
async function fromModel(source: Source): Promise<Imported & Hashes> {
  const { format, bytes, path, title, preprocessing } = source;
  const { ASSUMED, NO_PREPROCESSING } = await import('./import/preprocessing.js');
  const given = preprocessing ?? NO_PREPROCESSING;
  const assumed = ({ network, notes }: Imported): Imported =>
    preprocessing === null ? { network, notes: [...notes, ASSUMED] } : { network, notes };
  switch (format) {
    case 'onnx': {
      const { importOnnx, parseOnnx, storedPreprocessing } = await import('./onnx/importOnnx.js');
      const { readExternalData } = await import('./onnx/externalData.js');
      const model = parseOnnx(bytes, path);
      const hashes = await hashesOf(source, [...(await readExternalData(model, path))]);
      const stored = storedPreprocessing(model);
      if (preprocessing || stored === undefined)
        return { ...assumed(importOnnx(model, path, title, given)), ...hashes };
      const { parsePreprocessing } = await import('./import/preprocessingText.js');
      const own = parsePreprocessing(stored, `${path}: preprocessing`);
      return { ...importOnnx(model, path, title, own), ...hashes };
    }
    case 'kerasHdf5': {
      const { importKerasHdf5 } = await import('./keras/hdf5Model.js');
      return { ...assumed(importKerasHdf5(bytes, path, title, given)), ...(await hashesOf(source)) };
    }
    case 'kerasArchive': {
      const [{ importKerasArchive }, { ZipArchive, zipBytes }] = await Promise.all([
        import('./keras/archive.js'),
        import('../../base/zip.js'),
      ]);
      const imported = importKerasArchive(new ZipArchive(zipBytes(bytes), path), path, title, given);
      return { ...assumed(imported), ...(await hashesOf(source)) };
    }
    case 'tflite': {
      const { importTflite } = await import('./tflite/importTflite.js');
      return { ...importTflite(bytes, path, title, preprocessing), ...(await hashesOf(source)) };
    }
    default: {
      const { loadTfjs } = await import('./tfjs/loadTfjs.js');
      const { files, ...imported } = await loadTfjs(bytes, path, title, given);
      return { ...assumed(imported), ...(await hashesOf(source, files)) };
    }
  }
}

/**
 * Loads a network from a file of any format that can be read, told by its content.
 * @throws FormatError in one line: file, offset or node, and what to do
 */
export async function loadNetworkFile(given: string, options: LoadNetworkOptions = {}): Promise<LoadedNetwork> {
  const source = await openSource(given, options);
  const own = source.format === 'safetensors' ? await ownCheckpoint(source) : null;
  const tensors = own ? null : await looseTensors(source);
  if (!tensors && options.architecture !== undefined) {
    throw new FormatError(`${source.path}: the file holds its own architecture; leave --architecture out`);
  }
  if (own) return own;
  const { network, notes, sha256, files } = tensors ? await fromTensors(source, tensors) : await fromModel(source);
  return {
    network,
    sha256,
    files,
    notes,
    clusters: {},
    format: FORMATS[source.format],
    metadata: { source: basename(source.path) },
  };
}

/** What `sonic inspect` shows of a file that cannot be loaded by itself. */
export interface TensorFile {
  readonly format: string;
  readonly title: string;
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** What was chosen, put together or left out, one line each. */
  readonly notes: readonly string[];
}

/**
 * The tensors of a file without architecture; null for a file that holds one.
 * @throws FormatError
 */
export async function listTensors(
  given: string,
  options: Pick<LoadNetworkOptions, 'key'> = {},
): Promise<TensorFile | null> {
  const source = await openSource(given, options);
  if (source.format === 'safetensors' && (await ownCheckpoint(source))) return null;
  const found = await looseTensors(source);
  if (!found) return null;
  const { namedShapes } = await import('./tensorList.js');
  const { tensors, notes } = found;
  return { format: FORMATS[source.format], title: source.title, tensors: namedShapes(tensors), notes };
}
