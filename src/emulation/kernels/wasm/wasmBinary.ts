/** The built module's bytes: apart from the rest, because reading a file is Node's and all else also runs in a browser. */
import { readFile } from 'node:fs/promises';
import { BackendUnavailableError } from '../../../base/errors.js';

const BINARY = new URL('../../../../dist/emulation/kernels/wasm/wasm.wasm', import.meta.url);

/** @throws BackendUnavailableError where it has not been built. */
export async function readKernels(): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(BINARY));
  } catch (cause) {
    throw new BackendUnavailableError('wasm', 'has no kernels: they are not built', "run 'npm run build'", { cause });
  }
}
