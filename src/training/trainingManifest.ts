/** What a checkpoint's manifest says: where it comes from, what it reaches, and how to make it again. */
import { basename } from 'node:path';
import { SonicError } from '../base/errors.js';
import { readFileChecked, sha256Hex, writeFileAtomic } from '../base/files.js';
import type { Dataset } from '../datasets/types.js';
import type { LayerClusters } from '../networks/compression/cluster.js';
import { sparsityReport } from '../networks/compression/prune.js';
import type { FileHash, LoadedNetwork } from '../networks/formats/index.js';
import { countParameters, countRemainingParameters } from '../networks/parameters.js';
import type { Network } from '../networks/types.js';
import type { Hyperparameters } from './trainOptions.js';

export interface TrainingFacts {
  /** Path of the checkpoint, which has been written. */
  readonly checkpoint: string;
  /** Path of the log, or null. */
  readonly log: string | null;
  readonly network: Network;
  readonly clusters: readonly LayerClusters[];
  readonly train: Dataset;
  readonly test: Dataset;
  /** Shares of the test images, digital float32. */
  readonly accuracy: { readonly dense: number; readonly pruned: number; readonly clustered: number };
  /** The command that made it, if there was one. */
  readonly command: string | null;
  readonly seed: number;
  readonly backend: string;
  readonly hyperparameters: Readonly<Record<string, Hyperparameters>>;
  readonly elapsed_s: Readonly<Record<string, number>>;
  readonly versions: Readonly<Record<string, string>>;
}

export type TrainingManifest = Awaited<ReturnType<typeof trainingManifest>>;

const describeData = ({ name, split, count, sha256 }: Dataset) => ({ name, split, images: count, sha256 });

const fileFacts = async (path: string) => {
  const bytes = await readFileChecked(path, SonicError, 'file');
  return { file: basename(path), bytes: bytes.length, sha256: sha256Hex(bytes) };
};

/** The file that a network came from, as `sha256sum` knows it, and those read with it. */
export function sourceFacts({ files }: LoadedNetwork): FileHash & { readonly with?: readonly FileHash[] } {
  const [first, ...others] = files;
  return { ...first!, ...(others.length > 0 ? { with: others } : {}) };
}

/** The manifest of a checkpoint that has been written. */
export async function trainingManifest(facts: TrainingFacts) {
  const { network, accuracy } = facts;
  const clusters = new Map(facts.clusters.map((entry) => [entry.name, entry]));
  return {
    schema: 'sonic-checkpoint-manifest/1' as const,
    name: network.name,
    checkpoint: await fileFacts(facts.checkpoint),
    parameters: { all: countParameters(network), remaining: countRemainingParameters(network) },
    accuracy: {
      images: facts.test.count,
      ...accuracy,
      dropPoints: Number((100 * (accuracy.dense - accuracy.clustered)).toFixed(4)),
    },
    layers: sparsityReport(network).map((layer) => ({
      ...layer,
      clusters: clusters.get(layer.name)?.clusters ?? null,
      clusteringRmsError: clusters.get(layer.name)?.rmsError ?? null,
    })),
    data: { train: describeData(facts.train), test: describeData(facts.test) },
    training: {
      command: facts.command,
      seed: facts.seed,
      backend: facts.backend,
      hyperparameters: facts.hyperparameters,
      elapsed_s: facts.elapsed_s,
      log: facts.log === null ? null : await fileFacts(facts.log),
    },
    versions: facts.versions,
  };
}

/** Where the manifest of a checkpoint lies. */
export function manifestPath(checkpoint: string): string {
  return `${checkpoint.replace(/\.safetensors$/, '')}.manifest.json`;
}

/** @throws SonicError if it cannot be written */
export async function writeManifest(checkpoint: string, manifest: object): Promise<void> {
  await writeFileAtomic(manifestPath(checkpoint), `${JSON.stringify(manifest, null, 2)}\n`);
}
