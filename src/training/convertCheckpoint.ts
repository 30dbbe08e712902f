/** A network from a file of any format that can be read, into one of ours or into ONNX. */
import { basename } from 'node:path';
import { UsageError } from '../base/errors.js';
import { sha256Hex, writeFileAtomic } from '../base/files.js';
import { versions } from '../base/versions.js';
import { encodeCheckpoint } from '../networks/formats/checkpoint.js';
import { describePreprocessing } from '../networks/formats/import/preprocessing.js';
import { type LoadedNetwork, type LoadNetworkOptions, loadNetworkFile } from '../networks/formats/index.js';
import { countParameters, countRemainingParameters } from '../networks/parameters.js';
import { manifestPath, sourceFacts, writeManifest } from './trainingManifest.js';

export interface ConvertOptions extends LoadNetworkOptions {
  /** Data set that the network is for; `sonic run` then needs not be told. */
  readonly dataset?: string | undefined;
  /** For the manifest. */
  readonly command?: string | undefined;
}

/** What a manifest says of a converted checkpoint: where it comes from and what was made of it. */
function manifestOf(loaded: LoadedNetwork, to: string, bytes: Uint8Array, options: ConvertOptions) {
  const { network, format } = loaded;
  const { architecture, key, command = null } = options;
  return {
    schema: 'sonic-checkpoint-manifest/1' as const,
    name: network.name,
    checkpoint: { file: basename(to), bytes: bytes.length, sha256: sha256Hex(bytes) },
    parameters: { all: countParameters(network), remaining: countRemainingParameters(network) },
    source: { format, ...sourceFacts(loaded), architecture, key },
    preprocessing: { ...network.preprocessing, formula: describePreprocessing(network.preprocessing) },
    notes: loaded.notes,
    conversion: { command },
    versions: versions(),
  };
}

/**
 * Converts a checkpoint. `to` ends in .safetensors (with a manifest beside it) or .onnx.
 * @returns the network, and the files written
 * @throws UsageError for another ending; FormatError as `loadNetworkFile`; SonicError if a file cannot be written
 */
export async function convertCheckpoint(
  from: string,
  to: string,
  options: ConvertOptions = {},
): Promise<LoadedNetwork & { readonly written: readonly string[] }> {
  const ending = /\.(safetensors|onnx)$/i.exec(to)?.[1]?.toLowerCase();
  if (ending === undefined)
    throw new UsageError(`'${to}': the ending says what is written; name a file that ends in .safetensors or .onnx`);
  const loaded = await loadNetworkFile(from, options);
  if (ending === 'onnx') {
    const { encodeOnnx } = await import('../networks/formats/onnx/exportOnnx.js');
    await writeFileAtomic(to, encodeOnnx(loaded.network));
    return { ...loaded, written: [to] };
  }
  const metadata = { ...loaded.metadata, ...(options.dataset === undefined ? {} : { dataset: options.dataset }) };
  const bytes = encodeCheckpoint(loaded.network, { metadata, clusters: loaded.clusters });
  await writeFileAtomic(to, bytes);
  await writeManifest(to, manifestOf(loaded, to, bytes, options));
  return { ...loaded, written: [to, manifestPath(to)] };
}
