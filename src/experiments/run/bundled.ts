/** Networks that come with the project, by name. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SonicError } from '../../base/errors.js';
import { readFileChecked, sha256Hex } from '../../base/files.js';
import { nearest } from '../../base/text/nearest.js';

export interface BundledNetwork {
  /** Path of the checkpoint. */
  readonly checkpoint: string;
  /** Data set it was trained on. */
  readonly dataset: string;
  readonly description: string;
}

const CHECKPOINTS = fileURLToPath(new URL('../../../checkpoints/', import.meta.url));

export const BUNDLED_NETWORKS: Readonly<Record<string, BundledNetwork>> = {
  mnist: {
    checkpoint: `${CHECKPOINTS}mnist.safetensors`,
    dataset: 'mnist',
    description: "SONIC's MNIST network, pruned to 50 % and clustered to 64 weights a layer",
  },
  'mnist-3x3': {
    checkpoint: `${CHECKPOINTS}mnist-3x3.safetensors`,
    dataset: 'mnist',
    description: 'its other exact fit, with 3 x 3 kernels, pruned to 50 % and clustered to 64 weights a layer',
  },
  cifar10: {
    checkpoint: `${CHECKPOINTS}cifar10.safetensors`,
    dataset: 'cifar10',
    description: "SONIC's CIFAR-10 network, seven layers pruned to 50 %, all clustered to 16 weights a layer",
  },
};

/** Path of the checkpoint of a bundled network; any other text is taken for a path. */
export const checkpointOf = (nameOrFile: string): string =>
  Object.hasOwn(BUNDLED_NETWORKS, nameOrFile) ? BUNDLED_NETWORKS[nameOrFile]!.checkpoint : nameOrFile;

/**
 * The network a user means: a bundled one by name, or the path of a checkpoint.
 * @throws SonicError where it is neither.
 */
export function findNetwork(nameOrFile: string): { checkpoint: string; dataset: string | null } {
  const bundled = Object.hasOwn(BUNDLED_NETWORKS, nameOrFile) ? BUNDLED_NETWORKS[nameOrFile]! : null;
  if (bundled) return bundled;
  if (existsSync(nameOrFile)) return { checkpoint: nameOrFile, dataset: null };
  const names = Object.keys(BUNDLED_NETWORKS);
  const near = nearest(nameOrFile, names);
  throw new SonicError(
    `no network '${nameOrFile}'${near ? `, did you mean '${near}'?` : ''}: neither a bundled one (${names.join(', ')}) nor a file`,
  );
}

/** The name of the bundled network whose checkpoint has this SHA-256; null where none has. */
export async function bundledByHash(hash: string): Promise<string | null> {
  for (const [name, { checkpoint }] of Object.entries(BUNDLED_NETWORKS)) {
    if (sha256Hex(await readFileChecked(checkpoint, SonicError, 'checkpoint')) === hash) return name;
  }
  return null;
}
