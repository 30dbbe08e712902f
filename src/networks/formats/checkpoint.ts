/** Checkpoints as files; `checkpointBytes.ts` has what their bytes say. */
import { FormatError } from '../../base/errors.js';
import { readFileChecked, sha256Hex, writeFileAtomic } from '../../base/files.js';
import type { Network } from '../types.js';
import { type Checkpoint, type CheckpointOptions, decodeCheckpoint, encodeCheckpoint } from './checkpointBytes.js';

export {
  type Checkpoint,
  type CheckpointOptions,
  decodeCheckpoint,
  encodeCheckpoint,
  NETWORK_KEY,
} from './checkpointBytes.js';

/**
 * Saves a network, whole or not at all.
 * @throws NetworkError as `encodeCheckpoint`, SonicError if the file cannot be written
 */
export async function saveCheckpoint(path: string, network: Network, options: CheckpointOptions = {}): Promise<void> {
  await writeFileAtomic(path, encodeCheckpoint(network, options));
}

/**
 * Loads a network; `sha256` is that of the file's bytes. Whether the layers fit together is not checked here.
 * @throws FormatError naming the file, tensor and offset
 */
export async function loadCheckpoint(path: string): Promise<Checkpoint & { readonly sha256: string }> {
  const bytes = await readFileChecked(path, FormatError, 'checkpoint');
  return { ...decodeCheckpoint(bytes, path), sha256: sha256Hex(bytes) };
}
